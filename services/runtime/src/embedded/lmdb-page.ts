/** A tree of an LMDB file, as its head says (MDB_db, 48 bytes). */
export interface Tree {
  readonly depth: number
  readonly branches: number
  readonly leaves: number
  readonly overflows: number
  readonly entries: number
  /** Null: it is empty. */
  readonly root: number | null
}

/** A value that has pages of its own. */
export interface Overflow {
  readonly page: number
  readonly pages: number
  readonly bytes: number
}

/** So many pages from this one on. */
export interface FreePages {
  readonly page: number
  readonly pages: number
}

/** What a page of a tree holds, as far as a walk needs to know. */
export type Page =
  | { readonly kind: 'branch'; readonly children: readonly number[] }
  | {
      readonly kind: 'leaf'
      readonly entries: number
      readonly overflows: readonly Overflow[]
      readonly trees: readonly { readonly key: string; readonly tree: Tree }[]
      /** Of a tree of free pages: those that its values list. */
      readonly free: readonly FreePages[]
    }

const headBytes = 24
const nodeBytes = 8
const flags = { branch: 0x01, leaf: 0x02 } as const
const nodeFlags = { overflow: 0x01, tree: 0x02 } as const
const noPage = 0xffff_ffff_ffff_ffffn

export function treeAt(bytes: Buffer, at: number): Tree {
  const root = bytes.readBigUInt64LE(at + 40)
  return {
    depth: bytes.readUInt16LE(at + 6),
    branches: Number(bytes.readBigUInt64LE(at + 8)),
    leaves: Number(bytes.readBigUInt64LE(at + 16)),
    overflows: Number(bytes.readBigUInt64LE(at + 24)),
    entries: Number(bytes.readBigUInt64LE(at + 32)),
    root: root === noPage ? null : Number(root),
  }
}

/** Reads a page of a tree; a text says what is wrong with it. */
export function readPage(
  bytes: Buffer,
  expected: { number: number; kind: Page['kind']; lists: boolean },
): Page | string {
  if (bytes.readBigUInt64LE(0) !== BigInt(expected.number)) return 'is another page or none'
  if ((bytes.readUInt16LE(18) & 0x7f) !== flags[expected.kind]) return `is no ${expected.kind}`
  const [lower, upper] = [bytes.readUInt16LE(20), bytes.readUInt16LE(22)]
  // Places count from behind the head (PAGEBASE).
  if (lower > upper || headBytes + upper > bytes.length) return 'has a head that makes no sense'
  const places: number[] = []
  for (let at = headBytes; at < headBytes + lower; at += 2) {
    const place = bytes.readUInt16LE(at) + headBytes
    if (place < upper + headBytes || place + nodeBytes > bytes.length) return 'names places outside of itself'
    places.push(place)
  }
  if (expected.kind === 'branch') return branchOf(bytes, places)
  return leafOf(bytes, places, expected.lists)
}

function branchOf(bytes: Buffer, places: readonly number[]): Page | string {
  const children: number[] = []
  for (const place of places) {
    if (place + nodeBytes + bytes.readUInt16LE(place + 6) > bytes.length) return 'has a key that goes beyond it'
    children.push(bytes.readUInt32LE(place) + bytes.readUInt16LE(place + 4) * 2 ** 32)
  }
  if (children.length === 0) return 'leads nowhere'
  return { kind: 'branch', children }
}

function leafOf(bytes: Buffer, places: readonly number[], asLists: boolean): Page | string {
  const overflows: Overflow[] = []
  const trees: { key: string; tree: Tree }[] = []
  const free: FreePages[] = []
  for (const place of places) {
    const size = bytes.readUInt32LE(place)
    const flag = bytes.readUInt16LE(place + 4)
    const keyEnd = place + nodeBytes + bytes.readUInt16LE(place + 6)
    const held = (flag & nodeFlags.overflow) === 0 ? size : 24
    if (keyEnd + held > bytes.length) return 'has an entry that goes beyond it'
    if ((flag & nodeFlags.overflow) !== 0) {
      const [page, pages] = [bytes.readBigUInt64LE(keyEnd), bytes.readBigUInt64LE(keyEnd + 16)]
      overflows.push({ page: Number(page), pages: Number(pages), bytes: size })
    } else if ((flag & nodeFlags.tree) !== 0) {
      if (size !== 48) return 'has a table whose head makes no sense'
      trees.push({
        key: bytes.toString('utf8', place + nodeBytes, keyEnd).split('\0')[0] ?? '',
        tree: treeAt(bytes, keyEnd),
      })
    } else if (asLists) free.push(...freePagesOf(bytes.subarray(keyEnd, keyEnd + size)))
  }
  return { kind: 'leaf', entries: places.length, overflows, trees, free }
}

/**
 * A list of free pages as this LMDB writes it: a count, then page numbers, zeros (taken since), and for pages in a row their number below
 * zero before the first of them.
 */
export function freePagesOf(value: Buffer): FreePages[] {
  const words = Math.floor(value.length / 8)
  const count = words === 0 ? 0 : Math.min(Number(value.readBigInt64LE(0)), words - 1)
  const found: FreePages[] = []
  for (let at = 1; at <= count; at += 1) {
    const word = Number(value.readBigInt64LE(at * 8))
    if (word > 0) found.push({ page: word, pages: 1 })
    if (word >= 0 || at === count) continue
    at += 1
    const page = Number(value.readBigInt64LE(at * 8))
    if (page > 0) found.push({ page, pages: -word })
  }
  return found
}
