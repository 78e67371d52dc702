import type { z } from 'zod'
import { type Asker, tenantFor } from '../asker.ts'
import type { ConsoleGround } from '../console-ground.ts'
import { ConsoleProblem } from '../console-problem.ts'
import type { EventExplanation, ExplainQuery } from '../contract/session-events.ts'

/** Why an event alerted, or why not. Of whoever is bound to a tenant only that tenant's events are looked at. */
export async function explainPage(
  ground: ConsoleGround,
  asker: Asker,
  query: z.output<typeof ExplainQuery>,
): Promise<EventExplanation> {
  const of = { event: query.event, tenant: tenantFor(asker, query.tenant), agent: query.agent ?? '' }
  // Judging again costs a processor some time: the same question is answered once.
  const found = await ground.held(`explain ${JSON.stringify(of)}`, () => ground.explain(of))
  if (found.agents.length === 0) throw new ConsoleProblem('not_found', `No event ${query.event} is stored.`)
  return { as_of: ground.now(), event_id: query.event, ...found }
}
