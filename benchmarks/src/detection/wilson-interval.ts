/** 97.5 % quantile of the standard normal. */
const z = 1.959964

/**
 * 95 % interval of a share seen in `count` independent trials (Wilson, 1927); stays within 0 and 1 and holds for few
 * trials. For a recall the trials are the attack sessions; that the threshold is an estimate too is not in it.
 */
export function wilsonInterval(share: number, count: number): { low: number; high: number } {
  if (count === 0 || Number.isNaN(share)) return { low: 0, high: 1 }
  const middle = (share + z ** 2 / (2 * count)) / (1 + z ** 2 / count)
  const reach = (z * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2))) / (1 + z ** 2 / count)
  return { low: Math.max(0, middle - reach), high: Math.min(1, middle + reach) }
}
