import { Counter, type Registry } from 'prom-client'

/** What this process has set aside, for /metrics and for /readyz. Bound: a counter for each topic or table and reason. */
export class SetAsideCounts {
  private readonly counter: Counter<'stage' | 'of' | 'code'>
  private readonly kinds = new Map<string, { count: number; readonly sample: string }>()

  constructor(registers: Registry[]) {
    this.counter = new Counter({
      name: 'straylight_set_aside_total',
      help: 'Records that a stage could not work with and rows that the store refused, by topic or table and reason.',
      labelNames: ['stage', 'of', 'code'] as const,
      registers,
    })
  }

  /** `of`: the topic of the record or the table of the row; `sample`: where it stands in the log. */
  add(kind: { readonly stage: string; readonly of: string; readonly code: string }, sample: string): void {
    this.counter.inc(kind)
    const name = `${kind.stage} of ${kind.of} (${kind.code})`
    const known = this.kinds.get(name)
    if (known === undefined) this.kinds.set(name, { count: 1, sample })
    else known.count++
  }

  /** Sentences for people, the most frequent kind first. */
  sentences(): string[] {
    return [...this.kinds]
      .sort(([, one], [, other]) => other.count - one.count)
      .map(([name, { count, sample }]) => `set aside since the start: ${count} by ${name}, the first at ${sample}`)
  }
}
