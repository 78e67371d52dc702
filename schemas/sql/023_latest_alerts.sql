-- latest_alerts: each alert as it now stands, one row an alert, without its record.
--
-- Who writes: ClickHouse, by the view below, with each row of `alerts`. Who reads: the console. Of a million alerts its queue is found in a fifth
-- of a second; out of all revisions in `alerts` it took ten.
-- ReplacingMergeTree(revision): the highest revision stands, in whatever order they are stored, so storing one twice changes nothing.
-- A record that could not be read has no tier, and is left out.
--
-- Retention: 400 days, as alerts.
CREATE TABLE IF NOT EXISTS latest_alerts
(
    tenant LowCardinality(String),
    agent String,
    id String,
    revision UInt32,
    log_time DateTime64(3, 'UTC'),
    time DateTime64(3, 'UTC'),
    state LowCardinality(String),
    severity LowCardinality(String),
    cause LowCardinality(String),
    target String,
    response LowCardinality(String),
    command_state LowCardinality(String),
    owner String,
    tier LowCardinality(String),
    summary String,
    opened_at Int64,
    first_seen Int64,
    evidence_at Int64,
    closed_at Int64,
    close_reason LowCardinality(String),
    finding_count UInt32,
    score Float64,
    limited_by String,
    command_id String,
    approval_deadline Int64,
    hold_until Int64,
    verdict_answer LowCardinality(String),
    verdict_issuer String,
    verdict_at Int64,
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant, id)
TTL stored_at + INTERVAL 400 DAY;
CREATE MATERIALIZED VIEW IF NOT EXISTS latest_alerts_copy TO latest_alerts AS
SELECT tenant, agent, id, revision, log_time, time, state, severity, cause, target, response, command_state, owner, tier, summary, opened_at,
    first_seen, evidence_at, closed_at, close_reason, finding_count, score, limited_by, command_id, approval_deadline, hold_until, verdict_answer,
    verdict_issuer, verdict_at
FROM alerts WHERE tier != '';
-- Those that were stored before.
INSERT INTO latest_alerts (tenant, agent, id, revision, log_time, time, state, severity, cause, target, response, command_state, owner, tier,
    summary, opened_at, first_seen, evidence_at, closed_at, close_reason, finding_count, score, limited_by, command_id, approval_deadline,
    hold_until, verdict_answer, verdict_issuer, verdict_at)
SELECT tenant, agent, id, revision, log_time, time, state, severity, cause, target, response, command_state, owner, tier, summary, opened_at,
    first_seen, evidence_at, closed_at, close_reason, finding_count, score, limited_by, command_id, approval_deadline, hold_until, verdict_answer,
    verdict_issuer, verdict_at
FROM alerts WHERE tier != '';
