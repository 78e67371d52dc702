/** Words of privileges and scopes by how much they allow, highest first. */
const ranks: readonly (readonly [rank: number, words: ReadonlySet<string>])[] = [
  [
    4,
    new Set(['admin', 'administrator', 'administration', 'owner', 'root', 'superuser', 'sudo', 'full', 'all', 'god']),
  ],
  [
    3,
    new Set(['manage', 'manager', 'management', 'operate', 'operator', 'maintain', 'delete', 'grant', 'impersonate']),
  ],
  [
    2,
    new Set([
      'write',
      'writer',
      'edit',
      'editor',
      'update',
      'create',
      'modify',
      'send',
      'execute',
      'user',
      'contribute',
    ]),
  ],
  [1, new Set(['read', 'reader', 'readonly', 'view', 'viewer', 'list', 'get', 'guest', 'audit'])],
]

/** What names of privilege were found to be; bounded, for a fleet has some hundred. */
const known = new Map<string, number>()
const knownMax = 10_000

function rankOf(name: string): number {
  const before = known.get(name)
  if (before !== undefined) return before
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z*]+/)
  const rank = words.includes('*') ? 4 : (ranks.find(([, of]) => words.some((word) => of.has(word)))?.[0] ?? 0)
  if (known.size >= knownMax) known.clear()
  known.set(name, rank)
  return rank
}

/** The highest rank among names of scopes and a privilege, 1 to 4; `null` where no name says what it allows. */
export function privilegeRank(names: readonly string[], privilege = ''): number | null {
  let highest = privilege === '' ? 0 : rankOf(privilege)
  for (const name of names) if (name !== '') highest = Math.max(highest, rankOf(name))
  return highest === 0 ? null : highest
}
