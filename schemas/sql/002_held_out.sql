-- held_out: which events are not to be counted, and why.
--
-- Who writes: baseline. A finding that says held_out writes a row (held, revision 0); seven days of log time (marked_at) later it
-- expires (released, revision 1); a person's verdict, as respond has verified it and put it into the alert, releases
-- (false) or confirms (true), with 2 + the time of the verdict as revision. So a later word replaces an earlier
-- one, a verdict always stands above an expiry, and storing any of them twice changes nothing.
--
-- Counting leaves out what is held or confirmed. An event that was learnt and then called true is confirmed as well:
-- its row here has no 'held' before it, which `was_held` remembers, since what score had learnt depends on it.
--
-- Key: the event's row in `events`. Retention: as long as events.
CREATE TABLE IF NOT EXISTS held_out
(
    tenant LowCardinality(String),
    agent String,
    hour UInt32,
    source_topic LowCardinality(String),
    source_partition UInt32,
    source_offset UInt64,
    source_index UInt32,

    state Enum8('held' = 1, 'released' = 2, 'confirmed' = 3),
    why LowCardinality(String),
    revision UInt64,
    -- Whether score left the event out when it judged it.
    was_held UInt8,
    event_id String,
    finding_id String,
    alert_id String,
    time DateTime64(3, 'UTC'),
    marked_at DateTime64(3, 'UTC'),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (tenant, agent, hour, source_topic, source_partition, source_offset, source_index)
TTL stored_at + INTERVAL 180 DAY;
