-- partition_checkpoints: from where score has to read again when it takes a partition of agent.events.v1 over.
--
-- Who writes and reads: score. Every profile of the partition that changed before checkpoint_offset stands in `profiles`
-- as of that offset or later. ReplacingMergeTree(checkpoint_offset): the furthest one wins.
--
-- Retention: none, it is one row a partition.
CREATE TABLE IF NOT EXISTS partition_checkpoints
(
    log_partition Int32,
    checkpoint_offset UInt64,
    knowledge_version UInt32,
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree(checkpoint_offset)
ORDER BY log_partition;
