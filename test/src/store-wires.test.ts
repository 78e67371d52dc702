import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openStore } from '@straylight/runtime/store/open-store'
import { type ForkedFront, forkFront } from '../test-support/fork-front.ts'
import type { RecordedCall } from '../test-support/record-store.ts'
import { statedQueries } from '../test-support/stated-queries.ts'
import { storeScenario } from '../test-support/store-scenario.ts'

// One suite on every wire: in this process, over HTTP against the front, and at the server that CLICKHOUSE_URL names. Each
// query and statement of the services is asked in it, and answered alike everywhere.

const { CLICKHOUSE_URL: server, CLICKHOUSE_USER: user, CLICKHOUSE_PASSWORD: password } = process.env

let folder: string
let front: ForkedFront
let embedded: readonly RecordedCall[]
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-wires-'))
  front = await forkFront(join(folder, 'clickhouse'))
  embedded = await storeScenario((store) => store)
})
after(async () => {
  await front?.stop()
  await rm(folder, { recursive: true, force: true })
})

/**
 * Asked of a real engine in tests of their own, since this life holds no rows of an older program, no doctor, no role that changes and no
 * import that was cut short: `rebuild-events.test.ts`, `agents-of-store.test.ts`, `quarantine.test.ts`, `create-baseline.test.ts` and, of a store
 * that is thrown away, by each replay.
 */
const askedElsewhere = new Set([
  'agents of other keys',
  'events of other keys',
  'events to rebuild',
  'agents of the last days',
  'most frequent destinations',
  'findings of what a role began',
  'agents not heard of lately',
  'when agents were last heard of',
  'what an agent used',
  'first event of an agent',
  'renames of the latest version',
  'expire quarantined events',
  'history between two places',
  'release what a role began',
  'views that copy rows',
  'drop a view',
])

test('embedded: every query and statement of the services is asked', async () => {
  const asked = new Set(embedded.map(({ name }) => name))
  const stated = await statedQueries()
  assert.ok(stated.length > 30, `only ${stated.length} were found in the sources`)
  assert.deepEqual(
    stated.filter((name) => !asked.has(name) && !askedElsewhere.has(name)),
    [],
  )
})

test('embedded: each is answered with a row at least once', () => {
  const answered = new Set(embedded.filter(({ rows }) => rows === undefined || rows.length > 0).map(({ name }) => name))
  const silent = [...new Set(embedded.map(({ name }) => name))].filter((name) => !answered.has(name))
  // No session here needs correcting; verdicts.test.ts has some that do. No part of a table is broken, no row is of an older program,
  // no session of a whole week is risky, and no agent came late: budget-feedback.test.ts and unannounced-rename.test.ts have some.
  assert.deepEqual(silent.sort(), [
    'agents that came lately',
    'any events of other keys',
    'broken parts',
    'pending session corrections',
    'risky sessions by week',
  ])
})

test('HTTP: the same calls in the same order, and the same answers', async () => {
  await sameAs({ url: front.url, database: 'wires' })
})

if (server === undefined) {
  console.log(
    'The variant at a ClickHouse server is not there: set CLICKHOUSE_URL (CLICKHOUSE_USER, CLICKHOUSE_PASSWORD) to run it; it makes and drops a database.',
  )
} else {
  test('a server: the same calls in the same order, and the same answers', async () => {
    await sameAs({ url: server, user, password, database: `straylight_test_${process.pid}` }, true)
  })
}

/** How far back late hours are looked for is longer at a server. */
const untimed = (call: RecordedCall | undefined) =>
  call?.name === 'dirty hours of late' ? { ...call, parameters: {} } : call

async function sameAs(place: Parameters<typeof openStore>[0] & { database: string }, drop = false): Promise<void> {
  const store = await openStore(place)
  try {
    const calls = await storeScenario(() => store)
    assert.deepEqual(
      calls.map(({ name }) => name),
      embedded.map(({ name }) => name),
    )
    for (const [at, call] of calls.entries()) assert.deepEqual(untimed(call), untimed(embedded[at]), call.name)
    if (drop) await store.run({ name: 'drop', sql: `DROP DATABASE ${place.database}` }, {})
  } finally {
    await store.close()
  }
}
