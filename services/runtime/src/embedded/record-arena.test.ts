import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { openTables } from './embedded-tables.ts'
import { openRecordArena } from './record-arena.ts'

test('values of every size come back as written, and stay so while others are read', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'straylight-arena-'))
  const tables = openTables(directory, false)
  try {
    const sizes = [0, 1, 100, 4_000, 8_191, 8_192, 8_193, 40_000, 70_000, 300_000, 3, 2_000, 0, 65_536]
    const written = sizes.map((size, at) => Buffer.alloc(size, at + 1))
    await tables.write(() => {
      for (const [at, value] of written.entries()) void tables.records.put([1, 0, at], value)
    })
    const range = { start: [1, 0, 0], end: [1, 0, sizes.length] }
    const inOrder = [...tables.records.getRange(range)].map(({ value }) => value)
    const alone = sizes.map((_, at) => tables.records.get([1, 0, at]))
    const again = [...tables.records.getRange(range)].map(({ value }) => value)
    for (const read of [inOrder, alone, again]) assert.deepEqual(read, written)
  } finally {
    await tables.close()
    await rm(directory, { recursive: true, force: true })
  }
})

test('no copy shares a byte with another', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 60 }), (sizes) => {
      const arena = openRecordArena()
      const copies = sizes.map((size, at) => arena.decode(Buffer.alloc(size, at % 251)))
      for (const [at, copy] of copies.entries()) assert.ok(copy.every((byte) => byte === at % 251))
    }),
  )
})
