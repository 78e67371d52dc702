import { errorText } from '@straylight/schemas/error-text'
import kafkajs from 'kafkajs'
import { type CodecName, codecNumbers, unpackers } from './kafka-unpack.ts'
import { unreadableBatch } from './kafka-unreadable-batch.ts'

/**
 * Teaches kafkajs to read every compression that Kafka has (it knows gzip, without a bound). Straylight itself writes
 * uncompressed: records are small, and brokers compress where a topic says so.
 */
export function registerCodecs(): void {
  for (const [name, number] of Object.entries(codecNumbers) as [CodecName, 1 | 2 | 3 | 4][]) {
    const codec = codecOf(name)
    kafkajs.CompressionCodecs[number] = () => codec
  }
}

function codecOf(name: CodecName) {
  return {
    compress: async () => {
      throw new Error(`Straylight reads ${name} and does not write it`)
    },
    /** A batch that can't be unpacked must not stop the partition: its records say why instead, and are rejected. */
    decompress: async (packed: Buffer): Promise<Buffer> => {
      try {
        return unpackers[name](packed)
      } catch (error) {
        const reason = errorText(error)
        const records = unreadableBatch(packed, `a batch compressed with ${name} can't be unpacked: ${reason}`)
        if (records === undefined) throw error
        return records
      }
    },
  }
}
