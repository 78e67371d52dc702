import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { NarrowColumn } from './narrow-column.ts'

const places = 60
const value = fc.oneof(
  fc.nat(5),
  fc.constantFrom(254, 255, 256, 65_534, 65_535, 65_536, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1),
  fc.nat(400),
)
const step = fc.record({
  kind: fc.constantFrom('set' as const, 'insert' as const, 'remove' as const, 'resize' as const),
  place: fc.nat(places - 1),
  value,
})

const written = (column: NarrowColumn, size: number): Buffer => {
  const writer = new ByteWriter()
  column.writeTo(writer, size)
  return writer.copy()
}

test('a column is a list of numbers and comes back from its bytes, whatever was set, put in and taken out', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let capacity = 8
      const column = new NarrowColumn(capacity)
      const list: number[] = []
      for (const { kind, place, value } of steps) {
        const at = list.length === 0 ? 0 : place % list.length
        if (kind === 'resize' || list.length === capacity) {
          capacity += 5
          column.resize(capacity)
        }
        if (kind === 'insert') {
          column.insert(at, list.length)
          column.set(at, value)
          list.splice(at, 0, value)
        } else if (kind === 'remove' && list.length > 0) {
          column.remove(at, list.length)
          list.splice(at, 1)
        } else if (kind === 'set' && list.length > 0) {
          column.set(at, value)
          list[at] = value
        }
        assert.deepEqual(
          list.map((_, index) => column.at(index)),
          list,
        )
      }
      const bytes = written(column, list.length)
      const again = new NarrowColumn(list.length)
      again.readFrom(new ByteReader(bytes), list.length)
      assert.deepEqual(
        list.map((_, index) => again.at(index)),
        list,
      )
      assert.deepEqual(written(again, list.length), bytes)
    }),
    { numRuns: 300 },
  )
})

test('a few large numbers cost ten bytes each, many of them a wider column', () => {
  const column = new NarrowColumn(1_000)
  for (let place = 0; place < 20; place++) column.set(place, 300)
  assert.equal(column.bytes, 1_000 + 20 * 10)
  for (let place = 0; place < 500; place++) column.set(place, 300)
  assert.equal(column.bytes, 2_000)
  column.set(3, 70_000)
  assert.deepEqual([column.at(2), column.at(3), column.at(4), column.at(999)], [300, 70_000, 300, 0])
})
