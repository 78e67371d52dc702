import type { FleetEvent } from '@straylight/demo/fleet/native-event'
import type { NewRecord } from '@straylight/runtime/log/log'
import type { Registry } from '@straylight/schemas/agent'
import { dayMs } from '@straylight/schemas/duration'
import { topics } from '@straylight/schemas/topics'
import { auditRecords, fleetRecords } from './fleet-records.ts'
import { lentCredential, nativeRecord } from './native-line.ts'

/** Lines that no format reads. */
const unreadableLines = [
  '{"time":',
  '"text"',
  '{"a":1}',
  '\u0000',
  '{"time":"yesterday","agent":"x","system":"s","action":"a"}',
]

/** What the chaos run feeds, and what must become of it. */
export interface ChaosFeed {
  readonly registry: Registry
  readonly work: readonly FleetEvent[]
  readonly records: readonly NewRecord[]
  /** Two agents that use one credential, the next pair at each call, a day after the one before: a finding and a command. */
  lent(): NewRecord[]
  /** So many events of a few agents, by which checkpoints come to stand behind what the others did. */
  busy(count: number): NewRecord[]
  /** How often each event must be stored, whatever was fed so far. */
  readonly expected: ReadonlyMap<string, number>
  readonly unreadable: readonly string[]
}

/** The fleet's work ends so long ago: what is lent comes after it, and none of it in the future. */
const endedDaysAgo = 60

/** So many agents lend and as many borrow, in turn: no alert of theirs is one too many for one agent. */
export const pairsOfAgents = 50
const lendersAndBorrowers = Array.from({ length: 2 * pairsOfAgents }, (_, at) => ({
  ...{ tenant: 'default', agent: `${at % 2 === 0 ? 'lender' : 'borrower'}-${at >> 1}`, owner: 'owner@acme.example' },
  ...{ tier: 'medium' as const, aliases: [] },
}))

/** Registered and at rest: the hour's breaker is a share of all agents, and a run's commands must stay below it. */
const idleAgents = Array.from({ length: 500 }, (_, at) => ({
  ...{ tenant: 'default', agent: `idle-${at}`, owner: 'owner@acme.example', tier: 'medium' as const, aliases: [] },
}))

/** A fleet's work, lines that can't be read, lines sent twice, and ids used for two contents. */
export function chaosFeed(seed: number): ChaosFeed {
  const until = Date.now() - endedDaysAgo * dayMs
  const fleet = fleetRecords({ seed, until, historyDays: 1, workDays: 3 })
  const readable = auditRecords(fleet.work)
  const unreadable = Array.from({ length: 40 }, (_, at) => unreadableLines[at % unreadableLines.length] ?? '')
  const bad = unreadable.map((value, at): NewRecord => ({ topic: topics.audit.name, key: `bad-${at}`, value }))
  const changed = fleet.work.filter((_, at) => at % 500 === 9).map((event) => ({ ...event, records: 12_345 }))
  const records: NewRecord[] = []
  for (const [at, record] of readable.entries()) {
    records.push(record)
    // Some seconds later, as after a lost answer.
    if (at % 50 === 40) records.push(...readable.slice(at - 5, at))
    if (at % 100 === 0) records.push(...bad.splice(0, 1))
  }
  const expected = new Map(fleet.work.map(({ id }) => [id, 1]))
  // The same id with other content is another event.
  for (const { id } of changed) expected.set(id, 2)
  let pairs = 0
  let calls = 0
  /** A day after the pair before; never in the future. */
  const timeOf = (at: number) => until + Math.min(endedDaysAgo - 1, Math.floor(at / 2) + 1) * dayMs + at * 1_000
  // Log time is now: a command for what came two months ago would have expired.
  const now = (records: readonly NewRecord[]) => records.map(({ timestamp: _then, ...record }) => record)
  return {
    registry: { ...fleet.registry, agents: [...fleet.registry.agents, ...lendersAndBorrowers, ...idleAgents] },
    work: fleet.work,
    records: [...records, ...bad, ...auditRecords(changed)],
    expected,
    unreadable,
    lent() {
      const at = pairs++
      const name = `lent-${at}`
      for (const half of [1, 2]) expected.set(`${name}-${half}`, 1)
      const [lender, borrower] = ['lender', 'borrower'].map((part) => `${part}-${at % pairsOfAgents}`) as [
        string,
        string,
      ]
      return now(lentCredential({ name, time: timeOf(at), lender, borrower }))
    },
    busy(count) {
      const name = `busy-${calls++}`
      const records = Array.from({ length: count }, (_, at) =>
        nativeRecord({ id: `${name}-${at}`, agent: `busy-${at % 8}`, time: timeOf(pairs) + at }),
      )
      for (let at = 0; at < count; at++) expected.set(`${name}-${at}`, 1)
      return now(records)
    },
  }
}
