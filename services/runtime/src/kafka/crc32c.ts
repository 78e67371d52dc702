/** The reversed Castagnoli polynomial, as iSCSI and Kafka use it (RFC 3720, appendix B.4). */
const polynomial = 0x82f63b78
/** Bytes taken at a time; each has a table that carries it over those behind it ("slicing by 8"). */
const stride = 8

const tables = makeTables()
const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [Table, Table, Table, Table, Table, Table, Table, Table]

type Table = Int32Array

/** CRC-32C of `bytes` from `from` to their end. Eight bytes a step: less than half the time of one by one. */
export function crc32c(bytes: Uint8Array, from = 0): number {
  const whole = bytes.length - ((bytes.length - from) % stride)
  let crc = -1
  let at = from
  for (; at < whole; at += stride) {
    crc ^= byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24)
    crc =
      entry(t7, crc & 0xff) ^
      entry(t6, (crc >>> 8) & 0xff) ^
      entry(t5, (crc >>> 16) & 0xff) ^
      entry(t4, crc >>> 24) ^
      entry(t3, byte(bytes, at + 4)) ^
      entry(t2, byte(bytes, at + 5)) ^
      entry(t1, byte(bytes, at + 6)) ^
      entry(t0, byte(bytes, at + 7))
  }
  for (; at < bytes.length; at++) crc = entry(t0, (crc ^ byte(bytes, at)) & 0xff) ^ (crc >>> 8)
  return ~crc >>> 0
}

/** Within bounds by construction, which the type of an index does not say. */
function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number
}

function entry(table: Table, at: number): number {
  return table[at] as number
}

function makeTables(): Table[] {
  const one = Int32Array.from({ length: 256 }, (_, value) => {
    let crc = value
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    return crc
  })
  const made = [one]
  for (let last = one; made.length < stride; made.push(last)) {
    last = last.map((crc) => entry(one, crc & 0xff) ^ (crc >>> 8))
  }
  return made
}
