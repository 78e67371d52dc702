/** A score and what it should have been. */
export interface Graded {
  readonly score: number
  readonly positive: boolean
}

/** Area under the ROC curve by ranks (Mann and Whitney, 1947), 0 to 1; ties count half. NaN without both kinds. */
export function auc(rows: readonly Graded[]): number {
  const sorted = [...rows].sort((a, b) => a.score - b.score)
  let positives = 0
  let ranks = 0
  for (let from = 0; from < sorted.length; ) {
    const score = sorted[from]?.score
    let to = from
    let tied = 0
    for (; to < sorted.length && sorted[to]?.score === score; to++) if (sorted[to]?.positive) tied++
    positives += tied
    ranks += (tied * (from + 1 + to)) / 2
    from = to
  }
  const negatives = sorted.length - positives
  if (positives === 0 || negatives === 0) return Number.NaN
  return (ranks - (positives * (positives + 1)) / 2) / (positives * negatives)
}
