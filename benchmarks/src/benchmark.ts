/** One number with its meaning. `target` is what the product promises, where it promises something. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly better: 'higher' | 'lower'
  readonly target?: number
}

/** A question answered in numbers. Each runs in a process of its own, so that none warms or burdens another. */
export interface Benchmark {
  /** Names the file in `src/` and in `results/`. */
  readonly name: string
  /** What is measured, against what, and why that is fair: stands above the table. */
  readonly about: string
  run(say: (sentence: string) => void): Promise<Figure[]>
}

/** `perSecond(1000, 250)` is 4,000: things done in so many milliseconds. */
export const perSecond = (count: number, milliseconds: number): number => Math.round((count * 1000) / milliseconds)
