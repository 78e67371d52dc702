-- session_corrections: sessions whose highest score a knowledge version added to an agent's usual session maxima, or took
-- out of them, because a person called their alert false or true.
--
-- Who writes: baseline, with each version that it publishes. Who reads: baseline, to know what is still to be corrected.
-- ReplacingMergeTree: a version corrects a session once, so copying it again changes nothing.
--
-- Retention: 180 days, as long as the sessions themselves.
CREATE TABLE IF NOT EXISTS session_corrections
(
    tenant LowCardinality(String),
    agent String,
    session String,
    started_at DateTime64(3, 'UTC'),
    knowledge_version UInt32,
    sign Int8,
    why LowCardinality(String),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, agent, session, started_at, knowledge_version)
TTL stored_at + INTERVAL 180 DAY;
