import type { SeededRandom } from '@straylight/models/training/seeded-random'

/** What a call may go to: the kinds that a detector tells apart. */
export type SyntheticDestinationKind = 'mail' | 'host' | 'account' | 'path' | 'file' | 'id' | 'name'

/** Makes up destinations of one house: words, domains and prefixes of its own, so that two houses share next to none. */
export class Coinage {
  private readonly random: SeededRandom
  private readonly syllables: readonly string[]
  private readonly ownDomain: string
  private readonly domains: string[]
  private readonly folders: string[]
  private readonly endings: readonly string[]

  constructor(random: SeededRandom) {
    this.random = random
    this.syllables = random.shuffle([...allSyllables]).slice(0, 24)
    this.ownDomain = `${this.word()}.example`
    this.domains = Array.from({ length: 20 + random.below(30) }, () => this.domain())
    this.folders = Array.from({ length: 6 + random.below(14) }, () => this.folder())
    this.endings = random.shuffle(['csv', 'pdf', 'txt', 'docx', 'json', 'png', 'xlsx']).slice(0, 4)
  }

  word(): string {
    return Array.from({ length: 2 + this.random.below(2) }, () => this.pick(this.syllables)).join('')
  }

  /** What a system's ids begin with. */
  prefix(): string {
    return this.word()
      .slice(0, 2 + this.random.below(3))
      .toUpperCase()
  }

  /** A new destination; seldom under a domain or folder that the house never used. */
  coin(kind: SyntheticDestinationKind, prefix: string): string {
    const { random } = this
    switch (kind) {
      case 'mail':
        return `${this.word()}${random.next() < 0.3 ? `.${this.word()}` : ''}@${random.next() < 0.5 ? this.ownDomain : this.knownOr(this.domains, () => this.domain())}`
      // Paths make no other host, so hosts differ by what stands before the domain.
      case 'host':
        return `https://${random.next() < 0.76 ? `${this.word()}.` : ''}${this.knownOr(this.domains, () => this.domain())}${random.next() < 0.6 ? `/${this.word()}` : ''}`
      case 'account':
        return `${this.pick(countries)}${this.digits(12 + random.below(6))}`
      case 'path':
        return `${this.knownOr(this.folders, () => this.folder())}/${this.word()}${random.next() < 0.7 ? `.${this.pick(this.endings)}` : ''}`
      case 'file':
        return `${this.word()}-${random.next() < 0.5 ? this.digits(4) : this.word()}.${this.pick(this.endings)}`
      case 'id':
        return `${prefix}-${this.digits(4 + random.below(3))}`
      case 'name':
        return Array.from({ length: 1 + random.below(2) }, () => this.word()).join(random.next() < 0.5 ? ' ' : '_')
    }
  }

  /** One of the house's own, early ones oftener; one time in six something it never had. */
  private knownOr(known: string[], coin: () => string): string {
    if (this.random.next() > 1 / 6) return known[zipf(this.random, known.length)] ?? coin()
    const coined = coin()
    known.push(coined)
    return coined
  }

  private domain(): string {
    return `${this.word()}${this.pick(['', '', `-${this.word()}`])}.${this.pick(['example', 'test', 'invalid'])}`
  }

  private folder(): string {
    return Array.from({ length: 1 + this.random.below(3) }, () => `/${this.word()}`).join('')
  }

  private digits(count: number): string {
    return Array.from({ length: count }, (_, at) => (at === 0 ? 1 + this.random.below(9) : this.random.below(10))).join(
      '',
    )
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.random.below(list.length)] as T
  }
}

/** Which of `count` things is used, the first ones most: rank weights near 1/rank. */
export function zipf(random: SeededRandom, count: number): number {
  return Math.min(count - 1, Math.floor((count + 1) ** random.next()) - 1)
}

const countries = ['QA', 'XK', 'MU', 'SC', 'JO', 'BH', 'GE', 'AZ'] as const

const allSyllables =
  'ba bel bor cal cin dar den dor esk fal fen gar gol hul ith jor kel kor lam lin lor mar mel mir nal nor ola pel por qui ras rel rin sal sen sor tal tel tor ul van vel vor wen wil yar zan zel zor'.split(
    ' ',
  )
