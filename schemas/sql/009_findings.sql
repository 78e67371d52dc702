-- findings: a copy of agent.findings.v1, for the console, for explanations and for audit.
--
-- Who writes: baseline, as received. A finding made twice has one id: it is a function of its event's place in the log.
-- The log is the truth; nothing that scores or responds reads this table.
-- ReplacingMergeTree: the key ends with the finding's id, so reading the topic again changes nothing.
-- `record` is the message as it stands in the topic, JSON; the columns beside it are for finding it.
-- Small granules: a page shows some twenty findings of one agent, each of some kB.
--
-- Retention: 400 days.
CREATE TABLE IF NOT EXISTS findings
(
    log_partition Int32,
    log_offset UInt64,
    log_time DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    agent String,
    id String,
    event_id String,
    session String,
    time DateTime64(3, 'UTC'),
    cause LowCardinality(String),
    severity LowCardinality(String),
    score Float64,
    risk Float64,
    held_out UInt8,
    -- The event's row in events (topic agent.audit.v1).
    source_partition UInt32,
    source_offset UInt64,
    source_index UInt32,
    INDEX events event_id TYPE bloom_filter GRANULARITY 4,
    record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, agent, time, id)
TTL stored_at + INTERVAL 400 DAY
SETTINGS index_granularity = 256;
