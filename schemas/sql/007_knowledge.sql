-- knowledge: a copy of agent.knowledge.v1, one row a version, for people and for `explain` after the log has let go of it.
--
-- Who writes: baseline. Nothing that scores reads it: the log is the truth, and a store that is away delays nothing.
-- A version is immutable, so storing it twice changes nothing. `knowledge` is the whole as JSON (schemas/src/knowledge.ts).
--
-- Retention: 400 days, a year of decisions and a month to ask about them.
CREATE TABLE IF NOT EXISTS knowledge
(
    version UInt32,
    sha256 String,
    made_at DateTime64(3, 'UTC'),
    learnt_until DateTime64(3, 'UTC'),
    origin_day UInt32,
    corrections UInt32,
    knowledge String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY version
TTL stored_at + INTERVAL 400 DAY;
