/** What takes its turn, and for whom: those who share a `share` stand in one row. */
interface Turns {
  take<Answer>(share: string, work: () => Promise<Answer>): Promise<Answer>
  /** Works of this share that run or wait. */
  readonly count: (share: string) => number
}

/**
 * Runs so many works at once. Of those that wait each share begins one after the other, whoever has how many: who asks much waits behind their own.
 */
export function createFairTurns(runningMax: number): Turns {
  const rows = new Map<string, (() => void)[]>()
  const counts = new Map<string, number>()
  let running = 0
  const count = (share: string): number => counts.get(share) ?? 0
  const add = (share: string, change: number): void => {
    const now = count(share) + change
    if (now === 0) counts.delete(share)
    else counts.set(share, now)
  }
  /** The first of the share that waits longest for its turn; the share then stands behind the others. */
  const beginNext = (): void => {
    const [next] = rows
    if (next === undefined) return
    const [share, row] = next
    const begin = row.shift()
    rows.delete(share)
    if (row.length > 0) rows.set(share, row)
    running += 1
    begin?.()
  }
  return {
    async take(share, work) {
      add(share, 1)
      try {
        await new Promise<void>((begin) => {
          const row = rows.get(share)
          if (row === undefined) rows.set(share, [begin])
          else row.push(begin)
          if (running < runningMax) beginNext()
        })
        try {
          return await work()
        } finally {
          running -= 1
          beginNext()
        }
      } finally {
        add(share, -1)
      }
    },
    count,
  }
}
