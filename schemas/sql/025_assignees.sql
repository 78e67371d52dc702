-- assignees: a copy of agent.alerts.assignees.v1, one row an alert that somebody was given.
--
-- Who writes: baseline, as received. Who reads: the console, which shows and searches them beside latest_alerts. A table of its own, since respond,
-- which writes alerts, knows nothing of assignees, and a change of hands is no revision of an alert.
-- ReplacingMergeTree(log_time): what was said last stands, also where the topic was made anew; an empty assignee is nobody.
--
-- Retention: 400 days, as alerts.
CREATE TABLE IF NOT EXISTS assignees
(
    log_partition Int32,
    log_offset UInt64,
    log_time DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    agent String,
    alert_id String,
    assignee String,
    assigned_by String,
    assigned_at Int64,
    record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree(log_time)
ORDER BY (tenant, alert_id)
TTL stored_at + INTERVAL 400 DAY;
