-- agent_risk_days (033): the risk of a session that runs counts as well, as its findings say.
--
-- Who writes: ClickHouse, by the view below, with each row of `findings`. Who reads: the console, for the risk of every agent. A session is
-- stored when it ends, so an agent with open alerts had no risk before.
-- Left out is what tells of no session's risk: silence, and the note that a shared credential was the agent's own (`low`).
CREATE MATERIALIZED VIEW IF NOT EXISTS agent_finding_risks_copy TO agent_risk_days AS
SELECT tenant, agent, toDate(least(time, log_time), 'UTC') AS day, max(risk) AS risk, now() AS stored_at
FROM findings WHERE cause NOT IN ('silent_agent', 'silent_source') AND NOT (cause = 'credential_shared' AND severity = 'low') GROUP BY tenant, agent, day;
-- Those that were stored before.
INSERT INTO agent_risk_days (tenant, agent, day, risk, stored_at)
SELECT tenant, agent, toDate(least(time, log_time), 'UTC') AS day, max(risk), max(stored_at) FROM findings WHERE log_time > now() - INTERVAL 30 DAY AND cause NOT IN ('silent_agent', 'silent_source') AND NOT (cause = 'credential_shared' AND severity = 'low') GROUP BY tenant, agent, day;
