-- rejections: a copy of agent.audit.rejected.v1, for the console, for explanations and for audit.
--
-- Who writes: baseline, as received. Raw records of a shipper: give rights to this table as you would to the topic.
-- The log is the truth; nothing that scores or responds reads this table.
-- ReplacingMergeTree: the key is the place in the log, so reading the topic again changes nothing.
-- `record` is the message as it stands in the topic, JSON; the columns beside it are for finding it.
--
-- Retention: 7 days, as the topic.
CREATE TABLE IF NOT EXISTS rejections
(
    log_partition Int32,
    log_offset UInt64,
    log_time DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    agent String,
    code LowCardinality(String),
    reason String,
    source_partition UInt32,
    source_offset UInt64,
    source_index UInt32,
    sha256 String,
    record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY (log_partition, log_offset)
TTL stored_at + INTERVAL 7 DAY;
