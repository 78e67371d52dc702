/** The two words of a SipHash key, as decimal text: ClickHouse takes UInt64, JavaScript's numbers do not hold it. */
export interface SipWords extends Record<string, unknown> {
  readonly k0: string
  readonly k1: string
}

/** `profileKey`: 32 hex digits, k0 then k1. */
export function sipWords(profileKey: string): SipWords {
  if (!/^[0-9a-f]{32}$/.test(profileKey)) throw new RangeError('a profile key is 32 lower-case hex digits')
  return { k0: BigInt(`0x${profileKey.slice(0, 16)}`).toString(), k1: BigInt(`0x${profileKey.slice(16)}`).toString() }
}
