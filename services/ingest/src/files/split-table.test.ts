import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cellsOf, createTableSplitter } from './split-table.ts'

function rowsOf(text: string, pieceBytes = 7): { rows: unknown[]; lines: number[] } {
  const [splitter, bytes, pieces] = [createTableSplitter(','), Buffer.from(text), []] as [
    ReturnType<typeof createTableSplitter>,
    Buffer,
    { value: Buffer; line: number }[],
  ]
  for (let at = 0; at < bytes.length; at += pieceBytes)
    pieces.push(...splitter.push(bytes.subarray(at, at + pieceBytes)))
  pieces.push(...splitter.end())
  return { rows: pieces.map(({ value }) => value.toString()), lines: pieces.map(({ line }) => line) }
}

test('rows become objects by the names in the first row, empty cells nothing, in pieces of any size', () => {
  const table = 'time,"agent",note [UTC]\r\n2026-01-01,"a ""b"", c","two\nlines"\r\n,x,\n'
  for (const pieceBytes of [1, 3, 1000]) {
    const { rows, lines } = rowsOf(table, pieceBytes)
    assert.deepEqual(
      rows.map((row) => JSON.parse(String(row))),
      [{ time: '2026-01-01', agent: 'a "b", c', note: 'two\nlines' }, { agent: 'x' }],
    )
    assert.deepEqual(lines, [2, 4])
  }
})

test('amounts of the native form are numbers, and a row with more cells than columns stays what it is', () => {
  const { rows } = rowsOf('id,records,other\n1,5,5\n1,2,3,4\n')
  assert.deepEqual(rows, ['{"id":"1","records":5,"other":"5"}', '1,2,3,4'])
})

test('cells are what was written, whatever is in them', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 8 }), (cells) => {
      const row = cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')
      assert.deepEqual(cellsOf(row, ','), cells)
    }),
  )
})
