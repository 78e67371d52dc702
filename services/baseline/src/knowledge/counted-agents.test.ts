import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { latestKnowledge } from '@straylight/events/knowledge-log'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import { openStageRunner } from '@straylight/runtime/process/run-stage'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { Agent } from '@straylight/schemas/agent'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import type { Knowledge } from '@straylight/schemas/knowledge'
import { topics } from '@straylight/schemas/topics'
import { firstDay, fleetEvents, model } from '../../test-support/small-fleet.ts'
import { createBaseline } from '../create-baseline.ts'

let directory: string
let store: Store
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-counted-'))
  store = await openStore({ directory: join(directory, 'store') })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

const days = 9
const fleet = fleetEvents({ agents: 4, days, perDay: 30 })
const registry = ['agent-0', 'agent-1', 'agent-2'].map((agent) =>
  Agent.parse({ tenant: 'acme', agent, role: 'office' }),
)

/** Agents of no registry with a few events each, that all send to one place. */
function madeUp(agents: number, perAgent = 1, span = 0): AgentEvent[] {
  return Array.from({ length: agents * perAgent }, (_, at) => {
    const name = `made-up-${at % agents}`
    const time = (firstDay + 2) * dayMs + Math.round((Math.floor(at / agents) / Math.max(1, perAgent - 1)) * span)
    return {
      ...{ id: `m${at}`, time, tenant: 'acme', agent: name, session: `${name}-${at}`, system: 'erp', action: 'read' },
      ...{ destinations: ['drop.evil.example'], format: 'native', registered: false, outcome: 'success' as const },
      content_hash: at.toString(16).padStart(16, '0'),
      position: { topic: topics.audit.name, partition: 1, offset: at, index: 0 },
    }
  })
}

/** Knowledge of the events lived through live, day by day, and history learnt before. */
async function learnt(of: {
  events: readonly AgentEvent[]
  registry?: readonly Agent[]
  history?: readonly AgentEvent[]
  required?: { events: number; days: number }
  /** When the log took an event; at its own time where it is not said. */
  logged?: (event: AgentEvent) => number
  /** The day at whose start the version is made, from `firstDay`. */
  until?: number
}): Promise<Knowledge> {
  const { logged = ({ time }) => time, until = days } = of
  const tables = ['events', 'held_out', 'corrections', 'agent_hours', 'profiles', 'knowledge', 'agent_groups']
  for (const table of tables) await store.run({ name: 'empty', sql: `TRUNCATE TABLE ${table}` }, {})
  const log = await openEmbeddedLog({ directory: await mkdtemp(join(directory, 'log-')), durable: false })
  try {
    await log.ensureTopics(Object.values(topics), 1)
    const baseline = createBaseline({
      ...{ log, store, registry: of.registry ?? [], model, sessionAlertRate: 0.001, profileKey: 'ab'.repeat(16) },
      ...{ now: () => 1_790_000_000_000, publishes: 'when_called' },
      ...(of.required ? { historyRequired: of.required } : {}),
    })
    if (of.history) await baseline.importHistory(of.history)
    const runner = await openStageRunner(baseline, log)
    const inTime = [...of.events]
      .sort((one, other) => logged(one) - logged(other))
      .map((event, offset) => ({ ...event, position: { ...event.position, partition: 0, offset } }))
    await log.append(
      inTime.map((event) => ({
        ...{
          topic: topics.events.name,
          key: agentKeyOf(event),
          value: JSON.stringify(event),
          timestamp: logged(event),
        },
      })),
    )
    while ((await runner.step()) > 0);
    await baseline.publishKnowledge((firstDay + until) * dayMs)
    await runner.close()
    return ((await latestKnowledge(log)) ?? assert.fail('no knowledge')).knowledge
  } finally {
    await log.close()
  }
}

/** All of a version that says what is usual, and of how many. */
const usual = ({ groups, levels, population, judged }: Knowledge) => ({ groups, levels, population, judged })

