import type { Fault } from '../record/event-draft.ts'

/** What stands behind the prefix that a schema registry's serializer writes before a Kafka value. */
export interface BehindPrefix {
  readonly name: string
  readonly bytes: Buffer
}

/**
 * The JSON behind the prefix of a schema registry: Confluent's (0, four bytes of id), Apicurio's (0, eight bytes of id) and AWS Glue's (3,
 * 0, sixteen bytes of id). A payload that is no JSON is Avro or protobuf, which nobody can read without the registry: a fault of its own.
 * `null`: there is no such prefix.
 */
export function behindRegistryPrefix(value: Buffer): BehindPrefix | Fault | null {
  if (value[0] === 3 && value[1] === 0 && value.length > 18) return jsonBehind(value, 18, 'glue')
  if (value[0] !== 0 || value.length < 6) return null
  const found = jsonBehind(value, 5, 'confluent') ?? jsonBehind(value, 9, 'apicurio')
  if (found !== null) return found
  // Ids count from 1: a run of zeros is no prefix.
  const confluent = value.readUInt32BE(1)
  const id = confluent > 0 ? confluent : value.length > 9 ? value.readUInt32BE(5) : 0
  if (id === 0) return null
  const reason = `begins with a schema registry's prefix (schema ${id}) and holds no JSON behind it: Avro and protobuf are not read, write JSON to this topic`
  return { code: 'binary_payload', reason }
}

function jsonBehind(value: Buffer, at: number, name: string): BehindPrefix | null {
  const bytes = value.subarray(at)
  let start = 0
  while (bytes[start] === 0x20 || bytes[start] === 0x0a || bytes[start] === 0x0d || bytes[start] === 0x09) start++
  const first = bytes[start]
  // The first name of an object whose brace would be the last byte of an id: a length stood there.
  if (first === 0x22 && value[at - 1] === 0x7b) return null
  return (first === 0x7b || first === 0x5b || first === 0x22) && isWholeText(bytes) ? { name, bytes } : null
}

/** Avro may begin with a brace by chance, and then holds lengths: control characters that JSON never holds. */
function isWholeText(bytes: Buffer): boolean {
  for (let at = 0; at < Math.min(bytes.length, 64); at++) {
    const byte = bytes[at] ?? 0
    if (byte < 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return false
  }
  return true
}
