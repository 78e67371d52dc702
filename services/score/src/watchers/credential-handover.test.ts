import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import type { NewRecord } from '@straylight/runtime/log/log'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import type { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import fc from 'fast-check'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { knowledgeOf } from '../../test-support/knowledge-of.ts'
import { drain, markersOf, ScoreWorld } from '../../test-support/score-world.ts'

// A shared credential is one finding with one body, at the place of the first copy in log order, however often ingest appended
// its uses again, however far behind, whoever held the partition, and wherever that one died.

let directory: string
let store: Store
before(async () => {
  await openTensorBackend('wasm')
  directory = await mkdtemp(join(tmpdir(), 'straylight-credentials-'))
  store = await openStore({ directory })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

/** A use of one of three credentials by one of three agents, or a marker, or what came before from some place on once more. */
const written = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ credential: fc.nat(2), agent: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.constant('marker' as const) },
    { weight: 2, arbitrary: fc.record({ again: fc.nat(1_000), count: fc.integer({ min: 1, max: 12 }) }) },
  ),
  { minLength: 4, maxLength: 60 },
)
/** Turns of two members that come, go and die between what they write and what they commit. */
const lives = fc.array(fc.constantFrom('one', 'two', 'both', 'die', 'leave'), { minLength: 6, maxLength: 30 })

type Written = typeof written extends fc.Arbitrary<infer Made> ? Made : never

function logOf(made: Written): NewRecord[] {
  const log: NewRecord[][] = []
  let version = 1
  for (const [at, step] of made.entries()) {
    if (step === 'marker')
      log.push(markersOf(Math.min(++version, 30), noon + at).filter(({ topic }) => topic === topics.credentials.name))
    else if ('again' in step) {
      const uses = log.flat().filter(({ headers }) => headers?.type !== 'marker')
      if (uses.length > 0) log.push(uses.slice(step.again % uses.length).slice(0, step.count))
    } else {
      const [agent, credential_id] = [`bot-${step.agent}`, `c-${step.credential}`]
      const event = eventOf(at, { agent, credential: { id: credential_id } })
      const value = JSON.stringify({ tenant: 'acme', credential_id, agent, event })
      log.push([{ topic: topics.credentials.name, key: `acme|${credential_id}`, value, timestamp: noon + at }])
    }
  }
  return log.flat()
}

async function inWorld<Result>(records: readonly NewRecord[], live: (world: ScoreWorld) => Promise<Result>) {
  const world = await ScoreWorld.open(store, knowledge)
  try {
    await world.log.append(records)
    return await live(world)
  } finally {
    await world.close()
  }
}
const knowledge = Array.from({ length: 30 }, (_, at) => knowledgeOf(at + 1, []))

/** `findings` itself demands that what was written twice is the same. */
async function disturbed(world: ScoreWorld, life: readonly string[], recordsMax: number): Promise<Finding[]> {
  const deadly = { now: false }
  const start = async () =>
    (
      await world.start({
        recordsMax,
        faults: {
          afterAppend: () => {
            if (deadly.now) throw new Error('killed')
          },
        },
      })
    ).runner
  let [one, two] = [await start(), await start()]
  for (const turn of life) {
    deadly.now = turn === 'die'
    if (turn !== 'two') await one.step().catch((error: unknown) => assert.match(String(error), /killed/))
    if (turn === 'two' || turn === 'both') await two.step()
    if (turn === 'die' || turn === 'leave') {
      await one.close()
      deadly.now = false
      ;[one, two] = [two, await start()]
    }
  }
  await one.close()
  await drain(two)
  await drain(two)
  await two.close()
  return world.findings()
}

test('a shared credential has one body, that of the first copy in the log, through repeats, handovers and deaths', async () => {
  let found = 0
  const property = fc.asyncProperty(written, lives, fc.integer({ min: 1, max: 9 }), async (made, life, recordsMax) => {
    const records = logOf(made)
    const whole = await inWorld(records, async (world) => {
      await world.run()
      return world.findings()
    })
    found += whole.length
    assert.deepEqual(await inWorld(records, (world) => disturbed(world, life, recordsMax)), whole)
  })
  await fc.assert(property, { numRuns: 25, seed: 5, endOnFailure: true })
  assert.ok(found > 25, `${found} findings`)
})
