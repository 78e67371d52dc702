-- agent_sightings: of each agent, how many events were stored, and when the first and latest of them were.
--
-- Who writes: ClickHouse, by the view below, with each batch of `events`. Who reads: the console, for its list of all agents. Worked out of
-- `events` it would read every event ever stored: two seconds for 3 million; this is one row an agent.
-- Engine: AggregatingMergeTree adds up what batches bring. A batch that is stored twice (a stage that died, a file imported again,
-- `straylight rebuild`) counts twice here: the number says how well an agent is known and decides nothing. Times are right in any case.
-- Order: tenant and agent, the only way it is asked; `stored` finds the agents of the last seconds, so that a list that is kept in memory is
-- brought up to date by those alone.
--
-- Retention: 180 days from an agent's latest event, as events.
CREATE TABLE IF NOT EXISTS agent_sightings
(
    tenant LowCardinality(String),
    agent String,
    events SimpleAggregateFunction(sum, UInt64),
    first_time SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_time SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    stored_at SimpleAggregateFunction(max, DateTime('UTC')),
    INDEX stored stored_at TYPE minmax GRANULARITY 1
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, agent)
TTL stored_at + INTERVAL 180 DAY
SETTINGS index_granularity = 1024;
-- Those that were stored before; a step that was cut short begins again, and where several servers have them already, nothing is added.
TRUNCATE TABLE IF EXISTS agent_sightings;
INSERT INTO agent_sightings (tenant, agent, events, first_time, last_time, stored_at)
SELECT tenant, agent, count(), min(time), max(time), max(stored_at) FROM events
WHERE (SELECT count() FROM agent_sightings) = 0 GROUP BY tenant, agent;
CREATE MATERIALIZED VIEW IF NOT EXISTS agent_sightings_copy TO agent_sightings AS
SELECT tenant, agent, count() AS events, min(time) AS first_time, max(time) AS last_time, now() AS stored_at
FROM events GROUP BY tenant, agent;
