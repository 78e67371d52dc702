-- revocations: a copy of agent.revocations.v1, for the console, for explanations and for audit.
--
-- Who writes: baseline, as received. One id never has two bodies.
-- The log is the truth; nothing that scores or responds reads this table.
-- ReplacingMergeTree: the key is the command's id, so reading the topic again changes nothing.
-- `record` is the message as it stands in the topic, JSON (the payload of the signed command); `signed` is the compact JWS; the columns beside it are for finding it.
--
-- Retention: 400 days.
CREATE TABLE IF NOT EXISTS revocations
(
    log_partition Int32,
    log_offset UInt64,
    log_time DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    agent String,
    id String,
    type LowCardinality(String),
    alert_id String,
    mode LowCardinality(String),
    signed String CODEC(ZSTD(3)),
    record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, id)
TTL stored_at + INTERVAL 400 DAY;
