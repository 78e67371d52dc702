import { setTimeout as sleep } from 'node:timers/promises'
import { topics } from '@straylight/schemas/topics'
import type { SyntheticEvent } from '@straylight/train/synthetic-history'
import type { Cluster } from './cluster.ts'
import { watchAnswers } from './watch-answers.ts'

const tickMs = 10
/** One event in so many strays. */
const strayEvery = 100
/** A command that has not come so long after its event never will. */
const patienceMs = 30_000

/** Milliseconds from the moment at which an event was due to each step of its answer. */
export interface CommandLatency {
  /** Its event, as ingest wrote it, was read. */
  readonly event: number
  readonly finding: number
  readonly command: number
}

/**
 * Plays events at `rate` a second, whatever becomes of them (who waits for answers measures less than there is), some of
 * them straying, and returns how long each command took, and its steps.
 */
export async function commandLatencies(
  cluster: Cluster,
  events: readonly SyntheticEvent[],
  rate: number,
): Promise<CommandLatency[]> {
  const due = new Map<string, number>()
  const answers = await watchAnswers(cluster)
  const appended: Promise<void>[] = []
  const startMs = performance.now()
  for (let sent = 0; sent < events.length; ) {
    const upTo = Math.min(events.length, Math.floor(((performance.now() - startMs) * rate) / 1000))
    const records = events.slice(sent, upTo).map((event, index) => {
      const at = sent + index
      const reported = at % strayEvery === 0 ? strayed(event, at) : event
      due.set(reported.id, startMs + (at * 1000) / rate)
      return { topic: topics.audit.name, key: reported.agent, value: JSON.stringify(reported) }
    })
    sent = upTo
    if (records.length > 0) appended.push(cluster.log.append(records))
    await sleep(tickMs)
  }
  await Promise.all(appended)
  await sleep(2_000)
  for (let waited = 0; waited < patienceMs && (await cluster.behind('respond')) > 0; waited += 100) await sleep(100)
  const seen = await answers.stop()
  return [...seen.commands].flatMap(([id, command]) => {
    const finding = seen.findings.get(id)
    if (finding === undefined) return []
    const [start, event] = [due.get(finding.event), seen.events.get(finding.event)]
    if (start === undefined || event === undefined) return []
    return [{ event: event - start, finding: finding.ms - start, command: command - start }]
  })
}

/** Much, to where nobody of the fleet ever sent anything, by a tool that the agent never used. */
function strayed(event: SyntheticEvent, at: number): SyntheticEvent {
  return {
    ...event,
    id: `stray-${at}`,
    action: 'export.everything',
    destinations: [`https://drop-${at}.elsewhere.example/upload`],
    bytes_sent: 80_000_000,
  }
}