test('promise 11: 500 made-up agents with an event each change nothing of what is usual, nor how many agents there are', async () => {
  const without = usual(await learnt({ events: fleet, registry }))
  assert.deepEqual(without.population, [{ tenant: 'acme', agents: 4 }], 'three registered and one by its history')
  assert.ok(without.levels.some(({ agents, events }) => agents === 4 && events === 8 * 4 * 30))
  assert.deepEqual(usual(await learnt({ events: [...fleet, ...madeUp(500)], registry })), without)
})

test('nor do many events in an hour, nor a life of weeks with an event a day', async () => {
  const without = usual(await learnt({ events: fleet, registry }))
  const busy = madeUp(3, 300, hourMs)
  assert.deepEqual(usual(await learnt({ events: [...fleet, ...busy], registry })), without)
  const rare = madeUp(30, 6, 5 * dayMs)
  assert.deepEqual(usual(await learnt({ events: [...fleet, ...rare], registry })), without)
})

test('where nobody is registered, what few events make up counts neither', async () => {
  const without = usual(await learnt({ events: fleet }))
  assert.ok(without.levels.some(({ agents }) => agents === 4))
  assert.deepEqual(usual(await learnt({ events: [...fleet, ...madeUp(500)] })), without)
})

test('vetted history counts at once for what is usual, and for the number of agents when it is long enough', async () => {
  const few = fleetEvents({ agents: 4, days: 2, perDay: 5 })
  const { levels, population } = await learnt({ history: few, events: madeUp(500) })
  assert.deepEqual(
    levels.filter(({ group }) => group === '*').map(({ agents }) => agents),
    [4],
  )
  assert.deepEqual(population, [])
  const more = await learnt({ history: few, events: [], required: { events: 10, days: 1 } })
  assert.deepEqual(more.population, [{ tenant: 'acme', agents: 4 }])
})

test('an agent with the history that the policy asks for counts, and a policy that asks for none counts all', async () => {
  const made = madeUp(2, 300, 7 * dayMs).map((event) => ({ ...event, time: event.time - dayMs }))
  const { population, levels } = await learnt({ events: [...fleet, ...made], registry })
  assert.deepEqual(population, [{ tenant: 'acme', agents: 6 }])
  assert.equal(levels.find(({ group }) => group === '*')?.agents, 6)
  const all = await learnt({ events: [...fleet, ...madeUp(9)], registry, required: { events: 0, days: 0 } })
  assert.deepEqual(all.population, [{ tenant: 'acme', agents: 13 }])
})

test('promise 13: an event dated two days back is familiar to nobody before the log has had it for as long as others age', async () => {
  const [last] = fleet.slice(-1) as [AgentEvent]
  const back = (at: number): AgentEvent => ({
    ...last,
    ...{ id: `back-${at}`, time: (firstDay + 5) * dayMs + 7_200_000 + at, destinations: ['drop.evil.example'] },
    position: { ...last.position, partition: 1, offset: at },
  })
  const dated = [back(0), back(1), back(2)]
  const logged = (event: AgentEvent) => (event.id.startsWith('back-') ? last.time : event.time)
  const without = usual(await learnt({ events: fleet, registry }))
  assert.deepEqual(usual(await learnt({ events: [...fleet, ...dated], registry, logged })), without, 'nor held up')
  const next = { ...last, id: 'next', time: (firstDay + days) * dayMs, position: { ...last.position, partition: 2 } }
  const later = await learnt({ events: [...fleet, ...dated, next], registry, logged, until: days + 1 })
  const whole = later.levels.find(({ group }) => group === '*')?.events ?? 0
  assert.equal(whole, 9 * 4 * 30 + 3, 'they count when they have aged')
  const honest = await learnt({ events: [...fleet, ...dated], registry })
  assert.equal(honest.levels.find(({ group }) => group === '*')?.events, 8 * 4 * 30 + 3, 'logged at once they had aged')
})

test('promise 13: one hour of events that are dated over a week is no history of a week', async () => {
  const made = madeUp(2, 300, 7 * dayMs).map((event) => ({ ...event, time: event.time - dayMs }))
  const logged = (event: AgentEvent) =>
    event.agent.startsWith('made-up') ? (firstDay + 7) * dayMs + event.position.offset : event.time
  const without = usual(await learnt({ events: fleet, registry }))
  assert.deepEqual(usual(await learnt({ events: [...fleet, ...made], registry, logged })), without)
})
