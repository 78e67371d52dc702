import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { endianness } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { counted } from '@straylight/schemas/counted'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { type FreePages, freePagesOf, type Page, readPage, type Tree, treeAt } from './lmdb-page.ts'

/** What is wrong with an LMDB file, in words; LMDB itself would end the process with a signal, or see an empty file. */
export class DamagedLmdb extends StraylightError {
  override readonly name = 'DamagedLmdb'
  override readonly code = 'damaged_lmdb'
}

interface Meta {
  readonly pageBytes: number
  readonly transaction: number
  readonly lastPage: number
  readonly free: Tree
  readonly main: Tree
}

const magic = 0xbeefc0de
/** Of the data file, as `MDB_DATA_VERSION` in LMDB 1.0. */
const formatVersion = 2
const metaFlag = 0x08
const metaBytes = 24 + 24 + 2 * 48 + 24
/** Pages between two turns of the event loop. */
const turnPages = 2_000
/** Another process may write while it is read: then all is read anew. */
const triesMax = 5

/**
 * Reads a data file from end to end as LMDB 1.0 lays it out (`mdb.c`: MDB_meta, MDB_page, MDB_node) and throws `DamagedLmdb` at
 * the first page that is not what the pages above it say: out of the file, another's, out of order, counted wrong, used twice or
 * used though free. LMDB has no checksums, so what stands inside a value may still be anything. An empty file is a new one. Costs one read
 * of each page in use, at some 150,000 pages (600 MB) a second from the page cache.
 */
export async function checkLmdb(file: string): Promise<void> {
  // Its numbers are the machine's own; on others LMDB must tell by itself.
  if (endianness() !== 'LE' || /^(arm|ia32|x32)$/.test(process.arch)) return
  // Read without the thread pool, page by page: a tenth of the time.
  const handle = openSync(file, 'r')
  try {
    const { size } = fstatSync(handle)
    if (size === 0) return
    for (let tries = 1; ; tries += 1) {
      const meta = readMeta(handle, size)
      const damage = await walked(handle, meta)
      if (damage === null) return
      // A page that a later transaction has written over proves nothing; a file that never rests is held by a program that read it.
      if (readMeta(handle, size).transaction === meta.transaction) throw damage
      if (tries === triesMax) return
    }
  } finally {
    closeSync(handle)
  }
}

function readMeta(handle: number, size: number): Meta {
  const first = metaOf(bytesAt(handle, 0, metaBytes), size, 0)
  const second = metaOf(bytesAt(handle, first.pageBytes, metaBytes), size, 1)
  return second.transaction > first.transaction ? second : first
}

function metaOf(bytes: Buffer, size: number, number: number): Meta {
  if (bytes.length < metaBytes) throw new DamagedLmdb(`it is cut off: it has ${counted(size, 'byte')}`)
  if ((bytes.readUInt16LE(18) & metaFlag) === 0 || bytes.readUInt32LE(24) !== magic)
    throw new DamagedLmdb(`its page ${number} is not the head of an LMDB file`)
  const version = bytes.readUInt32LE(28) & 0xffff
  if (version !== formatVersion)
    throw new DamagedLmdb(`it has the format ${version}, and this program reads ${formatVersion}`)
  const pageBytes = bytes.readUInt32LE(48)
  if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0)
    throw new DamagedLmdb(`its page ${number} says that pages have ${counted(pageBytes, 'byte')}`)
  const [free, main] = [treeAt(bytes, 48), treeAt(bytes, 96)]
  return { pageBytes, free, main, lastPage: numberAt(bytes, 144), transaction: numberAt(bytes, 152) }
}

/** Null where all is as it should be. */
async function walked(handle: number, meta: Meta): Promise<DamagedLmdb | null> {
  try {
    if (!Number.isSafeInteger(meta.lastPage) || meta.lastPage > 2 ** 40)
      throw new DamagedLmdb(`its head says that it has ${counted(meta.lastPage, 'page')}`)
    const walk = new Walk(handle, meta)
    await walk.tree(meta.main, 'the tables')
    await walk.tree(meta.free, 'the free pages')
    walk.refuseUsed()
    return null
  } catch (error) {
    if (error instanceof DamagedLmdb) return error
    throw error
  }
}

class Walk {
  private readonly handle: number
  private readonly meta: Meta
  /** One bit a page. */
  private readonly used: Uint8Array
  private readonly free: FreePages[] = []
  private readonly buffer: Buffer
  private pages = 0

  constructor(handle: number, meta: Meta) {
    this.handle = handle
    this.meta = meta
    this.used = new Uint8Array(meta.lastPage / 8 + 1)
    this.buffer = Buffer.alloc(meta.pageBytes)
  }

