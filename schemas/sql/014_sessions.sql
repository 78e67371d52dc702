-- sessions: a copy of agent.sessions.v1, for the console, for explanations and for audit.
--
-- Who writes: baseline, as received. A session closed twice (score took over and read again) is the same session.
-- The log is the truth; nothing that scores or responds reads this table.
-- ReplacingMergeTree: the key is agent, session and start, so reading the topic again changes nothing.
-- `record` is the message as it stands in the topic, JSON; the columns beside it are for finding it.
-- Small granules: one agent's sessions are asked for.
--
-- Retention: 180 days.
CREATE TABLE IF NOT EXISTS sessions
(
    log_partition Int32,
    log_offset UInt64,
    log_time DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    agent String,
    session String,
    started_at DateTime64(3, 'UTC'),
    ended_at DateTime64(3, 'UTC'),
    events UInt32,
    highest_score Float64,
    highest_risk Float64,
    knowledge_version UInt32,
    record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, agent, session, started_at)
TTL stored_at + INTERVAL 180 DAY
SETTINGS index_granularity = 512;
