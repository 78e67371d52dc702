import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { HashedContext, HashedKey } from '@straylight/models/profile/hashed-key'
import { Profile } from '@straylight/models/profile/profile'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { type HeldProfile, ProfileCache } from './profile-cache.ts'

let directory: string
let store: Store
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-cache-'))
  store = await openStore({ directory })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})
beforeEach(() => store.run({ name: 'empty profiles', sql: 'TRUNCATE TABLE profiles' }, {}))

const systems = new HashedContext(0, '', '', 7)
const key = (at: number) => [new HashedKey(systems, '', 100 + at)]
const change = (held: HeldProfile, at: number): void => {
  held.profile.fold(key(at), 1, at)
  held.as_of_offset = at
  held.changed = true
}
async function write(cache: ProfileCache): Promise<void> {
  const changed = cache.changed()
  await store.insert(
    'profiles',
    changed.map(({ tenant, agent, partition, as_of_offset, profile }) => ({
      tenant,
      agent,
      log_partition: partition,
      as_of_offset,
      knowledge_version: 1,
      state: profile.toState(),
    })),
  )
  cache.written(changed)
}

test('what was written comes back to another cache as it was, the newest of it', async () => {
  const cache = new ProfileCache(store, 10)
  const held = cache.take('acme', 'bot', 1)
  change(held, 3)
  await write(cache)
  change(held, 9)
  await write(cache)
  const other = new ProfileCache(store, 10)
  await other.readStored()
  await other.load([{ tenant: 'acme', agent: 'bot' }], 1)
  const again = other.take('acme', 'bot', 1)
  assert.equal(again.profile.toState(), held.profile.toState())
  assert.deepEqual([again.as_of_offset, again.changed, again.partition], [9, false, 1])
})

test('names are distinguished by tenant, and may hold anything', async () => {
  const names = [
    ['acme', 'bot'],
    ['other', 'bot'],
    ['acme', `o'dd\\"{agent:String}\t😀`],
  ] as const
  const cache = new ProfileCache(store, 10)
  for (const [at, [tenant, agent]] of names.entries()) change(cache.take(tenant, agent, 0), at + 1)
  await write(cache)
  const other = new ProfileCache(store, 10)
  await other.readStored()
  await other.load(
    names.map(([tenant, agent]) => ({ tenant, agent })),
    0,
  )
  assert.deepEqual(
    names.map(([tenant, agent]) => other.take(tenant, agent, 0).as_of_offset),
    [1, 2, 3],
  )
})

test('a new agent and a held one never ask the store', async () => {
  const never = { query: async () => assert.fail('the store was asked') } as unknown as Store
  const cache = new ProfileCache(never, 10)
  cache.take('acme', 'held', 0)
  await cache.load(
    ['held', 'new'].map((agent) => ({ tenant: 'acme', agent })),
    0,
  )
  assert.equal(cache.take('acme', 'new', 0).as_of_offset, -1)
})

test('more stored agents than names are kept of: the store is asked for every agent that is not held', async () => {
  const names = ['a', 'b', 'c', 'd'].map((agent) => ({ tenant: 'many', agent }))
  const state = new Profile().toState()
  const rows = names.map((name, at) => ({ ...name, log_partition: 0, as_of_offset: at, knowledge_version: 1, state }))
  await store.insert('profiles', rows)
  const cache = new ProfileCache(store, 10, 2)
  await cache.readStored()
  await cache.load([...names, { tenant: 'many', agent: 'new' }], 0)
  const offsets = [...names, { agent: 'new' }].map(({ agent }) => cache.take('many', agent, 0).as_of_offset)
  assert.deepEqual(offsets, [0, 1, 2, 3, -1])
})

test('more agents than one question takes come in several', async () => {
  let queries = 0
  const agents = Array.from({ length: 2_300 }, (_, at) => ({ tenant: 'acme', agent: `a${at}` }))
  const state = new Profile().toState()
  await store.insert(
    'profiles',
    agents.map((name, at) => ({ ...name, log_partition: 0, as_of_offset: at, knowledge_version: 1, state })),
  )
  const counting = {
    query: (...call: Parameters<Store['query']>) => {
      queries++
      return store.query(...call)
    },
  } as unknown as Store
  const cache = new ProfileCache(counting, 10)
  await cache.readStored()
  queries = 0
  await cache.load([...agents, ...agents], 0)
  assert.deepEqual([queries, cache.size, cache.take('acme', 'a2299', 0).as_of_offset], [3, 2_300, 2_299])
})

test('the least recently used leave once written, the changed stay', async () => {
  const cache = new ProfileCache(store, 2)
  for (const agent of ['a', 'b', 'c', 'd']) change(cache.take('acme', agent, 0), 1)
  cache.take('acme', 'a', 0)
  const changed = cache.changed()
  const rows = changed.filter(({ agent }) => agent !== 'b')
  cache.written(rows)
  assert.equal(cache.size, 2)
  assert.deepEqual(
    cache.changed().map(({ agent }) => agent),
    ['b'],
  )
  assert.equal(cache.take('acme', 'a', 0).as_of_offset, 1, 'used last, so it stayed')
})

test('profiles of a lost partition are forgotten, those of others stay', () => {
  const cache = new ProfileCache(store, 10)
  change(cache.take('acme', 'a', 0), 1)
  change(cache.take('acme', 'b', 1), 1)
  assert.ok(cache.bytes() > 0)
  cache.forget(new Set([0]))
  assert.deepEqual([cache.size, cache.changed().map(({ agent }) => agent)], [1, ['b']])
})
