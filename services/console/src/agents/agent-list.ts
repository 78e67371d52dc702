import { setImmediate as nextTurn } from 'node:timers/promises'
import type { z } from 'zod'
import { type Asker, tenantFor } from '../asker.ts'
import type { ConsoleGround } from '../console-ground.ts'
import {
  type AgentPage,
  type AgentRow,
  type AgentsQuery,
  agentSearchFields,
  agentSearchValues,
} from '../contract/agent-row.ts'
import { cursorOf, placeOfCursor } from '../questions/cursor.ts'
import { firstInOrder } from '../questions/first-in-order.ts'
import { type SearchTerm, searchTerms, termMatches } from '../questions/search-terms.ts'
import { riskRank } from './risk-rank.ts'

type Order = z.output<typeof AgentsQuery>['sort']

/** By what each order sorts, ascending, whole numbers; then by name. What an agent has none of comes last. */
const keyOf: Record<Order, (row: AgentRow) => number> = {
  risk: (row) => -riskRank(row),
  name: () => 0,
  last_seen: ({ last_seen }) => -(last_seen ?? 0),
  events: ({ events }) => -events,
  open_alerts: ({ open_alerts }) => -open_alerts,
}

export async function agentPage(
  ground: ConsoleGround,
  asker: Asker,
  query: z.output<typeof AgentsQuery>,
): Promise<AgentPage> {
  const tenant = tenantFor(asker, query.tenant)
  const terms = searchTerms(query.search, agentSearchFields, agentSearchValues)
  const place = placeOfCursor(`agents ${query.sort}`, query.cursor, 1)
  const all = await ground.directory(tenant)
  const rows = await matching(all, { terms, key: keyOf[query.sort] })
  const [key = Number.MIN_SAFE_INTEGER, at_tenant = '', agent = ''] = [place?.numbers[0], ...(place?.texts ?? [])]
  const at = { key, row: { tenant: at_tenant, agent } }
  const left = place === undefined ? rows : rows.filter((one) => inOrder(one, at) > 0)
  const shown = firstInOrder(left, inOrder, query.limit)
  const end = shown.at(-1)
  const next =
    left.length <= shown.length || end === undefined
      ? null
      : cursorOf(`agents ${query.sort}`, { numbers: [end.key], texts: [end.row.tenant, end.row.agent] })
  return { as_of: ground.now(), items: shown.map(({ row }) => row), next, total: rows.length }
}

/** Rows looked at before others of this process have their turn. */
const rowsAtOnce = 5_000

async function matching(
  all: readonly AgentRow[],
  { terms, key }: { terms: readonly SearchTerm[]; key: (row: AgentRow) => number },
): Promise<{ row: AgentRow; key: number }[]> {
  const found: { row: AgentRow; key: number }[] = []
  for (let from = 0; from < all.length; from += rowsAtOnce) {
    if (from > 0) await nextTurn()
    for (const row of all.slice(from, from + rowsAtOnce))
      if (terms.every((term) => holds(term, row))) found.push({ row, key: key(row) })
  }
  return found
}

interface Sorted {
  readonly key: number
  readonly row: Pick<AgentRow, 'tenant' | 'agent'>
}

/** Names by code unit, the same on every machine. */
function inOrder(one: Sorted, other: Sorted): number {
  if (one.key !== other.key) return one.key - other.key
  if (one.row.tenant !== other.row.tenant) return one.row.tenant < other.row.tenant ? -1 : 1
  if (one.row.agent === other.row.agent) return 0
  return one.row.agent < other.row.agent ? -1 : 1
}

function holds(term: SearchTerm, row: AgentRow): boolean {
  return textsOf(term, row).some((text) => termMatches(term, text)) !== term.not
}

function textsOf({ field }: SearchTerm, row: AgentRow): string[] {
  if (field === null) return [row.agent]
  if (field === 'registered') return [row.registered ? 'yes' : 'no']
  return [String(row[field as 'agent' | 'tenant' | 'owner' | 'role' | 'tier' | 'state'] ?? '')]
}
