import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hasher } from '../../test-support/taught.ts'
import { ProfileTable } from './profile-table.ts'

/** Fingerprints of keys below 2^32 are the keys: these all want the last slots, the first ones, or the same ones. */
const crowded = [0, 2 ** 20, 2 ** 32 - 200].flatMap((from) => Array.from({ length: 60 }, (_, at) => from + at + 1))
const key = fc.oneof(
  fc.constantFrom(...crowded),
  fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  fc.integer({ min: 1, max: 40 }),
)
const step = fc.oneof(
  fc.record({
    kind: fc.constant('add' as const),
    key,
    count: fc.oneof(fc.nat(9), fc.nat(1e6), fc.nat(2 ** 45)),
    aux: fc.oneof(fc.nat(3), fc.nat(300)),
  }),
  fc.record({ kind: fc.constant('auxiliary' as const), key, count: fc.constant(0), aux: fc.nat(5) }),
  fc.record({ kind: fc.constant('remove' as const), key, count: fc.constant(0), aux: fc.constant(0) }),
)

test('a table is a map, whatever was added, removed and grown', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const table = new ProfileTable(1)
      const map = new Map<number, { count: number; auxiliary: number }>()
      for (const { kind, key, count, aux } of steps) {
        const known = map.get(key)
        if (kind === 'auxiliary') {
          table.addAuxiliary(key, aux)
          if (known) known.auxiliary += aux
        } else if (kind === 'remove') {
          assert.equal(table.add(key, -(known?.count ?? 0)), known?.count ?? 0)
          map.delete(key)
        } else {
          assert.equal(table.add(key, count, aux), known?.count ?? 0)
          if (known) Object.assign(known, { count: known.count + count, auxiliary: known.auxiliary + aux })
          else if (count > 0) map.set(key, { count, auxiliary: aux })
        }
      }
      const expected = [...map].map(([key, entry]) => ({ key, ...entry })).sort((a, b) => a.key - b.key)
      assert.deepEqual(table.entries(), expected)
      assert.equal(table.size, map.size)
      for (const { key } of steps) {
        assert.equal(table.has(key), map.has(key))
        assert.equal(table.count(key), map.get(key)?.count ?? 0)
        assert.equal(table.auxiliary(key), map.get(key)?.auxiliary ?? 0)
      }
      const again = ProfileTable.unpack(table.pack())
      assert.deepEqual(again.entries(), expected)
      assert.equal(again.pack(), table.pack())
    }),
    { numRuns: 400 },
  )
})

test('the same content packs to the same bytes in whatever order it came', () => {
  const rows = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 2 ** 32 - 1 }), fc.integer({ min: 1, max: 1e6 })), {
    selector: ([key]) => key,
    maxLength: 100,
  })
  fc.assert(
    fc.property(rows, (list) => {
      const pack = (order: typeof list) => {
        const table = new ProfileTable(1)
        for (const [key, count] of order) table.add(key, count)
        return table.pack()
      }
      assert.equal(pack(list), pack([...list].reverse()))
    }),
  )
})

test('taking everything back leaves an empty table that does not grow by coming and going', () => {
  const table = new ProfileTable(64)
  const before = table.bytes
  for (let round = 0; round < 2_000; round++) {
    for (let at = 1; at <= 48; at++) table.add(round * 1000 + at, 1)
    for (let at = 1; at <= 48; at++) table.add(round * 1000 + at, -1)
  }
  assert.equal(table.size, 0)
  assert.equal(table.bytes, before)
  assert.equal(table.pack(), '')
})

test('torn bytes are refused', () => {
  const table = new ProfileTable()
  table.add(7, 1_000)
  table.add(2 ** 40, 3, 2)
  const bytes = Buffer.from(table.pack(), 'base64')
  for (let length = 1; length < bytes.length; length++) {
    const part = bytes.subarray(0, length).toString('base64')
    assert.throws(() => ProfileTable.unpack(part), /end too early/, `${length} bytes`)
  }
  const more = Buffer.concat([bytes, Buffer.of(0)]).toString('base64')
  assert.throws(() => ProfileTable.unpack(more), /goes on behind its last entry/)
})

test('keys of 53 bits are distinguished by both their halves', () => {
  const table = new ProfileTable()
  for (let at = 0; at < 2_000; at++) table.add(at * 2 ** 32 + 5, 1)
  for (let at = 0; at < 2_000; at++) table.add(5 * 2 ** 32 + at, 1)
  assert.equal(table.size, 3_999)
  assert.equal(table.count(5 * 2 ** 32 + 5), 2)
})

test('two thousand entries take some five bytes each, also when some counts are large', () => {
  const table = new ProfileTable()
  let key = 1
  for (let at = 0; at < 2_000; at++) {
    key = (key * 1_103_515_245 + 12_345) % 2 ** 31
    table.add(key * 4_194_301, at % 50 === 0 ? 1_000 + at : 1 + (at % 50))
  }
  assert.ok(table.bytes / table.size < 6, `${table.bytes / table.size} bytes an entry`)
})

test('amounts around a bin are those that a count of all bins finds, however bins came and went', () => {
  const bins = hasher.bins(hasher.contextOf('sent', 'erp/read'), 204)
  const change = fc.tuple(fc.nat(203), fc.constantFrom(1, 1, 1, -1), fc.nat(203))
  fc.assert(
    fc.property(fc.array(change, { minLength: 5, maxLength: 150 }), (changes) => {
      const table = new ProfileTable()
      const counts = new Map<number, number>()
      for (const [bin, sign, from] of changes) {
        const before = counts.get(bin) ?? 0
        if (sign === -1) table.add(bins.keys[bin] as number, -before)
        else table.add(bins.keys[bin] as number, 1)
        if (sign === -1) counts.delete(bin)
        else counts.set(bin, before + 1)
        const found = new Float64Array(2)
        table.amountsAround(bins, counts.size, from, found)
        const above = [...counts].reduce((sum, [at, count]) => (at >= from ? sum + count : sum), 0)
        assert.deepEqual([...found], [above, Math.max(-1, ...counts.keys())])
      }
    }),
  )
})
