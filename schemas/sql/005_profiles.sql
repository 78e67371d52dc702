-- profiles: score's checkpoints, one row an agent.
--
-- Who writes: score, at a checkpoint and when it evicts an agent, after its output is acknowledged and the offset committed;
-- baseline once, at the import of history (as_of_offset -1: before every record of the log).
-- Who reads: score, when it meets an agent it does not hold.
--
-- ReplacingMergeTree(as_of_offset): the newest state wins, even where an older instance writes late. The state is the
-- profile's own JSON (models/src/profile.ts): counts, clock, open sessions, session maxima; at most some 16 kB.
-- log_partition is no part of the key: an agent lives in one partition for the life of a topic version.
--
-- Retention: 180 days without a change; then nothing in it would count any more.
CREATE TABLE IF NOT EXISTS profiles
(
    tenant LowCardinality(String),
    agent String,
    log_partition Int32,
    -- The state holds every event of the partition up to and including this offset.
    as_of_offset Int64,
    knowledge_version UInt32,
    state String CODEC(ZSTD(1)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree(as_of_offset)
ORDER BY (tenant, agent)
TTL stored_at + INTERVAL 180 DAY
SETTINGS index_granularity = 128;
