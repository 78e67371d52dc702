/**
 * Names of clusters that stay the same from one clustering to the next. A cluster keeps the name of the group before that it
 * shares most agents with, where these are at least half of the one or of the other; each name goes to one cluster. A new
 * group is called `like:` and its smallest agent, with a number behind it where that name is taken.
 */
export function clusterNames(
  clusters: readonly (readonly string[])[],
  before: ReadonlyMap<string, string>,
): readonly string[] {
  const names: (string | undefined)[] = clusters.map(() => undefined)
  const taken = new Set<string>()
  for (const { cluster, name } of likestFirst(clusters, before)) {
    if (names[cluster] !== undefined || taken.has(name)) continue
    names[cluster] = name
    taken.add(name)
  }
  // A name that was somebody's is not given to others in the version that loses it.
  for (const name of before.values()) taken.add(name)
  return clusters.map((members, cluster) => {
    const kept = names[cluster]
    if (kept !== undefined) return kept
    const smallest = `like:${[...members].sort(compareText)[0]}`
    let name = smallest
    for (let number = 2; taken.has(name); number++) name = `${smallest}#${number}`
    taken.add(name)
    return name
  })
}

/** By code unit: no locale may change a group. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Pairs of a cluster and a group before that are the same group by half, the most agents in common first. */
function likestFirst(clusters: readonly (readonly string[])[], before: ReadonlyMap<string, string>) {
  const sizes = new Map<string, number>()
  for (const name of before.values()) sizes.set(name, (sizes.get(name) ?? 0) + 1)
  const pairs = clusters.flatMap((members, cluster) => {
    const common = new Map<string, number>()
    for (const agent of members) {
      const name = before.get(agent)
      if (name?.startsWith('like:')) common.set(name, (common.get(name) ?? 0) + 1)
    }
    const smallest = [...members].sort(compareText)[0] as string
    return [...common]
      .filter(([name, shared]) => 2 * shared >= members.length || 2 * shared >= (sizes.get(name) as number))
      .map(([name, shared]) => ({ cluster, name, shared, smallest }))
  })
  return pairs.sort((a, b) => b.shared - a.shared || compareText(a.name, b.name) || compareText(a.smallest, b.smallest))
}
