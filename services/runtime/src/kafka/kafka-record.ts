import type { IHeaders, KafkaMessage } from 'kafkajs'
import type { LogRecord, TopicPartition } from '../log/log.ts'

/** What a Kafka message says, in the log's words. A missing key is '', a tombstone's value is empty, and a header says so. */
export function recordOf({ topic, partition }: TopicPartition, message: KafkaMessage): LogRecord {
  return {
    topic,
    partition,
    offset: Number(message.offset),
    key: message.key?.toString() ?? '',
    value: message.value ?? Buffer.alloc(0),
    headers: message.value === null ? { ...headersOf(message.headers), tombstone: 'true' } : headersOf(message.headers),
    timestamp: Number(message.timestamp),
  }
}

/** Header values as strings; of a header given more than once, the last. */
function headersOf(headers: IHeaders | undefined): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value
    if (last !== undefined) found[name] = last.toString()
  }
  return found
}
