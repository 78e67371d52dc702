-- alerts: a copy of agent.alerts.v1, for the console, for explanations and for audit.
--
-- Who writes: baseline, as received. Every revision is a row: the highest one is the alert, the others are its story.
-- The log is the truth; nothing that scores or responds reads this table.
-- ReplacingMergeTree: the key is alert and revision, so reading the topic again changes nothing.
-- `record` is the message as it stands in the topic, JSON; the columns beside it are for finding it.
-- Small granules: a page shows one alert, and its record is some kB.
--
-- Retention: 400 days.
CREATE TABLE IF NOT EXISTS alerts
(
    log_partition Int32,
    log_offset UInt64,
    log_time DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    agent String,
    id String,
    revision UInt32,
    time DateTime64(3, 'UTC'),
    state LowCardinality(String),
    severity LowCardinality(String),
    cause LowCardinality(String),
    target String,
    response LowCardinality(String),
    command_state LowCardinality(String),
    record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, id, revision)
TTL stored_at + INTERVAL 400 DAY
SETTINGS index_granularity = 256;
