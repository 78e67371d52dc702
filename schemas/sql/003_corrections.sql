-- corrections: what each knowledge version took back or added after the fact.
--
-- Who writes: baseline, as a copy of what stands in agent.knowledge.v1. Who reads: baseline, to know what score has
-- learnt of an event by now (quarantined or not, plus the signs here) and so what the next version must still correct.
--
-- Key: the event and the version; a version is immutable, so storing it twice changes nothing. Retention: as long as events.
CREATE TABLE IF NOT EXISTS corrections
(
    tenant LowCardinality(String),
    agent String,
    source_topic LowCardinality(String),
    source_partition UInt32,
    source_offset UInt64,
    source_index UInt32,
    knowledge_version UInt32,
    sign Int8,
    why LowCardinality(String),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, agent, source_topic, source_partition, source_offset, source_index, knowledge_version)
TTL stored_at + INTERVAL 180 DAY;
