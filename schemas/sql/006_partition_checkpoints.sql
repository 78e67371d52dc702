-- partition_checkpoints: from where score has to read again when it takes a partition of agent.events.v1 over.
--
-- Who writes and reads: score. Every profile of the partition that changed before checkpoint_offset stands in `profiles`
-- as of that offset or later. ReplacingMergeTree(checkpoint_offset): the furthest one wins.
--
-- silences: whom the partition's watch for silent agents waits for, as of this very offset (services/score/src/silence-watch.ts).
-- It stands in this row, not beside it, so that a crash never leaves one without the other: agents that say nothing leave no
-- event to read it from again. Some 300 bytes an agent before compression, 50,000 agents at most; '' before the first.
--
-- Retention: none, it is one row a partition.
CREATE TABLE IF NOT EXISTS partition_checkpoints
(
    log_partition Int32,
    checkpoint_offset UInt64,
    knowledge_version UInt32,
    silences String CODEC(ZSTD(1)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree(checkpoint_offset)
ORDER BY log_partition;
