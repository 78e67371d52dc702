import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { kafkaJars, kafkaVersions } from './kafka-artifacts.ts'
import { javaArguments } from './kafka-broker.ts'

/** Sends lines with Kafka's own producer, in Java, compressed by it. Resolves when the broker has them. */
export async function produceByConsole(target: {
  brokers: readonly string[]
  topic: string
  codec: 'gzip' | 'snappy' | 'lz4' | 'zstd'
  lines: readonly string[]
}): Promise<void> {
  // From 4.0 on it comes in an artifact of its own; the wire format is the same.
  const jars = await kafkaJars(kafkaVersions.before)
  if ('absent' in jars) throw new Error(jars.absent)
  const { brokers, topic, codec, lines } = target
  const producer = spawn(
    'java',
    [
      ...javaArguments(jars.folder),
      'kafka.tools.ConsoleProducer',
      ...['--bootstrap-server', brokers.join(','), '--topic', topic, '--compression-codec', codec],
      ...['--producer-property', 'linger.ms=200', '--producer-property', 'batch.size=1000000'],
    ],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  )
  let said = ''
  producer.stderr.on('data', (text) => {
    said += String(text)
  })
  const ended = once(producer, 'exit')
  await writeAll(producer.stdin, lines)
  const [code] = await ended
  if (code !== 0 || said.includes('ERROR')) throw new Error(`the console producer ended with ${code}: ${said}`)
}

async function writeAll(into: Writable, lines: readonly string[]): Promise<void> {
  for (const line of lines) if (!into.write(`${line}\n`)) await once(into, 'drain')
  into.end()
}
