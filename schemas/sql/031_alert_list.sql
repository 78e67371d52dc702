-- alert_list: each alert as it now stands, one row an alert. It replaces latest_alerts (023).
--
-- Who writes: ClickHouse, by the view below, with each row of `alerts`. Who reads: the console: its queue, overview, approvals and agents.
--
-- Engine: ReplacingMergeTree(revision): the highest revision stands, in whatever order they are stored, so storing one twice changes nothing.
-- A record that could not be read has no tier, and is left out.
-- Order: the newest first, for what people ask for is new: an alert closes once a day has been quiet, so of a million alerts the open ones lie
-- within the first few granules, which the index of states finds; and a list by age ends where it is full. The key is negative since FINAL reads
-- in one direction alone. latest_alerts was ordered by id, which is a hash: whatever was asked, all rows were read.
-- Small granules: a page of the queue is 50 rows, an agent's alerts lie one in each of several.
-- sessions: those of its findings. command_record: the alert whole, where it has a command, one of twenty, which approvals show; empty otherwise: `alerts` has them
-- in large granules, and a hundred of them at once were a gigabyte to unpack.
-- Indexes: an agent's and a target's alerts; tenants, for whoever sees one alone; commands that hold a credential.
--
-- Retention: 400 days, as alerts.
CREATE TABLE IF NOT EXISTS alert_list
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
    sessions Array(String),
    command_record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now(),
    INDEX states state TYPE set(8) GRANULARITY 1,
    INDEX tenants tenant TYPE set(64) GRANULARITY 1,
    INDEX command_states command_state TYPE set(16) GRANULARITY 1,
    INDEX agents agent TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX targets target TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ids id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX log_times log_time TYPE minmax GRANULARITY 1,
    INDEX holds hold_until TYPE minmax GRANULARITY 1,
    INDEX stored stored_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (-opened_at, tenant, id)
TTL stored_at + INTERVAL 400 DAY
SETTINGS index_granularity = 1024;
CREATE MATERIALIZED VIEW IF NOT EXISTS alert_list_copy TO alert_list AS
SELECT tenant, agent, id, revision, log_time, time, state, severity, cause, target, response, command_state, owner, tier, summary, opened_at, first_seen, evidence_at, closed_at, close_reason, finding_count, score, limited_by, command_id, approval_deadline, hold_until, verdict_answer, verdict_issuer, verdict_at, arrayDistinct(arrayMap(finding -> JSONExtractString(finding, 'session'), JSONExtractArrayRaw(record, 'findings'))) AS sessions, if(command_id != '', record, '') AS command_record
FROM alerts WHERE tier != '';
-- Those that were stored before.
INSERT INTO alert_list (tenant, agent, id, revision, log_time, time, state, severity, cause, target, response, command_state, owner, tier, summary,
    opened_at, first_seen, evidence_at, closed_at, close_reason, finding_count, score, limited_by, command_id, approval_deadline, hold_until,
    verdict_answer, verdict_issuer, verdict_at, sessions, command_record)
SELECT tenant, agent, id, revision, log_time, time, state, severity, cause, target, response, command_state, owner, tier, summary, opened_at,
    first_seen, evidence_at, closed_at, close_reason, finding_count, score, limited_by, command_id, approval_deadline, hold_until, verdict_answer,
    verdict_issuer, verdict_at, arrayDistinct(arrayMap(finding -> JSONExtractString(finding, 'session'), JSONExtractArrayRaw(record, 'findings'))),
    if(command_id != '', record, '')
FROM alerts WHERE tier != '';
DROP VIEW IF EXISTS latest_alerts_copy;
DROP TABLE IF EXISTS latest_alerts;
-- Brokers' answers by command, people's words by alert: found without reading all of them.
ALTER TABLE results ADD INDEX IF NOT EXISTS commands command_id TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE verdicts ADD INDEX IF NOT EXISTS alerts alert_id TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE results MATERIALIZE INDEX IF EXISTS commands;
ALTER TABLE verdicts MATERIALIZE INDEX IF EXISTS alerts;
