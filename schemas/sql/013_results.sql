-- results: a copy of agent.revocations.results.v1, for the console, for explanations and for audit.
--
-- Who writes: baseline, as received. A broker may answer a command more than once: each answer is a row.
-- The log is the truth; nothing that scores or responds reads this table.
-- ReplacingMergeTree: the key is the place in the log, so reading the topic again changes nothing.
-- `record` is the message as it stands in the topic, JSON; the columns beside it are for finding it.
--
-- Retention: 400 days.
CREATE TABLE IF NOT EXISTS results
(
    log_partition Int32,
    log_offset UInt64,
    log_time DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    agent String,
    command_id String,
    status LowCardinality(String),
    status_code LowCardinality(String),
    record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, log_partition, log_offset)
TTL stored_at + INTERVAL 400 DAY;
