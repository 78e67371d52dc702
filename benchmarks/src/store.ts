import { join } from 'node:path'
import { countDirtyHours } from '@straylight/baseline/count/count-hours'
import { eventRow, hourOf } from '@straylight/baseline/count/event-row'
import { Profile } from '@straylight/models/profile/profile'
import { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { followSession, newAgentClock } from '@straylight/models/session/agent-clock'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { profilesOfAgents } from '@straylight/score/profiles/profile-query'
import { type Benchmark, type Figure, perSecond } from './benchmark.ts'
import { interleaved, quantile } from './interleaved.ts'
import { type LearntFleet, learntFleet, profileKey } from './learnt-fleet.ts'
import { inTemporaryFolder } from './temporary-folder.ts'

const rowsOfInsert = 10_000
/** Agents that a batch of the log may bring at once: a quiet poll, a busy one, a takeover. */
const agentsOfLoad = [10, 100, 1000] as const

export const store: Benchmark = {
  name: 'store',
  about:
    'The embedded ClickHouse (chDB) at what it does all day: events stored, all their hours counted up at once, one changed hour found and counted again, and profiles loaded (query, rows and restored tables) for the agents of one batch.',
  run: (say) =>
    inTemporaryFolder(async (folder) => {
      const fleet = learntFleet(0, { events: 100_000, tenants: 40 })
      say(`${fleet.past.length} events of ${fleet.history.profiles.size} agents`)
      const store = await openStore({ directory: join(folder, 'store') })
      const figures = [...(await storing(store, fleet)), ...(await loading(store, fleet))]
      await store.close()
      return figures
    }),
}

async function storing(store: Store, { past }: LearntFleet): Promise<Figure[]> {
  const rows = rowsOf(past)
  const insert = await seconds(async () => {
    for (let from = 0; from < rows.length; from += rowsOfInsert) {
      await store.insert('events', rows.slice(from, from + rowsOfInsert))
    }
  })
  let hours = 0
  const count = await seconds(async () => {
    hours = await countDirtyHours(store)
  })
  const again: number[] = []
  for (let round = 0; round < 5; round++) {
    await store.insert('events', [lateRow(rows, round)])
    again.push(await seconds(() => countDirtyHours(store)))
  }
  return [
    { name: 'insert_events', value: perSecond(rows.length, insert * 1000), unit: 'rows/s', better: 'higher' },
    { name: 'count_all_hours', value: perSecond(rows.length, count * 1000), unit: 'events/s', better: 'higher' },
    { name: 'count_all_hours_per_hour', value: round((count * 1000) / hours), unit: 'ms', better: 'lower' },
    { name: 'find_and_count_one_changed_hour', value: round(quantile(again, 0.5) * 1000), unit: 'ms', better: 'lower' },
  ]
}

const round = (value: number): number => Math.round(value * 10) / 10

type Row = ReturnType<typeof eventRow>

function rowsOf(events: LearntFleet['past']): Row[] {
  const clocks = new Map<string, ReturnType<typeof newAgentClock>>()
  const hasher = new ProfileKeyHasher(profileKey)
  return events.map((event, offset) => {
    const key = agentKeyOf(event)
    const clock = clocks.get(key) ?? newAgentClock()
    clocks.set(key, clock)
    const place = { source: event.position, log: { partition: 0, offset }, log_time: event.time, vetted: true }
    return eventRow({ event, text: JSON.stringify(event), followed: followSession(clock, event) }, place, hasher)
  })
}

/** Another event in an hour long counted. */
function lateRow(rows: readonly Row[], round: number): Row {
  const row = rows[Math.floor(((round + 1) * rows.length) / 7)] as Row
  return { ...row, hour: hourOf(Number(row.time)), source_offset: rows.length + round, log_offset: rows.length + round }
}

async function loading(store: Store, { history }: LearntFleet): Promise<Figure[]> {
  const rows = [...history.profiles].map(([key, profile]) => {
    const [tenant = '', agent = ''] = key.split('|')
    return { tenant, agent, log_partition: 0, as_of_offset: 1, knowledge_version: 1, state: profile.toState() }
  })
  await store.insert('profiles', rows)
  const load = async (count: number) => {
    const asked = rows.slice(0, count)
    const parameters = { tenants: asked.map(({ tenant }) => tenant), agents: asked.map(({ agent }) => agent) }
    const found = await store.query(profilesOfAgents, parameters)
    if (found.length !== asked.length) throw new Error(`${found.length} of ${asked.length} profiles came`)
    for (const { state } of found) Profile.fromState(state)
  }
  const versions = Object.fromEntries(agentsOfLoad.map((count) => [count, () => load(count)]))
  const taken = await interleaved(versions, 5)
  return agentsOfLoad.map((count) => {
    const value = round(taken[count] ?? Number.NaN)
    return { name: `load_${Math.min(count, rows.length)}_profiles`, value, unit: 'ms', better: 'lower' }
  })
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}
