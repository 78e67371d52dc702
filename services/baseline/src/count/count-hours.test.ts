import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { hourMs } from '@straylight/schemas/duration'
import { z } from 'zod'
import { HourCounter } from './count-hours.ts'
import { keyVersion } from './counted-keys.ts'

const firstHour = 24 * 20_000
/** One key of the family `system`, as column `counted` holds it. */
const counted = Buffer.from(new BigUint64Array([5n, 9n]).buffer).toString('base64')

/** Seconds since 1970; kept still. */
const longAgo = Math.floor(Date.now() / 1_000) - 7_200

let directory: string
let store: Store
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-hours-'))
  store = await openStore({ directory })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

const place = (offset: number) => ({
  ...{ tenant: 'acme', agent: 'bot', hour: firstHour + offset },
  ...{ source_topic: 'agent.audit.v1', source_partition: 0, source_offset: offset, source_index: 0 },
})

const event = (offset: number) => {
  const time = (firstHour + offset) * hourMs
  return {
    ...place(offset),
    ...{ log_partition: 0, log_offset: offset, log_time: time, knowledge_version: 0, event_id: `${offset}`, time },
    ...{ vetted: 0, key_version: keyVersion, counted, event: '{}' },
  }
}

const mark = (offset: number) => ({
  ...place(offset),
  ...{ state: 'held', why: 'strays', revision: 0, was_held: 1, event_id: `${offset}`, finding_id: 'f', alert_id: '' },
  ...{ time: firstHour * hourMs, marked_at: firstHour * hourMs },
})

const countedHours = async (): Promise<number[]> =>
  (
    await store.query(
      {
        name: 'counted',
        sql: 'SELECT hour FROM agent_hours FINAL WHERE events > 0 ORDER BY hour',
        row: z.object({ hour: z.number() }),
      },
      {},
    )
  ).map(({ hour }) => hour - firstHour)

test('after its first look a counter looks where something was stored or marked since, and now and then everywhere', async () => {
  const counter = new HourCounter(store)
  await store.insert('events', [event(0), event(1)])
  assert.equal(await counter.countDirty(), 2)
  assert.equal(await counter.countDirty(), 0)

  await store.insert('events', [event(2)])
  await store.insert('held_out', [mark(0)])
  assert.equal(await counter.countDirty(), 2)
  assert.deepEqual(await countedHours(), [1, 2])

  // Said to be stored long ago, as no insert of ours is: only a look at everything finds it.
  await store.insert('events', [{ ...event(3), stored_at: longAgo }])
  let looks = 0
  while ((await counter.countDirty()) === 0 && looks < 100) looks++
  assert.ok(looks > 10 && looks < 100, `${looks}`)
  assert.deepEqual(await countedHours(), [1, 2, 3])

  await store.insert('events', [{ ...event(4), stored_at: longAgo }])
  assert.equal(await new HourCounter(store).countDirty(), 1, 'one that begins knows nothing of what was counted')
})
