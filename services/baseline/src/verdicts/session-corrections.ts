import type { Query, Store } from '@straylight/runtime/store/store'
import type { Knowledge, SessionCorrection } from '@straylight/schemas/knowledge'
import { z } from 'zod'

/** Session corrections of one version; what is beyond comes with the next. */
const correctionsMax = 5_000

const PendingRow = z.object({
  tenant: z.string(),
  agent: z.string(),
  session: z.string(),
  started_at: z.number(),
  highest_score: z.number(),
  desired: z.number(),
})

/**
 * Sessions that ended and of which score's maxima hold something else than they should: a session with an event that is
 * called true does not belong among the agent's usual ones, one that is called false does. `usual` in the record says
 * whether it joined them when it ended; the corrections of earlier versions come on top. A finding belongs to the session
 * of its name in whose time it stands, since sessions without a name of their own share one.
 */
const pendingSessions: Query<Record<string, never>, z.infer<typeof PendingRow>> = {
  name: 'pending session corrections',
  sql: `
SELECT tenant, agent, session, toUnixTimestamp64Milli(started) AS started_at, highest_score, desired
FROM (
  SELECT ended.tenant AS tenant, ended.agent AS agent, ended.session AS session, ended.started_at AS started,
    any(ended.highest_score) AS highest_score, any(ended.usual) AS usual,
    toInt64(countIf(spoken.why = 'verdict_true') = 0) AS desired
  FROM (
    SELECT tenant, agent, session, started_at, ended_at, highest_score, toInt64(JSONExtractBool(record, 'usual')) AS usual
    FROM sessions FINAL
    WHERE JSONHas(record, 'usual')
  ) AS ended
  INNER JOIN (
    SELECT found.tenant AS tenant, found.agent AS agent, found.session AS session, found.time AS time, marked.why AS why
    FROM (SELECT tenant, agent, id, session, time FROM findings FINAL) AS found
    INNER JOIN (
      SELECT tenant, agent, finding_id AS id, why FROM held_out FINAL WHERE why IN ('verdict_true', 'verdict_false')
    ) AS marked USING (tenant, agent, id)
  ) AS spoken USING (tenant, agent, session)
  WHERE spoken.time BETWEEN ended.started_at AND ended.ended_at
  GROUP BY tenant, agent, session, started
) AS wanted
LEFT JOIN (
  SELECT tenant, agent, session, started_at AS started, sum(sign) AS corrected FROM session_corrections FINAL
  GROUP BY tenant, agent, session, started
) AS made USING (tenant, agent, session, started)
WHERE desired != usual + corrected
ORDER BY started, tenant, agent, session
LIMIT ${correctionsMax}`,
  row: PendingRow,
}

export async function sessionCorrectionsDue(store: Store): Promise<SessionCorrection[]> {
  return (await store.query(pendingSessions, {})).map(({ desired, ...session }) => ({
    ...session,
    sign: desired === 1 ? 1 : -1,
    why: desired === 1 ? 'verdict_false' : 'verdict_true',
  }))
}

/** Rows of table `session_corrections`: what a version corrects, as published. */
export const sessionCorrectionRows = (knowledge: Knowledge) =>
  knowledge.session_corrections.map(({ highest_score: _score, ...correction }) => ({
    ...correction,
    knowledge_version: knowledge.version,
  }))
