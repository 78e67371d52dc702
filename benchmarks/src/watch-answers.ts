import type { Consumer, LogRecord } from '@straylight/runtime/log/log'
import { Finding } from '@straylight/schemas/finding'
import { RevocationCommand } from '@straylight/schemas/revocation-command'
import { topics } from '@straylight/schemas/topics'
import type { Cluster } from './cluster.ts'

/** When each step towards an answer was read, in milliseconds of `performance.now()`. */
export interface Answers {
  /** By event id: the event as ingest wrote it. */
  readonly events: ReadonlyMap<string, number>
  /** By finding id. */
  readonly findings: ReadonlyMap<string, { readonly event: string; readonly ms: number }>
  /** By the id of the finding that the command answers. */
  readonly commands: ReadonlyMap<string, number>
}

/**
 * Reads what the stages write, as a broker would, and notes when each came. Resolves when all that was there before is passed over.
 * Nothing is committed: who reads is gone with the benchmark.
 */
export async function watchAnswers(cluster: Cluster): Promise<{ stop: () => Promise<Answers> }> {
  const watched = [topics.events.name, topics.findings.name, topics.revocations.name]
  const consumer = await cluster.log.subscribe({ group: 'bench-answers', topics: watched })
  await passOver(consumer, watched, cluster)
  const seen = { events: new Map(), findings: new Map(), commands: new Map() } satisfies Answers
  const note = (record: LogRecord, ms: number) => {
    if (record.topic === topics.events.name) return void seen.events.set(eventIdOf(record.value), ms)
    if (record.topic === topics.revocations.name) return void seen.commands.set(answeredBy(record.value), ms)
    const { id, event_id } = Finding.parse(JSON.parse(record.value.toString()))
    seen.findings.set(id, { event: event_id, ms })
  }
  let going = true
  const reading = (async () => {
    while (going) {
      const { batches } = await consumer.poll({ recordsMax: 5_000, waitMs: 200 })
      const ms = performance.now()
      for (const { records } of batches) for (const record of records) note(record, ms)
    }
  })()
  return {
    stop: async () => {
      going = false
      await reading
      await consumer.close()
      return seen
    },
  }
}

async function passOver(consumer: Consumer, watched: readonly string[], { log }: Cluster): Promise<void> {
  let left = 0
  for (const topic of watched)
    for (let partition = 0; partition < (await log.partitionCount(topic)); partition++)
      left += await log.endOffset({ topic, partition })
  while (left > 0) {
    const { batches } = await consumer.poll({ recordsMax: 5_000, waitMs: 200 })
    for (const { records } of batches) left -= records.length
  }
}

/** Ingest writes the id first: a whole event is not parsed for it, since who measures should take little of the machine. */
function eventIdOf(value: Buffer): string {
  return /^\{"id":"([^"]+)"/.exec(value.toString('utf8', 0, 200))?.[1] ?? ''
}

function answeredBy(token: Buffer): string {
  const payload = Buffer.from(token.toString().split('.')[1] ?? '', 'base64url').toString()
  return RevocationCommand.parse(JSON.parse(payload)).evidence.finding_id
}
