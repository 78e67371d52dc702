-- agent_risk_days: the highest risk of an agent's sessions that ended on a day.
--
-- Who writes: ClickHouse, by the view below, with each row of `sessions`. Who reads: the console, for the risk of every agent: seven days of these,
-- instead of all sessions of half a year.
-- Engine: AggregatingMergeTree keeps the highest, so storing a session twice changes nothing.
-- Order: the day first, since a week is asked of all agents. day: of event time, or of the log's where a session says that it ended later than
-- the log took it: a date in the future would leave the days of everybody else behind.
--
-- Retention: 30 days: nobody looks further back than seven.
CREATE TABLE IF NOT EXISTS agent_risk_days
(
    tenant LowCardinality(String),
    agent String,
    day Date,
    risk SimpleAggregateFunction(max, Float64),
    stored_at SimpleAggregateFunction(max, DateTime('UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (day, tenant, agent)
TTL stored_at + INTERVAL 30 DAY
SETTINGS index_granularity = 1024;
INSERT INTO agent_risk_days (tenant, agent, day, risk, stored_at)
SELECT tenant, agent, toDate(least(ended_at, log_time), 'UTC') AS day, max(highest_risk), max(stored_at) FROM sessions GROUP BY tenant, agent, day;
CREATE MATERIALIZED VIEW IF NOT EXISTS agent_risk_days_copy TO agent_risk_days AS
SELECT tenant, agent, toDate(least(ended_at, log_time), 'UTC') AS day, max(highest_risk) AS risk, now() AS stored_at
FROM sessions GROUP BY tenant, agent, day;
-- session_weeks: how many sessions of each tenant ended in each week of log time.
--
-- Who writes: ClickHouse, by the view below. Who reads: the console, which sets the sessions that alerted against them.
-- Engine: AggregatingMergeTree of uniqCombined64: each session counts once however often it is stored, to within 1 % (16 KiB a tenant and week).
-- Order: the week first: twelve weeks are asked, of one tenant or all.
--
-- Retention: 180 days, as sessions.
CREATE TABLE IF NOT EXISTS session_weeks
(
    tenant LowCardinality(String),
    week Date,
    sessions AggregateFunction(uniqCombined64(14), UInt64),
    stored_at SimpleAggregateFunction(max, DateTime('UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (week, tenant)
TTL stored_at + INTERVAL 180 DAY;
INSERT INTO session_weeks (tenant, week, sessions, stored_at)
SELECT tenant, toStartOfWeek(log_time, 1, 'UTC') AS week, uniqCombined64State(14)(sipHash64(agent, session, started_at)), max(stored_at) FROM sessions GROUP BY tenant, week;
CREATE MATERIALIZED VIEW IF NOT EXISTS session_weeks_copy TO session_weeks AS
SELECT tenant, toStartOfWeek(log_time, 1, 'UTC') AS week, uniqCombined64State(14)(sipHash64(agent, session, started_at)) AS sessions, now() AS stored_at
FROM sessions GROUP BY tenant, week;
-- alerted_sessions: sessions with a finding that opens or updates an alert: below the highest share that a policy may ask for (0.2), and which
-- no person's word keeps quiet.
--
-- Who writes: ClickHouse, by the view below, with each row of `findings`. Who reads: the console, which asks how many there were in each week at the
-- share that the policy asks for now. Out of `findings` every record was parsed for that.
-- Engine: AggregatingMergeTree keeps a session's lowest p-value of the week, so storing a finding twice changes nothing.
-- Order: the week of log time first, as it is asked.
--
-- Retention: 180 days: twelve weeks are asked.
CREATE TABLE IF NOT EXISTS alerted_sessions
(
    tenant LowCardinality(String),
    agent String,
    week Date,
    session String,
    p_value SimpleAggregateFunction(min, Float64),
    stored_at SimpleAggregateFunction(max, DateTime('UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (week, tenant, agent, session)
TTL stored_at + INTERVAL 180 DAY;
INSERT INTO alerted_sessions (tenant, agent, week, session, p_value, stored_at)
SELECT tenant, agent, toStartOfWeek(log_time, 1, 'UTC') AS week, session, min(JSONExtractFloat(record, 'p_value')), max(stored_at) FROM findings WHERE JSONExtractFloat(record, 'p_value') <= 0.2 AND NOT JSONHas(record, 'suppressed') GROUP BY tenant, agent, week, session;
CREATE MATERIALIZED VIEW IF NOT EXISTS alerted_sessions_copy TO alerted_sessions AS
SELECT tenant, agent, toStartOfWeek(log_time, 1, 'UTC') AS week, session, min(JSONExtractFloat(record, 'p_value')) AS p_value, now() AS stored_at
FROM findings WHERE JSONExtractFloat(record, 'p_value') <= 0.2 AND NOT JSONHas(record, 'suppressed') GROUP BY tenant, agent, week, session;
