/**
 * The partition of a key: Kafka's Java default partitioner (murmur2 of the UTF-8 bytes, made positive, modulo
 * `count`). Both adapters and any Java shipper agree on it, so an agent's records stay in one order everywhere.
 * `count` must be at least 1.
 */
export function partitionOf(key: string, count: number): number {
  return (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % count
}

/** MurmurHash2, 32 bit, with the seed and the signed arithmetic of `org.apache.kafka.common.utils.Utils.murmur2`. */
function murmur2(bytes: Buffer): number {
  const multiplier = 0x5bd1e995
  const whole = bytes.length & ~3
  let hash = 0x9747b28c ^ bytes.length
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(bytes.readInt32LE(at), multiplier)
    word ^= word >>> 24
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier)
  }
  if (whole < bytes.length) hash = Math.imul(hash ^ tail(bytes, whole), multiplier)
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}

function tail(bytes: Buffer, from: number): number {
  return bytes.readUIntLE(from, bytes.length - from)
}
