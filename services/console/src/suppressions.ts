import { type Asker, tenantFor } from './asker.ts'
import type { ConsoleGround } from './console-ground.ts'
import type { SuppressionList } from './contract/suppressions.ts'
import { silenceSentence } from './words/silence-sentence.ts'

const shownMax = 500

/** What false verdicts keep quiet now. */
export async function suppressionListOf(
  ground: ConsoleGround,
  asker: Asker,
  query: { tenant?: string | undefined },
): Promise<SuppressionList> {
  const of = tenantFor(asker, query.tenant)
  const knowledge = await ground.knowledge()
  const inForce = (knowledge?.suppressions ?? [])
    .filter(({ tenant, until }) => until > ground.now() && (of === '' || tenant === of))
    .toSorted((one, other) => one.until - other.until)
  const items = inForce
    .slice(0, shownMax)
    .map((suppression) => ({ ...suppression, sentence: silenceSentence(suppression) }))
  return { as_of: ground.now(), knowledge_version: knowledge?.version ?? 0, items, more: inForce.length > shownMax }
}
