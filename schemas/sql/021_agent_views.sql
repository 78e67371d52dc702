-- Views for people: what each agent usually does, out of what counts for its profile. Nothing of the program reads them.
--
-- Each is worked out when it is asked, from the rows of `events` as they stand, so none can be out of date or count twice. Ask with a tenant
-- and an agent where you can: then only that agent's rows are read. docs/baselines.md has questions and answers.
--
-- learnt_events: the events that count: each once, without what is quarantined or confirmed as bad.
CREATE VIEW IF NOT EXISTS learnt_events AS
SELECT tenant, agent, session, event_id, time, toDate(time, 'UTC') AS day, toStartOfHour(time, 'UTC') AS hour_start,
    system, step, destination_keys, bytes_sent, bytes_received, records, outcome
FROM events FINAL
WHERE (tenant, agent, hour, source_topic, source_partition, source_offset, source_index) NOT IN (
    SELECT tenant, agent, hour, source_topic, source_partition, source_offset, source_index
    FROM held_out FINAL WHERE state IN ('held', 'confirmed'));
-- agent_actions: each system and action that an agent used: when first and last, on how many days, how often, as which share of all that it
-- did, and how many of its peers (by the latest knowledge version; 0 of 0 where it has none) did so too.
CREATE VIEW IF NOT EXISTS agent_actions AS
SELECT tenant, agent, system, step, first_time, last_time, days, events, share, peer_group,
    if(peer_group = '', 0, greatest(doing, 1) - 1) AS peers_that_do, if(peer_group = '', 0, greatest(size, 1) - 1) AS peers
FROM (
    SELECT tenant, agent, system, step, first_time, last_time, days, events, share, peer_group
    FROM (
        SELECT tenant, agent, system, step, min(time) AS first_time, max(time) AS last_time, uniqExact(day) AS days,
            count() AS events, events / sum(events) OVER (PARTITION BY tenant, agent) AS share
        FROM learnt_events
        GROUP BY tenant, agent, system, step
    ) AS done
    LEFT JOIN (
        SELECT tenant, agent, peer_group FROM agent_groups FINAL
        WHERE knowledge_version = (SELECT max(knowledge_version) FROM agent_groups)
    ) AS placed USING (tenant, agent)
) AS own
LEFT JOIN (
    SELECT tenant, peer_group, system, step, uniqExact(agent) AS doing
    FROM (SELECT DISTINCT tenant, agent, system, step FROM learnt_events) AS any_done
    INNER JOIN (
        SELECT tenant, agent, peer_group FROM agent_groups FINAL
        WHERE knowledge_version = (SELECT max(knowledge_version) FROM agent_groups)
    ) AS placed_peers USING (tenant, agent)
    GROUP BY tenant, peer_group, system, step
) AS peers_doing USING (tenant, peer_group, system, step)
LEFT JOIN (
    SELECT tenant, peer_group, count() AS size FROM agent_groups FINAL
    WHERE knowledge_version = (SELECT max(knowledge_version) FROM agent_groups)
    GROUP BY tenant, peer_group
) AS sizes USING (tenant, peer_group);
-- agent_destinations: each destination that an agent reached: when first and last, on how many days, how often.
CREATE VIEW IF NOT EXISTS agent_destinations AS
SELECT tenant, agent, destination, min(time) AS first_time, max(time) AS last_time, uniqExact(day) AS days, count() AS events,
    sum(ifNull(bytes_sent, 0)) AS sent
FROM (SELECT tenant, agent, time, day, bytes_sent, arrayJoin(arrayDistinct(destination_keys)) AS destination FROM learnt_events)
GROUP BY tenant, agent, destination;
-- agent_hour_volumes, agent_day_volumes: how much an agent moved in each hour and day in which it did anything. Bytes and records that no event
-- reported count as none.
CREATE VIEW IF NOT EXISTS agent_hour_volumes AS
SELECT tenant, agent, hour_start, count() AS calls, sum(ifNull(bytes_sent, 0)) AS sent, sum(ifNull(bytes_received, 0)) AS received,
    sum(ifNull(learnt_events.records, 0)) AS records
FROM learnt_events
GROUP BY tenant, agent, hour_start;
CREATE VIEW IF NOT EXISTS agent_day_volumes AS
SELECT tenant, agent, day, count() AS calls, sum(ifNull(bytes_sent, 0)) AS sent, sum(ifNull(bytes_received, 0)) AS received,
    sum(ifNull(learnt_events.records, 0)) AS records
FROM learnt_events
GROUP BY tenant, agent, day;
-- agent_volumes: median, 99th percentile and most of these, two rows an agent: over its hours and over its days.
CREATE VIEW IF NOT EXISTS agent_volumes AS
SELECT tenant, agent, period, count() AS periods,
    quantileExact(0.5)(calls) AS calls_median, quantileExact(0.99)(calls) AS calls_p99, max(calls) AS calls_max,
    quantileExact(0.5)(sent) AS sent_median, quantileExact(0.99)(sent) AS sent_p99, max(sent) AS sent_max,
    quantileExact(0.5)(received) AS received_median, quantileExact(0.99)(received) AS received_p99, max(received) AS received_max,
    quantileExact(0.5)(records) AS records_median, quantileExact(0.99)(records) AS records_p99, max(records) AS records_max
FROM (
    SELECT tenant, agent, 'hour' AS period, calls, sent, received, records FROM agent_hour_volumes
    UNION ALL
    SELECT tenant, agent, 'day' AS period, calls, sent, received, records FROM agent_day_volumes
)
GROUP BY tenant, agent, period;
