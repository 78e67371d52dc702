import type { Graded } from './auc.ts'

/** Share of the positives strictly above the score that only a share `rate` of the negatives pass. NaN without both kinds. */
export function recallAtRate(rows: readonly Graded[], rate: number): number {
  const negatives = rows.filter(({ positive }) => !positive).map(({ score }) => score)
  const positives = rows.filter(({ positive }) => positive)
  if (negatives.length === 0 || positives.length === 0) return Number.NaN
  negatives.sort((a, b) => b - a)
  const threshold = negatives[Math.min(Math.floor(rate * negatives.length), negatives.length - 1)] as number
  return positives.filter(({ score }) => score > threshold).length / positives.length
}

/** Where recall rises with the rate of negatives let through, both 0 to 1, up to `rateMax`: the corners of a staircase. */
export function recallCurve(rows: readonly Graded[], rateMax: number): { rate: number; recall: number }[] {
  const sorted = [...rows].sort((a, b) => b.score - a.score)
  const negatives = sorted.filter(({ positive }) => !positive).length
  const positives = sorted.length - negatives
  if (negatives === 0 || positives === 0) return []
  const points: { rate: number; recall: number }[] = []
  let passed = 0
  let caught = 0
  for (let from = 0; from < sorted.length && passed / negatives <= rateMax; ) {
    const score = sorted[from]?.score
    const before = caught
    for (; from < sorted.length && sorted[from]?.score === score; from++) {
      if (sorted[from]?.positive) caught++
      else passed++
    }
    if (caught > before) points.push({ rate: passed / negatives, recall: caught / positives })
  }
  return points
}
