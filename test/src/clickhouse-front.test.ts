import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createClient } from '@clickhouse/client'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Query, Store } from '@straylight/runtime/store/store'
import { StoreError } from '@straylight/runtime/store/store-error'
import { z } from 'zod'
import { type ClickhouseFront, startClickhouseFront } from '../test-support/clickhouse-front.ts'

let directory: string
let front: ClickhouseFront
let store: Store
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-front-'))
  front = await startClickhouseFront({ directory })
  store = await openStore({ url: front.url, database: 'straylight' }, { retryMs: 500 })
})
after(async () => {
  await store.close()
  await front.close()
  await rm(directory, { recursive: true, force: true })
})

const states: Query<{ agents: string[] }, { agent: string; as_of_offset: number; state: string }> = {
  name: 'states',
  sql: 'SELECT agent, as_of_offset, state FROM profiles FINAL WHERE has({agents:Array(String)}, agent) ORDER BY agent',
  row: z.object({ agent: z.string(), as_of_offset: z.number(), state: z.string() }),
}

const profile = (agent: string, as_of_offset: number) => ({
  ...{ tenant: 't', agent, log_partition: 0, as_of_offset, knowledge_version: 1 },
  state: JSON.stringify({ as_of_offset }),
})

test('a store at a server: tables made in its database, rows and parameters of any text go both ways', async () => {
  assert.equal(store.kind, 'server')
  const odd = 'a"\'\\😀\n\u0000b'
  await store.insert('profiles', [profile(odd, 7), profile('b', -1)])
  await store.insert('profiles', [profile(odd, 3)])
  assert.deepEqual(await store.query(states, { agents: [odd, 'b'] }), [
    { agent: odd, as_of_offset: 7, state: '{"as_of_offset":7}' },
    { agent: 'b', as_of_offset: -1, state: '{"as_of_offset":-1}' },
  ])
})

test('another client at the same server sees the same rows, and each stands in its own database', async () => {
  const other = await openStore({ url: front.url, database: 'straylight' }, { retryMs: 500 })
  const elsewhere = await openStore({ url: front.url, database: 'elsewhere' }, { retryMs: 500 })
  try {
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? store : other).insert('profiles', [profile(`p${n}`, n)])),
    )
    const agents = Array.from({ length: 20 }, (_, n) => `p${n}`)
    assert.equal((await other.query(states, { agents })).length, 20)
    assert.deepEqual(await elsewhere.query(states, { agents }), [])
  } finally {
    await other.close()
    await elsewhere.close()
  }
})

test('errors come with their code, and the next call works', async () => {
  const failure = await store.run({ name: 'missing', sql: 'INSERT INTO missing SELECT 1' }, {}).then(
    () => assert.fail('must fail'),
    (error: unknown) => error,
  )
  assert.ok(failure instanceof StoreError)
  assert.deepEqual([failure.code, failure.retriable], ['60', false])
  const bad = store.insert('profiles', [{ ...profile('x', 1), as_of_offset: 'no number' }])
  await assert.rejects(bad, StoreError)
  assert.equal((await store.query(states, { agents: ['b'] })).length, 1)
})

test('as many names as one query asks for, each as long as a name can be', async () => {
  const agents = Array.from({ length: 1_000 }, (_, n) => `${n}`.padEnd(512, '名'))
  await store.insert('profiles', [profile(agents[999] ?? '', 5)])
  assert.equal((await store.query(states, { agents })).length, 1)
})

test('an insert that shall not wait fails once where a server says nothing', async () => {
  let asked = 0
  const silent = createServer(() => {
    asked += 1
  })
  await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening))
  const { port } = silent.address() as AddressInfo
  const moved = { away: false }
  const relay = createServer((request, response) => {
    const target = new URL(moved.away ? `http://127.0.0.1:${port}` : front.url)
    const { method, headers, url } = request
    const passed = httpRequest({ host: target.hostname, port: target.port, method, headers, path: url }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    passed.on('error', () => response.destroy())
    response.on('close', () => passed.destroy())
    request.pipe(passed)
  })
  await new Promise<void>((listening) => relay.listen(0, '127.0.0.1', listening))
  const relayed = await openStore({
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    database: 'straylight',
  })
  try {
    moved.away = true
    await assert.rejects(relayed.insert('profiles', [profile('late', 1)], { onceWithinMs: 200 }), StoreError)
    assert.equal(asked, 1)
    moved.away = false
    await relayed.insert('profiles', [profile('late', 1)], { onceWithinMs: 60_000 })
    assert.equal((await store.query(states, { agents: ['late'] })).length, 1)
  } finally {
    await relayed.close()
    for (const server of [relay, silent]) {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    }
  }
})

test('bodies and answers zipped, as a client may ask', async () => {
  const client = createClient({ url: front.url, compression: { request: true, response: true } })
  try {
    await client.command({ query: 'CREATE TABLE zipped (a UInt64) ENGINE = MergeTree ORDER BY a' })
    await client.insert({ table: 'zipped', values: [{ a: 1 }, { a: 2 }], format: 'JSONEachRow' })
    const rows = await client.query({ query: 'SELECT sum(a) AS total FROM zipped', format: 'JSONEachRow' })
    assert.deepEqual(await rows.json(), [{ total: 3 }])
    assert.ok((await client.ping()).success)
  } finally {
    await client.close()
  }
})
