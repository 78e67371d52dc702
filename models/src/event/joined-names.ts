/**
 * Joins two names with a separator, once: pairs come again and again, and a text put together anew each time has to be
 * written out and read through before anything can be looked up by it. Bounded: when full, start again.
 */
export class JoinedNames {
  private readonly separator: string
  private readonly max: number
  private readonly known = new Map<string, Map<string, string>>()
  private size = 0
  /** One event asks several times in a row. */
  private lastOne = ''
  private lastOther = ''
  private lastText: string

  constructor(separator: string, max: number) {
    this.separator = separator
    this.max = max
    this.lastText = separator
  }

  of(one: string, other: string): string {
    if (one === this.lastOne && other === this.lastOther) return this.lastText
    const text = this.known.get(one)?.get(other) ?? this.join(one, other)
    this.lastOne = one
    this.lastOther = other
    this.lastText = text
    return text
  }

  private join(one: string, other: string): string {
    if (this.size >= this.max) {
      this.known.clear()
      this.size = 0
    }
    this.size++
    const text = one + this.separator + other
    const ofOne = this.known.get(one) ?? new Map<string, string>()
    this.known.set(one, ofOne)
    ofOne.set(other, text)
    return text
  }
}
