import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { openStore } from './open-store.ts'
import { TableTypes } from './row-binary.ts'
import type { Store } from './store.ts'

const types = new Map(
  Object.entries({
    small: 'UInt8',
    short: 'UInt16',
    whole: 'UInt32',
    long: 'UInt64',
    tiny: 'Int8',
    signed: 'Int32',
    wide: 'Int64',
    real: 'Float64',
    at: "DateTime64(3, 'UTC')",
    stored: "DateTime('UTC')",
    text: 'String',
    name: 'LowCardinality(String)',
    maybe: 'Nullable(UInt64)',
    outcome: 'LowCardinality(Nullable(String))',
    texts: 'Array(String)',
    numbers: 'Array(UInt64)',
  }),
)

const integer = (min: number, max: number) => fc.maxSafeInteger().map((n) => Math.min(max, Math.max(min, n)))
const text = fc.string({ unit: 'binary', maxLength: 300 })
const row = fc.record({
  small: fc.integer({ min: 0, max: 255 }),
  short: fc.integer({ min: 0, max: 65_535 }),
  whole: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  long: fc.oneof(integer(0, Number.MAX_SAFE_INTEGER), fc.constantFrom(2 ** 32, 2 ** 53 - 1)),
  tiny: fc.integer({ min: -128, max: 127 }),
  signed: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  wide: fc.oneof(fc.maxSafeInteger(), fc.constantFrom(-1, -(2 ** 32), -(2 ** 53) + 1)),
  real: fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: false }).map((n) => n + 0),
  at: fc.integer({ min: 946_684_800_000, max: 4_102_444_800_000 }),
  stored: fc.integer({ min: 0, max: 4_000_000_000 }),
  text,
  name: text,
  maybe: fc.option(fc.nat()),
  outcome: fc.option(fc.constantFrom('', 'success', 'failure')),
  texts: fc.array(text, { maxLength: 200 }),
  numbers: fc.array(integer(0, Number.MAX_SAFE_INTEGER), { maxLength: 20 }),
})

let folder: string
let store: Store
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-binary-'))
  store = await openStore({ directory: join(folder, 'store') })
  const columns = [...types].map(([name, type]) => `${name} ${type}`).join(', ')
  await store.run({ name: 'table', sql: `CREATE TABLE kinds (id UInt32, ${columns}) ENGINE = Memory` }, {})
})
after(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

const asked = [...types.keys()].map((name) =>
  name === 'at' ? 'toUnixTimestamp64Milli(at) AS at' : name === 'stored' ? 'toUnixTimestamp(stored) AS stored' : name,
)
const kinds = {
  name: 'kinds',
  sql: `SELECT ${asked.join(', ')} FROM kinds WHERE id = {id:UInt32}`,
  row: z.record(z.string(), z.unknown()),
}

test('every value of every kind comes back from the engine as it went', async () => {
  let id = 0
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 16, maxLength: 40 }), async (rows) => {
      id++
      assert.notEqual(new TableTypes(types).encode(rows), undefined)
      await store.insert(
        'kinds',
        rows.map((values) => ({ id, ...values })),
      )
      const whole = rows.map((values) => ({ ...values, texts: values.texts.map((value) => value.toWellFormed()) }))
      const expected = whole.map((values) => ({
        ...values,
        text: values.text.toWellFormed(),
        name: values.name.toWellFormed(),
      }))
      assert.deepEqual(await store.query(kinds, { id }), expected)
    }),
    { numRuns: 15 },
  )
})

test('what is no value of its type as it stands goes as JSON', () => {
  const encode = (...rows: Record<string, unknown>[]) => new TableTypes(types).encode(rows)
  assert.notEqual(encode({ small: 255 }), undefined)
  for (const small of [256, -1, 0.5, Number.NaN, '7', true, null, undefined, 7n])
    assert.equal(encode({ small }), undefined, String(small))
  for (const long of [2 ** 53, -1]) assert.equal(encode({ long }), undefined)
  for (const real of [Number.POSITIVE_INFINITY, Number.NaN, '1']) assert.equal(encode({ real }), undefined)
  for (const text of [1, null, ['a']]) assert.equal(encode({ text }), undefined)
  for (const texts of ['a', [1], [null], null]) assert.equal(encode({ texts }), undefined)
  assert.equal(encode({ unknown: 1 }), undefined)
  assert.equal(encode({ small: 1 }, { small: 1, short: 1 }), undefined)
  assert.equal(encode({ small: 1 }, { short: 1 }), undefined)
  assert.equal(encode(), undefined)
})

const two = (id: number) => Array.from({ length: 20 }, (_, at) => ({ id, n: at }))
const numbers = {
  name: 'numbers',
  sql: 'SELECT count() AS rows, sum(n) AS sum FROM altered WHERE id = {id:UInt32}',
  row: z.object({ rows: z.number(), sum: z.number() }),
}

test('a table that was altered meanwhile takes rows as its columns are now, and reads none of them as something else', async () => {
  await store.run(
    { name: 'table', sql: 'CREATE TABLE altered (id UInt32, n UInt16) ENGINE = MergeTree ORDER BY id' },
    {},
  )
  await store.insert('altered', two(1))
  await store.run({ name: 'alter', sql: 'ALTER TABLE altered MODIFY COLUMN n UInt64' }, {})
  await store.insert('altered', two(2))
  await store.insert('altered', two(3))
  for (const id of [1, 2, 3]) assert.deepEqual(await store.query(numbers, { id }), [{ rows: 20, sum: 190 }])
})

test('one huge row does not make thousands of small ones reserve as much each', () => {
  const table = new TableTypes(new Map([['text', 'String']]))
  assert.ok(table.encode([{ text: 'x'.repeat(1_000_000) }]))
  const encoded = table.encode(Array.from({ length: 5_000 }, () => ({ text: 'small' })))
  assert.ok(encoded && encoded.bytes.buffer.byteLength <= 64 * 1024 * 1024)
})
