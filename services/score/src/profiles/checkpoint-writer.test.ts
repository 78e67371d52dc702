import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { dayMs } from '@straylight/schemas/duration'
import { daysOfWork } from '../../test-support/days-of-work.ts'
import { noon } from '../../test-support/event-of.ts'
import { knowledgeOf, modelOf } from '../../test-support/knowledge-of.ts'
import { drain, eventRecordOf, ScoreWorld } from '../../test-support/score-world.ts'
import { partitionCheckpoint } from './profile-query.ts'

let directory: string
let store: Store
before(async () => {
  await openTensorBackend('wasm')
  directory = await mkdtemp(join(tmpdir(), 'straylight-checkpoint-'))
  store = await openStore({ directory })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

const past = daysOfWork(300, 1, { from: noon - 10 * dayMs, strangeOneIn: Number.POSITIVE_INFINITY })
const work = daysOfWork(600, 2).map(eventRecordOf)

/** A store whose inserts wait until they are let through; what waits is reported. */
function gatedStore() {
  let open: () => void = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const waiting: string[] = []
  const insert: Store['insert'] = async (table, rows) => {
    waiting.push(table)
    await gate
    await store.insert(table, rows)
  }
  return { store: Object.assign(Object.create(store) as Store, { insert }), waiting, open: () => open() }
}

const checkpointOffsets = async () => {
  const rows = await Promise.all([0, 1].map((partition) => store.query(partitionCheckpoint, { partition })))
  return rows.map(([row]) => row?.checkpoint_offset)
}

async function inWorld(run: (world: ScoreWorld) => Promise<void>): Promise<void> {
  const world = await ScoreWorld.open(store, [knowledgeOf(1, past, { model: modelOf(1) })])
  try {
    await world.log.append(work)
    await run(world)
  } finally {
    await world.close()
  }
}

test('no event waits for a store that takes its time, and what was learnt meanwhile is written all the same', () =>
  inWorld(async (world) => {
    const gated = gatedStore()
    const { score, runner } = await world.start({
      store: gated.store,
      waits: false,
      recordsMax: 20,
      checkpointEvents: 60,
    })
    await drain(runner)
    assert.deepEqual(gated.waiting, ['profiles'], 'one insert at a time')
    const judged = await world.findings()
    assert.ok(judged.length > 10, `${judged.length} findings`)
    gated.open()
    await score.checkpoint()
    await runner.close()
    // Were one of them not written again, its events would be judged once more from an older profile.
    await world.run()
    assert.deepEqual(await world.findings(), judged)
    const again = await world.start()
    await again.runner.step()
    assert.equal(again.score.sizes().redelivered, 0)
    await again.runner.close()
    const ends = await Promise.all(
      [0, 1].map((partition) => world.log.endOffset({ topic: 'agent.events.v1', partition })),
    )
    assert.deepEqual(await checkpointOffsets(), ends)
  }))

test('a round of checkpoints ends by itself, partition by partition, while events go on', () =>
  inWorld(async (world) => {
    const { runner } = await world.start({ recordsMax: 20, checkpointEvents: 60 })
    await drain(runner)
    await runner.close()
    for (const offset of await checkpointOffsets()) assert.ok((offset ?? 0) > 0, `a checkpoint at ${offset}`)
  }))

test('a checkpoint that has begun is finished while nothing comes', () =>
  inWorld(async (world) => {
    // The last events of all make it due: none comes to write it with.
    const { runner } = await world.start({ checkpointEvents: work.length })
    await drain(runner)
    const ends = await Promise.all(
      [0, 1].map((partition) => world.log.endOffset({ topic: 'agent.events.v1', partition })),
    )
    assert.notDeepEqual(await checkpointOffsets(), ends)
    for (let poll = 0; poll < 20; poll++) await runner.step()
    assert.deepEqual(await checkpointOffsets(), ends)
    await runner.close()
    const again = await world.start()
    await again.runner.step()
    assert.equal(again.score.sizes().redelivered, 0)
    await again.runner.close()
  }))
