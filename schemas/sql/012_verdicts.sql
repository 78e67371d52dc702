-- verdicts: a copy of agent.verdicts.v1, for the console, for explanations and for audit.
--
-- Who writes: baseline, as received. Unverified: what counts is what respond accepted, and that stands in the alert.
-- The log is the truth; nothing that scores or responds reads this table.
-- ReplacingMergeTree: the key is the place in the log, since an unsigned id proves nothing, so reading the topic again changes nothing.
-- `record` is the message as it stands in the topic, JSON (the payload of the signed verdict); `signed` is the compact JWS; the columns beside it are for finding it.
--
-- Retention: 400 days.
CREATE TABLE IF NOT EXISTS verdicts
(
    log_partition Int32,
    log_offset UInt64,
    log_time DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    agent String,
    id String,
    alert_id String,
    answer LowCardinality(String),
    issuer String,
    signed String CODEC(ZSTD(3)),
    record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, log_partition, log_offset)
TTL stored_at + INTERVAL 400 DAY;
