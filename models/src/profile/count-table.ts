/**
 * Counts by 53-bit key in flat arrays: 20 bytes a slot, no objects, so that a hundred thousand profiles fit.
 * Open addressing with linear probing; key 0 marks an empty slot (profile keys are never 0).
 *
 * An entry is either a key (`count`: its weighted count, `aux`: on shared levels the number of agents that have it)
 * or a context (`count`: the total of its keys, `aux`: how many distinct keys it has).
 */
export class CountTable {
  private keys: Float64Array
  private counts: Float64Array
  private aux: Uint32Array
  private mask: number
  size = 0

  constructor(capacity = 64) {
    let slots = 16
    while (slots * 0.75 < capacity) slots *= 2
    this.keys = new Float64Array(slots)
    this.counts = new Float64Array(slots)
    this.aux = new Uint32Array(slots)
    this.mask = slots - 1
  }

  /** Bytes held by the arrays. */
  get bytes(): number {
    return this.keys.length * 20
  }

  private slotOf(key: number): number {
    // The low bits of a 53-bit SipHash are as good as any.
    let slot = key & this.mask
    while (this.keys[slot] !== key && this.keys[slot] !== 0) slot = (slot + 1) & this.mask
    return slot
  }

  has(key: number): boolean {
    return this.keys[this.slotOf(key)] === key
  }

  count(key: number): number {
    const slot = this.slotOf(key)
    return this.keys[slot] === key ? (this.counts[slot] as number) : 0
  }

  auxiliary(key: number): number {
    const slot = this.slotOf(key)
    return this.keys[slot] === key ? (this.aux[slot] as number) : 0
  }

  /** Where an entry is, until the table is changed; -1: nowhere. */
  find(key: number): number {
    const slot = this.slotOf(key)
    return this.keys[slot] === key ? slot : -1
  }

  countAt(slot: number): number {
    return this.counts[slot] as number
  }

  auxiliaryAt(slot: number): number {
    return this.aux[slot] as number
  }

  /** Adds to an entry, made if missing and removed when its count falls to 0. Returns the count before. */
  add(key: number, count: number, auxiliary = 0): number {
    let slot = this.slotOf(key)
    if (this.keys[slot] === 0) {
      if (count === 0) return 0
      if ((this.size + 1) * 4 > this.keys.length * 3) {
        this.grow()
        slot = this.slotOf(key)
      }
      this.keys[slot] = key
      this.size++
    }
    const before = this.counts[slot] as number
    this.counts[slot] = before + count
    this.aux[slot] = (this.aux[slot] as number) + auxiliary
    if (before + count === 0) this.remove(slot)
    return before
  }

  /** Changes the auxiliary number of an entry that is there. */
  addAuxiliary(key: number, auxiliary: number): void {
    const slot = this.slotOf(key)
    if (this.keys[slot] === key) this.aux[slot] = (this.aux[slot] as number) + auxiliary
  }

  /** Backward-shift deletion: no tombstones, so lookups stay short however often sessions are unlearnt. */
  private remove(hole: number): void {
    this.size--
    let empty = hole
    let slot = hole
    for (;;) {
      slot = (slot + 1) & this.mask
      const key = this.keys[slot] as number
      if (key === 0) break
      const home = key & this.mask
      if (((slot - home) & this.mask) < ((slot - empty) & this.mask)) continue
      this.keys[empty] = key
      this.counts[empty] = this.counts[slot] as number
      this.aux[empty] = this.aux[slot] as number
      empty = slot
    }
    this.keys[empty] = 0
    this.counts[empty] = 0
    this.aux[empty] = 0
  }

  private grow(): void {
    const { keys, counts, aux } = this
    const slots = keys.length * 2
    this.keys = new Float64Array(slots)
    this.counts = new Float64Array(slots)
    this.aux = new Uint32Array(slots)
    this.mask = slots - 1
    for (let slot = 0; slot < keys.length; slot++) {
      if (keys[slot] === 0) continue
      const to = this.slotOf(keys[slot] as number)
      this.keys[to] = keys[slot] as number
      this.counts[to] = counts[slot] as number
      this.aux[to] = aux[slot] as number
    }
  }

  /** Entries in ascending order of key: the same content always gives the same list. */
  entries(): { key: number; count: number; auxiliary: number }[] {
    const rows: { key: number; count: number; auxiliary: number }[] = []
    for (let slot = 0; slot < this.keys.length; slot++) {
      if (this.keys[slot] === 0) continue
      rows.push({
        key: this.keys[slot] as number,
        count: this.counts[slot] as number,
        auxiliary: this.aux[slot] as number,
      })
    }
    return rows.sort((a, b) => a.key - b.key)
  }

  /** base64 of little-endian rows `key f64, count f64, aux u32`, ascending by key. */
  pack(): string {
    const rows = this.entries()
    const buffer = Buffer.alloc(rows.length * 20)
    rows.forEach((row, index) => {
      buffer.writeDoubleLE(row.key, index * 20)
      buffer.writeDoubleLE(row.count, index * 20 + 8)
      buffer.writeUInt32LE(row.auxiliary, index * 20 + 16)
    })
    return buffer.toString('base64')
  }

  /** Throws where a packed table has not whole rows, without unpacking it. */
  static checkPacked(packed: string): void {
    const bytes = Buffer.byteLength(packed, 'base64')
    if (bytes % 20 !== 0) throw new RangeError(`a packed count table has rows of 20 bytes, this one has ${bytes} bytes`)
  }

  static unpack(packed: string): CountTable {
    CountTable.checkPacked(packed)
    const buffer = Buffer.from(packed, 'base64')
    const table = new CountTable(buffer.length / 20)
    for (let at = 0; at < buffer.length; at += 20) {
      table.add(buffer.readDoubleLE(at), buffer.readDoubleLE(at + 8), buffer.readUInt32LE(at + 16))
    }
    return table
  }
}
