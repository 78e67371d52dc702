import type { Statement } from '@straylight/runtime/store/store'

/** So many agents of a role that begin the same are a change of the role. Two may both be hijacked. */
const agentsMin = 3
/** How far back its findings are looked at, by the log's time: longer than anything is quarantined. */
const lookBack = 'INTERVAL 14 DAY'

/** What is begun: no destination, for what goes out is what an attacker wants to be learnt. */
const begun = `('new_system', 'new_action')`

const keys = 'tenant, agent, hour, source_topic, source_partition, source_offset, source_index'

/**
 * Releases what three agents of a role or more began alike, once it has waited for the days of the policy (`before`, by log time) and nobody
 * has called any of it true. An event whose session strays gravely in another way as well waits on. Destinations always wait in full, and so does
 * what fewer agents do. A verdict has a higher revision and stands.
 */
export const releaseRoleChanges: Statement<{ before: number }> = {
  name: 'release what a role began',
  sql: `
INSERT INTO held_out (${keys}, state, why, revision, was_held, event_id, finding_id, alert_id, time, marked_at)
WITH begun AS (
  SELECT tenant, agent, id, session, cause, JSONExtractString(record, 'target') AS target,
    JSONExtractString(record, 'evidence', 'peer_group') AS peer_group
  FROM findings FINAL
  WHERE cause IN ${begun} AND held_out = 1 AND log_time >= fromUnixTimestamp64Milli({before:Int64}) - ${lookBack}
    AND (startsWith(peer_group, 'role:') OR startsWith(peer_group, 'like:'))
), marks AS (
  SELECT tenant, agent, finding_id AS id, why FROM held_out FINAL WHERE finding_id IN (SELECT id FROM begun)
), changes AS (
  SELECT tenant, peer_group, cause, target
  FROM begun INNER JOIN marks USING (tenant, agent, id)
  GROUP BY tenant, peer_group, cause, target
  HAVING uniqExact(agent) >= ${agentsMin} AND countIf(why = 'verdict_true') = 0
), grave AS (
  SELECT tenant, agent, session FROM findings FINAL
  WHERE cause NOT IN ${begun} AND severity IN ('high', 'critical')
    AND log_time >= fromUnixTimestamp64Milli({before:Int64}) - ${lookBack}
)
SELECT ${keys}, 'released', 'role_change', 1, was_held, event_id, finding_id, alert_id, time, marked_at
FROM held_out FINAL
WHERE state = 'held' AND marked_at < fromUnixTimestamp64Milli({before:Int64})
  AND finding_id IN (
    SELECT id FROM begun
    WHERE (tenant, peer_group, cause, target) IN (SELECT tenant, peer_group, cause, target FROM changes)
      AND (tenant, agent, session) NOT IN (SELECT tenant, agent, session FROM grave)
  )`,
}
