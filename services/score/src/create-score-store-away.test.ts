import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Judgement } from '@straylight/models/scoring/judge'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import type { NewRecord } from '@straylight/runtime/log/log'
import type { StageRunner } from '@straylight/runtime/process/run-stage'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { StoreError } from '@straylight/runtime/store/store-error'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import type { Finding } from '@straylight/schemas/finding'
import type { Knowledge } from '@straylight/schemas/knowledge'
import type { Session } from '@straylight/schemas/session'
import { topics } from '@straylight/schemas/topics'
import fc from 'fast-check'
import { daysOfWork } from '../test-support/days-of-work.ts'
import { eventOf, noon } from '../test-support/event-of.ts'
import { failingStore } from '../test-support/failing-store.ts'
import { knowledgeOf, modelOf } from '../test-support/knowledge-of.ts'
import { drain, eventRecordOf, markersOf, ScoreWorld } from '../test-support/score-world.ts'
import { silentAgents } from '../test-support/silent-agents.ts'
import type { Score } from './create-score.ts'

// An agent whose stored profile can't be had waits alone: the others go on, nothing is lost, and every finding is to the bit
// what one undisturbed score makes of the log.

let directory: string
let store: Store
let versions: readonly Knowledge[] = []
before(async () => {
  await openTensorBackend('wasm')
  directory = await mkdtemp(join(tmpdir(), 'straylight-score-away-'))
  store = await openStore({ directory })
  const past = daysOfWork(300, 1, { from: noon - 10 * dayMs, strangeOneIn: Number.POSITIVE_INFINITY })
  const corrections = ['bot', 'peer', 'third', 'bot'].map((agent, at) => ({
    ...{ tenant: 'acme', agent, sign: at === 1 ? (-1 as const) : (1 as const), event: { ...eventOf(at), agent } },
    ...{ previous_step: 'erp/read', previous_step_2: '^', session_bytes_sent: 100, session_bytes_received: 0 },
    ...{ flows: null, root: 'ambient' as const, late: false, closed: [], passed: [], why: 'a verdict' },
  }))
  const spoken = { tenant: 'acme', agent: 'third', session: 's', started_at: noon, sign: 1 as const, why: 'a verdict' }
  versions = [
    knowledgeOf(1, past.slice(0, 100), { model: modelOf(1) }),
    knowledgeOf(2, past, { model: modelOf(2), corrections, session_corrections: [{ ...spoken, highest_score: 9 }] }),
  ]
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

const work = daysOfWork(300, 2)
/** Agents that nobody has met yet, late in the day. */
const newcomers = Array.from({ length: 1 }, (_, at) =>
  eventOf(1_000 + at, { agent: `new-${at}`, registered: false, time: work.at(-1)!.time + at }),
)
/** Then all but two fall silent for good, and the two show it. */
const quiet = Array.from({ length: 60 }, (_, at) =>
  eventOf(2_000 + at, { agent: at % 2 === 0 ? 'bot' : 'peer', time: work.at(-1)!.time + (at + 1) * 8 * hourMs }),
)
const records: readonly NewRecord[] = [
  ...work.slice(0, 150).map(eventRecordOf),
  ...markersOf(2, work[149]!.time + 700),
  ...work.slice(150).map(eventRecordOf),
  ...newcomers.map(eventRecordOf),
  ...quiet.map(eventRecordOf),
]

interface Reported {
  readonly findings: readonly Finding[]
  readonly sessions: readonly Session[]
}

async function inWorld<Result>(live: (world: ScoreWorld) => Promise<Result>, log = records): Promise<Result> {
  const world = await ScoreWorld.open(store, versions)
  try {
    await world.log.append(log)
    return await live(world)
  } finally {
    await world.close()
  }
}

let undisturbed: Promise<Reported> | undefined
const expected = () => {
  undisturbed ??= inWorld(async (world) => {
    await world.run()
    return { findings: await world.findings(), sessions: await world.sessions() }
  })
  return undisturbed
}

/** Steps until nobody waits and nothing comes. */
async function finish(score: Score, runner: StageRunner): Promise<void> {
  await drain(runner)
  for (let turns = 0; score.sizes().waiting_agents > 0; turns++) {
    assert.ok(turns < 1_000, 'those who wait catch up')
    await runner.step()
    await sleep(1)
  }
  await drain(runner)
}

async function committed(world: ScoreWorld): Promise<number[]> {
  const offsets = await world.log.committed('straylight-score', topics.events.name)
  return offsets.map(({ offset }) => offset)
}
async function ends(world: ScoreWorld): Promise<number[]> {
  return Promise.all([0, 1].map((partition) => world.log.endOffset({ topic: topics.events.name, partition })))
}

test('after a takeover, with the store away, agents not met yet wait alone and the others go on', async () => {
  const whole = await expected()
  await inWorld(async (world) => {
    const options = { recordsMax: 10, checkpointEvents: 40, askAgainMs: 1 }
    const first = await world.start(options)
    for (let step = 0; step < 9; step++) await first.runner.step()
    await first.score.checkpoint()
    await first.runner.close()
    const before = await committed(world)
    // Nothing is read again, so whoever takes over has met nobody; and then the store is away.
    let away = true
    const network = failingStore(store, (call, name) => away && (call === 'insert' || name === 'profiles of agents'))
    const judged = new Set<string>()
    const onJudgement = ({ observed }: Judgement) => void judged.add(observed.event.agent)
    const { score, runner } = await world.start({ ...options, onStoreAway: () => {}, onJudgement, store: network })
    for (let step = 0; step < 40; step++) await runner.step()
    const { waiting_agents } = score.sizes()
    assert.ok(waiting_agents > 0, 'somebody waits')
    const [held, end] = [await committed(world), await ends(world)]
    assert.ok(
      held.some((offset, at) => offset >= before[at]! && offset < end[at]!),
      `nothing of theirs is called done: ${held} of ${end}`,
    )
    assert.deepEqual([...judged].sort(), newcomers.map(({ agent }) => agent).sort(), 'agents that are new are judged')
    away = false
    await finish(score, runner)
    assert.deepEqual(await committed(world), await ends(world))
    assert.deepEqual(await world.findings(), whole.findings)
    assert.deepEqual(await world.sessions(), whole.sessions)
    await score.checkpoint()
    await runner.close()
  })
})

test('who falls silent while others wait is reported at the same place, and who waits is not called silent', async () => {
  const log = silentAgents()
  const whole = await inWorld(async (world) => {
    await world.run()
    return world.findings()
  }, log)
  assert.equal(whole.filter(({ cause }) => cause === 'silent_agent').length, 2)
  let waited = 0
  for (const stopAfter of [14, 16, 17, 18])
    for (const met of [1, 2, 3])
      await inWorld(async (world) => {
        const first = await world.start({ recordsMax: 48, checkpointEvents: 1_000_000 })
        for (let step = 0; step < stopAfter; step++) await first.runner.step()
        await first.score.checkpoint()
        // The agents of these events are met again when they are read again.
        Object.assign(first.score, { batchRecordsMax: met })
        await first.runner.step()
        await first.runner.close()
        let away = true
        // Taking over reads with patience: only what is asked once is refused.
        const network: Store = {
          ...failingStore(store, (call) => away && call === 'insert'),
          query: async (query, parameters, options) => {
            if (away && options?.onceWithinMs !== undefined) throw new StoreError(query.name, { code: 'ECONNRESET' })
            return store.query(query, parameters)
          },
        }
        const { score, runner } = await world.start({
          ...{ recordsMax: 20, askAgainMs: 1, onStoreAway: () => {}, store: network },
        })
        for (let step = 0; step < 100; step++) await runner.step()
        waited += score.sizes().waiting_agents
        away = false
        await finish(score, runner)
        await runner.close()
        assert.deepEqual(await world.findings(), whole, `stopped after ${stopAfter} steps, ${met} met`)
      }, log)
  assert.ok(waited > 0)
})

test('a store that refuses for another reason than being away stops the stage', async () => {
  await inWorld(async (world) => {
    await world.run({ recordsMax: 50, checkpointEvents: 50 })
    await world.log.append(work.slice(0, 9).map((event, at) => eventRecordOf({ ...event, id: `again-${at}` })))
    let broken = false
    const refuses: Store = {
      ...failingStore(store, () => false),
      query: async (query, parameters) => {
        if (broken) throw new Error('no such table')
        return store.query(query, parameters)
      },
    }
    const { runner } = await world.start({ store: refuses, profilesMax: 1, checkpointEvents: 1 })
    broken = true
    await assert.rejects(drain(runner), /no such table/)
    await runner.close()
  })
})

/** What happens to an instance of score, in turn. */
type Move = { readonly kind: 'step' } | { readonly kind: 'cut' | 'mend' | 'die' | 'die before the commit' }
const moves = fc.array(
  fc.constantFrom<Move>(
    ...[{ kind: 'step' }, { kind: 'step' }, { kind: 'step' }].map((move) => move as Move),
    ...[{ kind: 'cut' }, { kind: 'cut' }, { kind: 'mend' }].map((move) => move as Move),
    ...[{ kind: 'die' }, { kind: 'die before the commit' }].map((move) => move as Move),
  ),
  { minLength: 10, maxLength: 60 },
)

test('wherever the store goes away and comes back and whoever dies, findings and sessions are the same', async () => {
  const whole = await expected()
  let waited = 0
  const property = fc.asyncProperty(
    moves,
    fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 40 })),
    fc.integer({ min: 3, max: 6 }),
    async (life, recordsMax, profilesMax) =>
      inWorld(async (world) => {
        const network = { away: false, dies: false }
        const start = () =>
          world.start({
            ...{ recordsMax, profilesMax, checkpointEvents: 30, askAgainMs: 1, onStoreAway: () => {} },
            store: failingStore(store, () => network.away),
            faults: {
              afterAppend: () => {
                if (network.dies) throw new Error('killed')
              },
            },
          })
        let { score, runner } = await start()
        const again = async () => {
          await runner.close()
          // Taking over needs the store.
          Object.assign(network, { away: false, dies: false })
          ;({ score, runner } = await start())
          await runner.step()
        }
        await runner.step()
        for (const { kind } of life) {
          if (kind === 'cut') network.away = true
          if (kind === 'mend') network.away = false
          if (kind === 'die before the commit') {
            network.dies = true
            await runner.step().catch((error: unknown) => assert.match(String(error), /killed/))
          }
          if (kind.startsWith('die')) await again()
          else await runner.step()
          waited += score.sizes().waiting_agents
          await sleep(0)
        }
        network.away = false
        await finish(score, runner)
        await runner.close()
        assert.deepEqual(await committed(world), await ends(world))
        assert.deepEqual(await world.findings(), whole.findings)
        assert.deepEqual(await world.sessions(), whole.sessions)
      }),
  )
  await fc.assert(property, { numRuns: 16, seed: 7, endOnFailure: true })
  assert.ok(waited > 50, `agents waited in ${waited} turns: the property says something`)
})
