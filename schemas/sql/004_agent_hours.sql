-- agent_hours: what each agent did in each hour, counted under its profile keys.
--
-- Who writes: one INSERT ... SELECT from events (services/baseline/src/count-hours.ts) for a list of hours, which can run
-- again any number of times: ReplacingMergeTree keeps the row inserted last, and an hour that ends empty is written as a
-- row without counts, for a row that is merely missing would leave the old one standing.
-- Who reads: shared levels (with the weights of the days), profiles at import, the console, training.
--
-- One row an agent, hour and kind of learning, with the counts as parallel arrays: an answer for 1,000 agents takes a third
-- of the time that one row a count takes. Keys are 53-bit SipHashes under the deployment's own key
-- (models/src/profile-key.ts): whole numbers that a double holds exactly, and no names.
-- Small granules: one agent's month is a handful of rows (14 against 100 ms at 8,192).
--
-- Bounded: a family keeps as many keys an hour as a profile would (the earliest in log order); counts beyond go to
-- context 0, key 0 of the family, which is no key of a profile.
--
-- `events` and `checksum` (sum of the hashes of the counted rows' positions) tell whether the hour in `events` is still the
-- one that was counted: nobody has to remember which hours are due.
--
-- Retention: 180 days from storing, as events. Recounting prolongs it, never past what it is counted from.
CREATE TABLE IF NOT EXISTS agent_hours
(
    tenant LowCardinality(String),
    agent String,
    hour UInt32,
    vetted UInt8,
    -- Index into familyNames, context, key and count, one entry a key; parallel.
    families Array(UInt8),
    contexts Array(UInt64),
    keys Array(UInt64),
    counts Array(UInt64),
    events UInt64,
    checksum UInt64,
    first_time DateTime64(3, 'UTC'),
    last_time DateTime64(3, 'UTC'),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, agent, hour, vetted)
TTL stored_at + INTERVAL 180 DAY
SETTINGS index_granularity = 128;
