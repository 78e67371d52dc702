-- agent_totals: what the learnt hours of each agent add up to, each hour with the weight of its day.
--
-- Who writes: one INSERT ... SELECT before each knowledge version (services/baseline/src/count/agent-totals.ts), for agents whose learnt hours
-- are no longer those that were added up. Where hours have only come in addition, they are added to the row that stands.
-- Who reads: peer groups and shared levels, which otherwise add up every hour of every agent again for each day.
--
-- until_hour: live hours before it were learnt. fingerprint: sum of hashes of the hours added up, modulo 2^64; it tells whether the row still
-- says what agent_hours says, so nobody has to remember what is due. Of two rows of an agent the one
-- inserted last stands.
--
-- Bounded by agent_hours: no key that no learnt hour has. Retention: as agent_hours; a row that is lost is made again.
CREATE TABLE IF NOT EXISTS agent_totals
(
    tenant LowCardinality(String),
    agent String,
    until_hour UInt32,
    -- Index into familyNames, context, key and weighted count, one entry a key; parallel.
    families Array(UInt8),
    contexts Array(UInt64),
    keys Array(UInt64),
    counts Array(UInt64),
    events UInt64,
    fingerprint UInt64,
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, agent)
TTL stored_at + INTERVAL 180 DAY
SETTINGS index_granularity = 128;
