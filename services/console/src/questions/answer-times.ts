/** RouteAnswers whose times are kept. */
const keptMax = 500

/** How long the latest answers took, in milliseconds. */
export interface AnswerTimes {
  add(ms: number): void
  /** 95th percentile; null before the first. */
  p95(): number | null
}

export function createAnswerTimes(): AnswerTimes {
  const times: number[] = []
  let next = 0
  return {
    add: (ms) => {
      times[next] = ms
      next = (next + 1) % keptMax
    },
    p95: () => times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.95)] ?? null,
  }
}