  async tree(tree: Tree, name: string): Promise<void> {
    if (tree.root === null) {
      if (tree.entries > 0)
        throw new DamagedLmdb(`${name} have ${counted(tree.entries, 'entry', 'entries')} and no page`)
      return
    }
    const tally = { entries: 0, branches: 0, leaves: 0, overflows: 0 }
    const inner: { tree: Tree; name: string }[] = []
    // From top to bottom and left to right; a page waits with its depth.
    const waiting = [{ number: tree.root, depth: 1 }]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { number, depth } = next
      this.pages += 1
      if (this.pages % turnPages === 0) await setImmediate()
      if (depth > tree.depth) throw new DamagedLmdb(`page ${number}, of ${name}, lies deeper than ${tree.depth}`)
      const lists = tree === this.meta.free
      const page = this.page({ number, kind: depth < tree.depth ? 'branch' : 'leaf', lists }, name)
      if (page.kind === 'branch') {
        tally.branches += 1
        for (const child of [...page.children].reverse()) waiting.push({ number: child, depth: depth + 1 })
        continue
      }
      tally.leaves += 1
      tally.entries += page.entries
      for (const run of page.overflows) tally.overflows += this.overflow(run, lists, name)
      this.free.push(...page.free)
      for (const { key, tree } of page.trees) inner.push({ tree, name: `the table ${key}` })
    }
    this.compare(tree, tally, name)
    for (const { tree, name } of inner) await this.tree(tree, name)
  }

  private compare(
    tree: Tree,
    tally: { entries: number; branches: number; leaves: number; overflows: number },
    name: string,
  ): void {
    for (const what of ['entries', 'branches', 'leaves', 'overflows'] as const)
      if (tree[what] !== tally[what])
        throw new DamagedLmdb(`${name} should have ${tree[what]} ${what} and have ${tally[what]}`)
  }

  private page(expected: Parameters<typeof readPage>[1], name: string): Page {
    const { number } = expected
    this.take(number, 1, name)
    const length = this.read(number)
    const page = length < this.meta.pageBytes ? 'lies behind the end' : readPage(this.buffer, expected)
    if (typeof page === 'string') throw new DamagedLmdb(`page ${number}, of ${name}, ${page}`)
    return page
  }

  /** A value of more than a page: its first page says how many there are. Resolves with that number. */
  private overflow(run: { page: number; pages: number; bytes: number }, free: boolean, name: string) {
    const { page: number, pages, bytes } = run
    this.take(number, pages, name)
    const length = this.read(number)
    const good =
      length === this.meta.pageBytes &&
      numberAt(this.buffer, 0) === number &&
      (this.buffer.readUInt16LE(18) & 0x04) !== 0 &&
      this.buffer.readUInt32LE(20) === pages &&
      pages === Math.floor((23 + bytes) / this.meta.pageBytes) + 1
    if (!good)
      throw new DamagedLmdb(`page ${number}, of ${name}, is not the beginning of a value of ${counted(pages, 'page')}`)
    const value = Buffer.alloc(free ? bytes : 1)
    const from = free ? number * this.meta.pageBytes + 24 : (number + pages) * this.meta.pageBytes - 1
    if (readSync(this.handle, value, 0, value.length, from) < value.length)
      throw new DamagedLmdb(`page ${number}, of ${name}, is cut off`)
    if (free) this.free.push(...freePagesOf(value))
    return pages
  }

  private take(from: number, pages: number, name: string): void {
    if (!(from >= 2 && pages >= 1 && from + pages - 1 <= this.meta.lastPage))
      throw new DamagedLmdb(`${name} name the page ${from}, and there are ${this.meta.lastPage}`)
    for (let page = from; page < from + pages; page += 1) {
      if (this.isUsed(page)) throw new DamagedLmdb(`page ${page}, of ${name}, is used twice`)
      this.used[page >> 3] = (this.used[page >> 3] ?? 0) | (1 << (page & 7))
    }
  }

  private isUsed(page: number): boolean {
    return ((this.used[page >> 3] ?? 0) & (1 << (page & 7))) !== 0
  }

  /** What LMDB would write over next must hold nothing. */
  refuseUsed(): void {
    for (const { page, pages } of this.free) {
      if (!(page >= 2 && page + pages - 1 <= this.meta.lastPage))
        throw new DamagedLmdb(`the free pages name the page ${page}, and there are ${this.meta.lastPage}`)
      for (let at = page; at < page + pages; at += 1)
        if (this.isUsed(at)) throw new DamagedLmdb(`page ${at} is used and called free`)
    }
  }

  private read(number: number): number {
    return readSync(this.handle, this.buffer, 0, this.meta.pageBytes, number * this.meta.pageBytes)
  }
}

function bytesAt(handle: number, from: number, length: number): Buffer {
  const buffer = Buffer.alloc(length)
  return buffer.subarray(0, readSync(handle, buffer, 0, length, from))
}

const numberAt = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at))
