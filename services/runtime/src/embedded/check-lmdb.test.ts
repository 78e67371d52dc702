import assert from 'node:assert/strict'
import { copyFile, mkdir, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { topics } from '@straylight/schemas/topics'
import fc from 'fast-check'
import { checkLmdb, DamagedLmdb } from './check-lmdb.ts'
import { openEmbeddedLog } from './embedded-log.ts'

// Promise 16: what LMDB would meet with a signal is found before.

const pageBytes = 4096

let folder: string
let whole: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-lmdb-'))
  whole = join(folder, 'whole')
  await fill(whole, 12)
})
after(() => rm(folder, { recursive: true, force: true }))

/** A log as it grows: small records and such of several pages, some of them dropped again, so that there are free pages. */
async function fill(directory: string, rounds: number): Promise<void> {
  const log = await openEmbeddedLog({ directory, durable: false })
  await log.ensureTopics(Object.values(topics), 4)
  for (let round = 0; round < rounds; round += 1) {
    const timestamp = round % 3 === 0 ? 1 : Date.now()
    const value = (at: number) => 'x'.repeat(at % 20 === 0 ? 9_000 + round : 100 + at)
    const records = Array.from({ length: 300 }, (_, at) => ({
      topic: topics.audit.name,
      key: `a${at}`,
      value: value(at),
      timestamp,
    }))
    await log.append(records)
    if (round % 4 === 3) await log.retain(Date.now())
  }
  await log.close()
}

const fileOf = (directory: string) => join(directory, 'data.mdb')

test('a log passes at every moment of its life', async () => {
  const directory = join(folder, 'growing')
  for (let round = 0; round < 5; round += 1) {
    await fill(directory, 3)
    await checkLmdb(fileOf(directory))
  }
})

test('a log passes while another writes to it', async () => {
  const directory = join(folder, 'busy')
  await fill(directory, 4)
  let writing = true
  const writer = fill(directory, 30).then(() => {
    writing = false
  })
  while (writing) {
    await checkLmdb(fileOf(directory))
    await setImmediate()
  }
  await writer
})

test('an empty file is a new log', async () => {
  const file = join(folder, 'empty.mdb')
  await writeFile(file, '')
  await checkLmdb(file)
})

test('whatever is cut off, emptied, overwritten or exchanged is found, or harms nothing', async () => {
  const { size } = await stat(fileOf(whole))
  const pages = size / pageBytes
  const damaged = join(folder, 'damaged.mdb')
  const damage = fc.record({
    kind: fc.constantFrom('cut', 'zero', 'garbage', 'another'),
    page: fc.nat(pages - 1),
    other: fc.nat(pages - 1),
    bytes: fc.uint8Array({ minLength: 64, maxLength: pageBytes }),
  })
  let found = 0
  await fc.assert(
    fc.asyncProperty(damage, async ({ kind, page, other, bytes }) => {
      await copyFile(fileOf(whole), damaged)
      const original = await readFile(fileOf(whole))
      if (kind === 'cut') await truncate(damaged, page * pageBytes + (page === 0 ? 100 : 0))
      else {
        const written =
          kind === 'zero'
            ? Buffer.alloc(pageBytes)
            : kind === 'garbage'
              ? bytes
              : original.subarray(other * pageBytes, (other + 1) * pageBytes)
        const file = await open(damaged, 'r+')
        await file.write(written, 0, written.length, page * pageBytes)
        await file.close()
      }
      const seen = await checkLmdb(damaged).then(
        () => null,
        (error: unknown) => error,
      )
      if (seen !== null) {
        assert.ok(seen instanceof DamagedLmdb, String(seen))
        found += 1
        return
      }
      await readAll(await readFile(damaged))
    }),
    { numRuns: 150 },
  )
  assert.ok(found > 50, `${found} of 150 found`)
})

/** What was let pass is read and written from end to end: LMDB must survive it, in this very process. */
async function readAll(bytes: Buffer): Promise<void> {
  const directory = await mkdtemp(join(folder, 'passed-'))
  await writeFile(fileOf(directory), bytes)
  const log = await openEmbeddedLog({ directory, durable: false })
  const { name: topic } = topics.audit
  for (let partition = 0; partition < 4; partition += 1) {
    const end = await log.endOffset({ topic, partition })
    let records = 0
    for await (const _ of log.read({ topic, partition }, 0, end)) records += 1
    assert.ok(records <= end)
  }
  await log.append([{ topic, key: 'after', value: 'x'.repeat(20_000) }])
  await log.retain(Date.now())
  await log.close()
  await checkLmdb(fileOf(directory))
  await rm(directory, { recursive: true })
}

test('a log of another format, and one that is none, are distinguished', async () => {
  const directory = join(folder, 'other')
  await mkdir(directory)
  const bytes = await readFile(fileOf(whole))
  bytes.writeUInt32LE(1, 28)
  await writeFile(fileOf(directory), bytes)
  await assert.rejects(checkLmdb(fileOf(directory)), /it has the format 1, and this program reads 2/)
  await writeFile(fileOf(directory), 'x'.repeat(100_000))
  await assert.rejects(
    openEmbeddedLog({ directory }),
    /The log in .*other is damaged: its page 0 is not the head of an LMDB file\. .*restore/,
  )
})
