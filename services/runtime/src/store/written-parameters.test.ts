import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { openStore } from './open-store.ts'
import type { Store } from './store.ts'
import { writtenParameters } from './written-parameters.ts'

let directory: string
let store: Store
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-written-'))
  store = await openStore({ directory })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

const odd = [
  '',
  "it's",
  "' OR 1 = 1 --",
  "\\' OR 1 = 1 --",
  '\\',
  'back\\\\slash\\n',
  'a\n\r\t\b\fb',
  'a\u0000b',
  '{tenant:String}',
  '/* ` */ " # -- 😀 é',
  '%_*',
]
const all = { name: 'texts', row: z.object({ one: z.string(), many: z.array(z.string()) }) }

test('a text comes back as it was given, whatever it holds, alone and in a list', async () => {
  for (const one of odd) {
    const sql = 'SELECT {one:String} AS one, {many:Array(String)} AS many'
    assert.ok(writtenParameters(sql, { one, many: odd }) !== undefined, one)
    assert.deepEqual(await store.query({ ...all, sql }, { one, many: odd }), [{ one, many: odd }])
  }
})

test('no text ends its literal: any of them come back as they were given', async () => {
  const sharp = fc.constantFrom("'", '\\', '"', '`', '\0', '\n', '{a:String}', '--', '/*', '0x', '😀', 'é')
  const texts = fc.array(
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.array(sharp).map((parts) => parts.join('')),
    ),
  )
  const property = fc.asyncProperty(texts, async (many) => {
    const one = many.join('')
    const sql = 'SELECT {one:String} AS one, {many:Array(String)} AS many'
    assert.deepEqual(await store.query({ ...all, sql }, { one, many }), [{ one, many }])
  })
  await fc.assert(property, { numRuns: 200 })
})

test('half a surrogate pair becomes U+FFFD, as it does where rows are stored', async () => {
  const sql = 'SELECT {one:String} AS one, {many:Array(String)} AS many'
  assert.deepEqual(await store.query({ ...all, sql }, { one: 'a\ud800', many: [] }), [{ one: 'a\ufffd', many: [] }])
})

test('numbers are of the type that the query says, and what is negative is no comment', async () => {
  const sql = `SELECT toTypeName({small:UInt8}) AS small, toTypeName({of:Array(Int64)}) AS list, -{at:Int64} AS at, {share:Float64} AS share
FROM numbers(10) LIMIT {rows:UInt32}`
  const row = z.object({ small: z.string(), list: z.string(), at: z.number(), share: z.number() })
  const given = { small: 1, of: [-1, 9_007_199_254_740_991], at: -5, share: 1e-7, rows: 1 }
  assert.deepEqual(await store.query({ name: 'numbers', sql, row }, given), [
    { small: 'UInt8', list: 'Array(Int64)', at: 5, share: 1e-7 },
  ])
})

test('what is of no known type, does not hold its type or is too long is left to the client', () => {
  assert.equal(writtenParameters('SELECT {a:DateTime}', { a: 1 }), undefined)
  assert.equal(writtenParameters('SELECT {a:UInt8}', { a: '1' }), undefined)
  assert.equal(writtenParameters('SELECT {a:Int64}', { a: 2 ** 60 }), undefined)
  assert.equal(writtenParameters('SELECT {a:Float64}', { a: Number.NaN }), undefined)
  assert.equal(writtenParameters('SELECT {a:Array(String)}', { a: ['a', 1] }), undefined)
  assert.equal(writtenParameters('SELECT {toString:String}', {}), undefined)
  assert.equal(writtenParameters('SELECT {a:String}', { a: 'a'.repeat(300_000) }), undefined)
})

test('a stage does not wait for a question of a person, nor one of those for another', async () => {
  const row = z.unknown()
  const done: string[] = []
  const slow = store
    .query({ name: 'slow', sql: 'SELECT sleep({s:Float64})', row }, { s: 3 }, { forPeople: true })
    .then(() => done.push('slow'))
  const quick = (forPeople: boolean) =>
    store.query({ name: 'quick', sql: 'SELECT {s:String} AS s', row }, { s: 'x' }, { forPeople })
  await Promise.all([quick(false), quick(true)])
  assert.deepEqual(done, [])
  await slow
})
