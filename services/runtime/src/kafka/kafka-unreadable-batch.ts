/** Where a batch of Kafka's format 2 has its parts, counted back from its first record. */
const before = { recordCount: 4, lastOffsetDelta: 38, magic: 45 } as const
/** Room for length, deltas and header count of a record, beside its text. */
const recordHeadBytes = 32
const countMax = 100_000

/**
 * Uncompressed records in place of those of a batch that can't be unpacked: as many as the batch has, each with `reason`
 * as its value. A stage then rejects each of them by its offset, as it does with any record that it can't read.
 *
 * kafkajs hands over the packed bytes as a view on the whole answer, so the batch's head stands right before them.
 * Undefined when it does not, and when the batch claims more records than could sensibly be reported one by one.
 */
export function unreadableBatch(packed: Buffer, reason: string): Buffer | undefined {
  if (packed.byteOffset < before.magic) return undefined
  const head = Buffer.from(packed.buffer, packed.byteOffset - before.magic, before.magic)
  const at = (place: number) => before.magic - place
  const count = head.readInt32BE(at(before.recordCount))
  const last = head.readInt32BE(at(before.lastOffsetDelta))
  if (head.readInt8(0) !== 2 || count < 1 || count > countMax || last < count - 1) return undefined
  // A compacted batch has gaps that nobody knows now: its records are reported at the end of its range.
  return Buffer.concat(Array.from({ length: count }, (_, index) => record(last - count + 1 + index, reason)))
}

/** Length, attributes, time and offset from the batch's own, no key, the text, no headers. */
function record(offsetDelta: number, text: string): Buffer {
  const value = Buffer.from(text)
  const body = Buffer.alloc(recordHeadBytes + value.length)
  let end = 1
  for (const number of [0, offsetDelta, -1, value.length]) end = writeVarint(body, number, end)
  end += value.copy(body, end)
  end = writeVarint(body, 0, end)
  const length = Buffer.alloc(5)
  return Buffer.concat([length.subarray(0, writeVarint(length, end, 0)), body.subarray(0, end)])
}

/** Zigzag, then 7 bits a byte, lowest first; returns where the next one starts. */
function writeVarint(into: Buffer, number: number, start: number): number {
  let rest = ((number << 1) ^ (number >> 31)) >>> 0
  let at = start
  for (; rest > 0x7f; rest >>>= 7) into[at++] = (rest & 0x7f) | 0x80
  into[at++] = rest
  return at
}
