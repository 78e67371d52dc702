/** Saves a look at all digits of nearly every id. */
const zeros = '00000000'

/**
 * A trace's or span's id in lower-case hexadecimal digits, as OTLP's JSON writes it; what follows protobuf's own JSON writes base64, of 16
 * bytes or 8. Nothing where it is empty or all zeros; anything else stays as it is, for its reader to refuse.
 */
export function idOf(value: unknown): unknown {
  if (typeof value !== 'string') return value ?? undefined
  if (value === '') return undefined
  if (/^(?:[0-9a-f]{32}|[0-9a-f]{16})$/.test(value))
    return value.startsWith(zeros) && /^0+$/.test(value) ? undefined : value
  if (/^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{16})$/.test(value)) return idOf(value.toLowerCase())
  if (!/^(?:[A-Za-z0-9+/_-]{22}(?:==)?|[A-Za-z0-9+/_-]{11}=?)$/.test(value)) return value
  return idOf(Buffer.from(value, 'base64').toString('hex'))
}
