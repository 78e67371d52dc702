/**
 * Runs the versions in turns, `rounds` times each in changing order, and gives each its median milliseconds: what else
 * the machine does then hits all alike. A first round warms up and does not count; nor does what `before` does to make
 * a version ready.
 */
export async function interleaved<Name extends string>(
  versions: Readonly<Record<Name, () => unknown>>,
  rounds: number,
  before: (name: Name) => unknown = () => undefined,
): Promise<Record<Name, number>> {
  const names = Object.keys(versions) as Name[]
  const taken = new Map(names.map((name) => [name, [] as number[]]))
  for (let round = 0; round <= rounds; round++) {
    for (let at = 0; at < names.length; at++) {
      const name = names[(at + round) % names.length] as Name
      await before(name)
      const start = performance.now()
      await versions[name]()
      if (round > 0) taken.get(name)?.push(performance.now() - start)
    }
  }
  return Object.fromEntries(names.map((name) => [name, quantile(taken.get(name) ?? [], 0.5)])) as Record<Name, number>
}

/** The smallest value of the list that a share of it lies at or below: of 20 the 95th percentile is the 19th. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length - 1e-9) - 1)] ?? Number.NaN
}
