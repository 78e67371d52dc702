import { Counter, type Registry } from 'prom-client'

/** What this process has set aside, for /metrics and for /readyz. Bound: a counter for each topic or table and reason. */
export class SetAsideCounts {
  private readonly counter: Counter<'stage' | 'of' | 'code'>
  private readonly counts = new Map<string, number>()
  total = 0

  constructor(registers: Registry[]) {
    this.counter = new Counter({
      name: 'straylight_set_aside_total',
      help: 'Records that a stage could not work with and rows that the store refused, by topic or table and reason.',
      labelNames: ['stage', 'of', 'code'] as const,
      registers,
    })
  }

  /** `of`: the topic of the record or the table of the row. */
  add(stage: string, of: string, code: string): void {
    this.counter.inc({ stage, of, code })
    const name = `${stage} of ${of} (${code})`
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
    this.total++
  }

  /** The stage, topic or table, and reason of which there are most. */
  get most(): string | undefined {
    return [...this.counts].sort(([, one], [, other]) => other - one)[0]?.[0]
  }
}
