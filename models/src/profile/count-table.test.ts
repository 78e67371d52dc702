import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CountTable } from './count-table.ts'

/** Keys that collide: the slot comes from the exclusive or of both halves, so these all want slots 1 to 3. */
const colliding = Array.from({ length: 24 }, (_, at) => (16 + at) * 2 ** 32 + (16 + at) + 1 + (at % 3))
const key = fc.oneof(
  fc.constantFrom(...colliding),
  fc.integer({ min: 1, max: 2 ** 53 - 1 }),
  fc.integer({ min: 1, max: 40 }),
)
const step = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), key, count: fc.integer({ min: 0, max: 1e9 }), aux: fc.nat(3) }),
  fc.record({ kind: fc.constant('auxiliary' as const), key, count: fc.constant(0), aux: fc.nat(5) }),
  fc.record({ kind: fc.constant('remove' as const), key, count: fc.constant(0), aux: fc.constant(0) }),
)

test('a table is a map, whatever was added, removed and grown', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const table = new CountTable(1)
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
      const again = CountTable.unpack(table.pack())
      assert.deepEqual(again.entries(), expected)
      assert.equal(again.pack(), table.pack())
    }),
    { numRuns: 400 },
  )
})

test('the same content packs to the same bytes in whatever order it came', () => {
  const rows = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 2 ** 53 - 1 }), fc.integer({ min: 1, max: 99 })), {
    selector: ([key]) => key,
    maxLength: 100,
  })
  fc.assert(
    fc.property(rows, (list) => {
      const pack = (order: typeof list) => {
        const table = new CountTable(1)
        for (const [key, count] of order) table.add(key, count)
        return table.pack()
      }
      assert.equal(pack(list), pack([...list].reverse()))
    }),
  )
})

test('taking everything back leaves an empty table that does not grow by coming and going', () => {
  const table = new CountTable(64)
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
  const table = new CountTable()
  table.add(7, 1)
  assert.throws(() => CountTable.unpack(table.pack().slice(0, -4)), /rows of 20 bytes/)
})
