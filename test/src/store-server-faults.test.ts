import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import zlib from 'node:zlib'
import { createClient } from '@clickhouse/client'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Query, Store } from '@straylight/runtime/store/store'
import { StoreError } from '@straylight/runtime/store/store-error'
import { z } from 'zod'
import { type ClickhouseFront, startClickhouseFront } from '../test-support/clickhouse-front.ts'

// What servers and networks do now and then, and what becomes of a call: tried again where that may help, thrown with the
// server's own number where not, and never half an answer taken for a whole one.

let directory: string
let front: ClickhouseFront
let store: Store
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-faults-'))
  front = await startClickhouseFront({ directory })
  store = await openStore({ url: front.url, database: 'straylight' }, { retryMs: 2_000, silentMs: 400 })
})
after(async () => {
  await store?.close()
  await front?.close()
  await rm(directory, { recursive: true, force: true })
})

const numbers: Query<{ count: number }, { n: number }> = {
  name: 'numbers',
  sql: 'SELECT number AS n FROM numbers({count:UInt32}) ORDER BY n',
  row: z.object({ n: z.coerce.number() }),
}
const offsets: Query<{ agent: string }, { offset: number }> = {
  name: 'offsets',
  sql: 'SELECT as_of_offset AS offset FROM profiles WHERE agent = {agent:String} ORDER BY offset',
  row: z.object({ offset: z.number() }),
}
const profile = (agent: string, as_of_offset: number) => ({
  ...{ tenant: 't', agent, log_partition: 0, as_of_offset, knowledge_version: 1 },
  state: 'x'.repeat(1_000),
})

/** How many requests the work took. */
async function requestsOf(work: () => Promise<unknown>): Promise<number> {
  const earlier = front.requests()
  await work()
  return front.requests() - earlier
}

async function failureOf(work: Promise<unknown>): Promise<StoreError> {
  const error = await work.then(
    () => assert.fail('must fail'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof StoreError, String(error))
  return error
}

test('a busy server is asked again, and the answer is whole', async () => {
  const busy = { kind: 'refuse', code: 202, message: 'Too many simultaneous queries' } as const
  front.fail(busy)
  front.fail(busy)
  const count = await requestsOf(async () => assert.equal((await store.query(numbers, { count: 3 })).length, 3))
  assert.equal(count, 3)
})

test('what asking again cannot mend is thrown at once, with the number of the server and what to do', async () => {
  front.fail({ kind: 'refuse', code: 497, message: 'Not enough privileges' })
  const count = await requestsOf(async () => {
    const failure = await failureOf(store.query(numbers, { count: 3 }))
    assert.deepEqual([failure.code, failure.retriable, failure.query], ['497', false, 'numbers'])
    assert.match(failure.message, /grant SELECT/)
  })
  assert.equal(count, 1)
})

test('an error after the first bytes is the error, and what came before it is no answer', async () => {
  front.fail({ kind: 'break', afterBytes: 50_000, code: 241, message: 'Memory limit exceeded' })
  const failure = await failureOf(store.query(numbers, { count: 20_000 }))
  assert.deepEqual([failure.code, failure.retriable], ['241', false])
  front.fail({ kind: 'break', afterBytes: 50_000, code: 159, message: 'Timeout exceeded' })
  assert.equal((await store.query(numbers, { count: 20_000 })).length, 20_000)
})

test('a connection that drops in the middle of an insert: the rows come once more, and stand once', async () => {
  const rows = Array.from({ length: 500 }, (_, at) => profile('cut', at))
  // The types of the table's columns are asked for once, before its first rows.
  await store.insert('profiles', rows.slice(0, 100))
  front.fail({ kind: 'cut request', afterBytes: 20_000 })
  const count = await requestsOf(() => store.insert('profiles', rows))
  assert.equal(count, 2)
  await store.run({ name: 'merge', sql: 'OPTIMIZE TABLE profiles FINAL' }, {})
  assert.deepEqual(await store.query(offsets, { agent: 'cut' }), [{ offset: 499 }])
})

test('an insert whose answer got lost is made again, and changes nothing', async () => {
  front.fail({ kind: 'cut answer' })
  const count = await requestsOf(() => store.insert('profiles', [profile('lost', 7)]))
  assert.equal(count, 2)
  await store.run({ name: 'merge', sql: 'OPTIMIZE TABLE profiles FINAL' }, {})
  assert.deepEqual(await store.query(offsets, { agent: 'lost' }), [{ offset: 7 }])
})

test('a server that takes a request and says nothing is asked again after the bound', async () => {
  front.fail({ kind: 'silent' })
  const count = await requestsOf(async () => assert.equal((await store.query(numbers, { count: 2 })).length, 2))
  assert.equal(count, 2)
})

test('a server that stays away is asked until the bound, then the call fails as one that may succeed later', async () => {
  let asked = 0
  const away = createServer((request) => {
    asked += 1
    request.socket.destroy()
  })
  await new Promise<void>((listening) => away.listen(0, '127.0.0.1', listening))
  try {
    const { port } = away.address() as AddressInfo
    const failure = await failureOf(openStore({ url: `http://127.0.0.1:${port}`, database: 'x' }, { retryMs: 700 }))
    // At 0, 100, 300 and 700 ms.
    assert.deepEqual([asked, failure.retriable], [4, true])
  } finally {
    await new Promise((closed) => away.close(closed))
  }
})

test('a query keeps its id on both ways', async () => {
  const client = createClient({ url: front.url })
  try {
    const asked = await client.query({ query: 'SELECT 1 AS one', query_id: 'asked-by-test', format: 'JSONEachRow' })
    assert.deepEqual(await asked.json(), [{ one: 1 }])
    assert.deepEqual(
      [asked.query_id, asked.response_headers['x-clickhouse-query-id']],
      ['asked-by-test', 'asked-by-test'],
    )
  } finally {
    await client.close()
  }
})

test('rows that come while they are written are one insert', async () => {
  const client = createClient({ url: front.url, database: 'straylight' })
  try {
    const rows = Readable.from(Array.from({ length: 2_000 }, (_, at) => profile(`streamed-${at}`, at)))
    const count = await requestsOf(() => client.insert({ table: 'profiles', values: rows, format: 'JSONEachRow' }))
    assert.equal(count, 1)
    assert.deepEqual(await store.query(offsets, { agent: 'streamed-1999' }), [{ offset: 1999 }])
  } finally {
    await client.close()
  }
})

const hasZstd = 'createZstdCompress' in zlib
if (!hasZstd)
  console.log(`zstd is not tested: the client needs it from Node, and ${process.version} has none (22.15 has).`)
for (const codec of hasZstd ? (['gzip', 'zstd'] as const) : (['gzip'] as const))
  test(`bodies and answers packed by ${codec}`, async () => {
    const packed = codec === 'gzip' ? true : { codec }
    const client = createClient({ url: front.url, compression: { request: packed, response: packed } })
    try {
      await client.command({ query: `CREATE TABLE packed_${codec} (a UInt64) ENGINE = MergeTree ORDER BY a` })
      await client.insert({ table: `packed_${codec}`, values: [{ a: 1 }, { a: 2 }], format: 'JSONEachRow' })
      const rows = await client.query({ query: `SELECT sum(a) AS total FROM packed_${codec}`, format: 'JSONEachRow' })
      assert.equal(rows.response_headers['content-encoding'], codec)
      assert.deepEqual(await rows.json(), [{ total: 3 }])
    } finally {
      await client.close()
    }
  })
