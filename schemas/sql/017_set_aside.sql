-- set_aside: records that a stage could not work with, and rows that ClickHouse refused; the rest went on without them.
--
-- Who writes: baseline, a copy of agent.set_aside.v1; and whoever inserts rows, for those that were refused alone, after the others
-- of their batch were stored. Who reads: `straylight doctor`, and people: nothing that scores or responds reads this table.
-- Raw, as far as it was not understood: give rights to this table as you would to agent.audit.rejected.v1.
--
-- ReplacingMergeTree: stage, table, place and content are the key, so the same record read again is the same row. The content is
-- part of it since several rows can come from one place (the corrections of one knowledge version).
-- Numbers of the place are checked before they come here, and texts are bounded and well-formed: this table refuses nothing.
--
-- Retention: 30 days, as long as agent.events.v1 holds the record: so long it can be looked at, mended and read again.
CREATE TABLE IF NOT EXISTS set_aside
(
    stage LowCardinality(String),
    -- The table that refused the row; empty where no row was made of the record.
    target_table LowCardinality(String),
    -- Place of the record in the log. History: topic 'history', partition -1.
    topic LowCardinality(String),
    log_partition Int64,
    log_offset Int64,
    item_index UInt32,
    -- When the log took it; 1970 where that is not known.
    log_time DateTime64(3, 'UTC'),
    -- unreadable, stage_fault or refused_by_store (schemas/src/set-aside.ts), and a sentence.
    code LowCardinality(String),
    reason String,
    -- The whole: its length and SHA-256; and its first 64 KiB, base64.
    length_bytes UInt64,
    sha256 String,
    head_base64 String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY (stage, target_table, topic, log_partition, log_offset, item_index, sha256)
TTL stored_at + INTERVAL 30 DAY;
