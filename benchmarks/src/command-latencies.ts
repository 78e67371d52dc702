import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer } from '@straylight/runtime/log'
import { Finding } from '@straylight/schemas/finding'
import { RevocationCommand } from '@straylight/schemas/revocation-command'
import { topics } from '@straylight/schemas/topics'
import type { NativeEvent } from '@straylight/train/synthetic-history'
import type { Cluster } from './cluster.ts'

const tickMs = 10
/** One event in so many strays. */
const strayEvery = 100
/** A command that has not come so long after its event never will. */
const patienceMs = 30_000

/**
 * Plays events at `rate` a second, whatever becomes of them (who waits for answers measures less than there is), some of
 * them straying, and returns the milliseconds from the moment at which each was due to that at which its command was read.
 */
export async function commandLatencies(
  cluster: Cluster,
  events: readonly NativeEvent[],
  rate: number,
): Promise<number[]> {
  const due = new Map<string, number>()
  const commands = await watch(cluster)
  const appended: Promise<void>[] = []
  const startMs = performance.now()
  for (let sent = 0; sent < events.length; ) {
    const upTo = Math.min(events.length, Math.floor(((performance.now() - startMs) * rate) / 1000))
    const records = events.slice(sent, upTo).map((event, index) => {
      const at = sent + index
      const told = at % strayEvery === 0 ? strayed(event, at) : event
      due.set(told.id, startMs + (at * 1000) / rate)
      return { topic: topics.audit.name, key: told.agent, value: JSON.stringify(told) }
    })
    sent = upTo
    if (records.length > 0) appended.push(cluster.log.append(records))
    await sleep(tickMs)
  }
  await Promise.all(appended)
  await sleep(2_000)
  for (let waited = 0; waited < patienceMs && (await cluster.behind('respond')) > 0; waited += 100) await sleep(100)
  const seen = await commands.stop()
  const eventOf = await eventsOfFindings(cluster)
  return [...seen].flatMap(([finding, ms]) => {
    const start = due.get(eventOf.get(finding) ?? '')
    return start === undefined ? [] : [ms - start]
  })
}

/** Much, to where nobody of the fleet ever sent anything, by a tool that the agent never used. */
function strayed(event: NativeEvent, at: number): NativeEvent {
  return {
    ...event,
    id: `stray-${at}`,
    action: 'export.everything',
    destinations: [`https://drop-${at}.elsewhere.example/upload`],
    bytes_sent: 80_000_000,
  }
}

/** Reads commands as a broker would and notes when each came, by the finding that it answers. */
async function watch(cluster: Cluster): Promise<{ stop: () => Promise<Map<string, number>> }> {
  const consumer: Consumer = await cluster.log.subscribe({ group: 'bench-broker', topics: [topics.revocations.name] })
  const seen = new Map<string, number>()
  let going = true
  const reading = (async () => {
    while (going) {
      const { batches } = await consumer.poll({ recordsMax: 1_000, waitMs: 200 })
      const ms = performance.now()
      for (const { records } of batches) for (const { value } of records) seen.set(findingOf(value.toString()), ms)
      await consumer.commit(
        batches.map(({ topic, partition, records }) => ({
          topic,
          partition,
          offset: (records.at(-1)?.offset ?? 0) + 1,
        })),
      )
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

function findingOf(token: string): string {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
  return RevocationCommand.parse(JSON.parse(payload)).evidence.finding_id
}

async function eventsOfFindings({ log }: Cluster): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const place = { topic: topics.findings.name, partition: 0 }
  for await (const { value } of log.read(place, 0, await log.endOffset(place))) {
    const { id, event_id } = Finding.parse(JSON.parse(value.toString()))
    found.set(id, event_id)
  }
  return found
}
