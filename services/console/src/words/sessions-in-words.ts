const grouped = new Intl.NumberFormat('en-US')

/**
 * Which ordinary sessions come as far, for a p-value: '3.2 % of ordinary sessions', 'one ordinary session in 600,000'. Nothing is gained by
 * more digits than a share of sessions can be known to. `sentence`: where it begins one.
 */
export function sessionsInWords(share: number, at?: 'sentence'): string {
  if (share < 1e-9) return `${at === 'sentence' ? 'F' : 'f'}ewer than one ordinary session in a billion`
  if (share < 0.001)
    return `${at === 'sentence' ? 'O' : 'o'}ne ordinary session in ${grouped.format(Number((1 / share).toPrecision(1)))}`
  return `${budgetInWords(share)} of ordinary sessions`
}

/** A budget as people write it: '1 %', '0.003 %'. */
export const budgetInWords = (share: number): string => `${Number((100 * share).toPrecision(2))} %`
