-- agent_uses: each step (system and action) and each destination that an agent used, and when first and last.
--
-- Who writes: ClickHouse, by the views below, with each batch of `events`. Who reads: the console (how many peers do a step, what is granted and
-- unused) and the daily digest (what is new), for many agents at once: out of `events` every event of theirs would be read.
-- Quarantined events stand here too: what was done was done. What counts for a profile stands in the views of 021.
-- Engine: AggregatingMergeTree keeps the first and the last time, so storing an event twice changes nothing.
-- Order: the agent first, as it is asked; `first` finds what is new of a day.
-- kind: 'step' or 'destination'. system: of a step; its action is what follows it in `name` after a stroke.
--
-- Retention: 180 days from its latest use, as events.
CREATE TABLE IF NOT EXISTS agent_uses
(
    tenant LowCardinality(String),
    agent String,
    kind LowCardinality(String),
    name String,
    system LowCardinality(String),
    first_time SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_time SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    stored_at SimpleAggregateFunction(max, DateTime('UTC')),
    INDEX first first_time TYPE minmax GRANULARITY 1
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, agent, kind, name, system)
TTL stored_at + INTERVAL 180 DAY
SETTINGS index_granularity = 1024;
INSERT INTO agent_uses (tenant, agent, kind, name, system, first_time, last_time, stored_at)
SELECT tenant, agent, 'step' AS kind, step AS name, system, min(time), max(time), max(stored_at) FROM events GROUP BY tenant, agent, name, system;
INSERT INTO agent_uses (tenant, agent, kind, name, system, first_time, last_time, stored_at)
SELECT tenant, agent, 'destination' AS kind, arrayJoin(arrayDistinct(destination_keys)) AS name, '' AS system, min(time), max(time), max(stored_at) FROM events GROUP BY tenant, agent, name;
CREATE MATERIALIZED VIEW IF NOT EXISTS agent_steps_copy TO agent_uses AS
SELECT tenant, agent, 'step' AS kind, step AS name, system, min(time) AS first_time, max(time) AS last_time, now() AS stored_at
FROM events GROUP BY tenant, agent, name, system;
CREATE MATERIALIZED VIEW IF NOT EXISTS agent_destinations_copy TO agent_uses AS
SELECT tenant, agent, 'destination' AS kind, arrayJoin(arrayDistinct(destination_keys)) AS name, '' AS system, min(time) AS first_time, max(time) AS last_time, now() AS stored_at
FROM events GROUP BY tenant, agent, name;
