import type { Query, Store } from '@straylight/runtime/store/store'
import { Alert } from '@straylight/schemas/alert'
import { dayMs } from '@straylight/schemas/duration'
import { Cause } from '@straylight/schemas/finding'
import type { Policy } from '@straylight/schemas/policy'
import { type Suppression, suppressedDays } from '@straylight/schemas/suppression'
import { z } from 'zod'

/** Alerts with a word that are looked at for one version, newest evidence first. */
const alertsMax = 20_000

const SpokenRow = z.object({
  tenant: z.string(),
  agent: z.string(),
  alert_id: z.string(),
  cause: Cause,
  target: z.string(),
  /** The agents of a role that began the same; empty where the alert is of one. */
  agents: z.array(z.string()),
  verdicts: z.string().transform((text) => Alert.shape.verdicts.parse(JSON.parse(text))),
  scores: z.array(z.number()),
  log_times: z.array(z.number()),
})
type SpokenRow = z.infer<typeof SpokenRow>

/**
 * Alerts of which somebody has spoken, each as its latest revision leaves it, with scores and log times of the findings it
 * keeps. Revisions only ever add verdicts, so those without any may be left out before the latest is taken.
 */
const spokenAlerts: Query<Record<string, never>, SpokenRow> = {
  name: 'alerts with a verdict',
  sql: `
SELECT tenant, agent, id AS alert_id, cause, target,
  arrayMap(member -> JSONExtractString(member, 'agent'), JSONExtractArrayRaw(record, 'role_change', 'agents')) AS agents,
  JSONExtractRaw(record, 'verdicts') AS verdicts,
  arrayMap(finding -> JSONExtractFloat(finding, 'score'), JSONExtractArrayRaw(record, 'findings')) AS scores,
  arrayMap(finding -> toFloat64(JSONExtractInt(finding, 'log_time')), JSONExtractArrayRaw(record, 'findings')) AS log_times
FROM alerts
WHERE JSONLength(record, 'verdicts') > 0
ORDER BY revision DESC
LIMIT 1 BY tenant, id
LIMIT ${alertsMax}`,
  row: SpokenRow,
}

interface Word {
  readonly row: SpokenRow
  readonly verdict: Alert['verdicts'][number]
  readonly at: number
}

/**
 * What false verdicts keep quiet at `madeAt` (log time): of all that was said of an agent, cause and target the last word
 * counts, a false one for the days that it or the policy names, a true one for nothing. Only what respond has verified
 * stands in an alert's list. Sorted, so that a version made again is the same.
 */
export async function suppressionsAt(
  store: Store,
  options: { madeAt: number; policy: Policy['suppression'] },
): Promise<Suppression[]> {
  const { madeAt, policy } = options
  const last = new Map<string, Word>()
  for (const row of await store.query(spokenAlerts, {})) {
    const verdict = row.verdicts.filter(({ answer }) => answer === 'true' || answer === 'false').at(-1)
    if (verdict === undefined) continue
    const word = { row, verdict, at: verdict.taken_at ?? verdict.time }
    for (const agent of row.agents.length === 0 ? [row.agent] : row.agents) {
      const key = JSON.stringify([row.tenant, agent, row.cause, row.target])
      const known = last.get(key)
      const ofAgent = { ...word, row: { ...row, agent } }
      if (known === undefined || isLater(ofAgent, known)) last.set(key, ofAgent)
    }
  }
  const suppressions = [...last.values()].flatMap((word) => suppressionOf(word, policy))
  return newestOfTenants(
    suppressions.filter(({ until }) => until > madeAt),
    policy.per_tenant_max,
  ).sort(inOrder)
}

const isLater = (word: Word, than: Word): boolean =>
  word.at > than.at || (word.at === than.at && word.row.alert_id > than.row.alert_id)

function suppressionOf({ row, verdict, at }: Word, policy: Policy['suppression']): Suppression[] {
  const { tenant, agent, alert_id, cause, target, scores, log_times } = row
  // The one for all that an agent's other alerts have no room for: nobody has looked at everything in it.
  if (verdict.answer !== 'false' || target === 'many targets') return []
  const judged = scores.filter((_, finding) => (log_times[finding] as number) <= verdict.time)
  const days = suppressedDays(verdict, policy)
  if (judged.length === 0 || days === 0) return []
  const { issuer, role, reason, id } = verdict
  return [
    {
      ...{ tenant, agent, cause, target, alert_id, issuer, reason, verdict_id: id },
      ...(role === undefined ? {} : { role }),
      score_max: policy.score_factor * Math.max(...judged),
      from: at,
      until: at + days * dayMs,
    },
  ]
}

/** The oldest words give way: a tenant's list must not grow without end, and what gives way alerts again. */
function newestOfTenants(suppressions: readonly Suppression[], max: number): Suppression[] {
  const counts = new Map<string, number>()
  return [...suppressions]
    .sort((a, b) => b.from - a.from || inOrder(a, b))
    .filter(({ tenant }) => {
      const count = (counts.get(tenant) ?? 0) + 1
      counts.set(tenant, count)
      return count <= max
    })
}

function inOrder(a: Suppression, b: Suppression): number {
  const [one, other] = [a, b].map(({ tenant, agent, cause, target }) => JSON.stringify([tenant, agent, cause, target]))
  return (one as string) < (other as string) ? -1 : 1
}
