-- The tables of Straylight for a ClickHouse of several shards and replicas.
-- Written by `npm run cluster-ddl` from schemas/sql, where each table has its reasons. Replace `straylight` if
-- CLICKHOUSE_DATABASE is another name. Run it before the first start, and the new one before each upgrade: the program makes
-- what is missing, and would make it on one server only.
--
-- Every server needs the macros {cluster}, {shard} and {replica}.

CREATE DATABASE IF NOT EXISTS straylight ON CLUSTER '{cluster}';

-- What the program's user needs; the reasons stand in deploy/README.md, "ClickHouse with shards and replicas".
CREATE SETTINGS PROFILE IF NOT EXISTS straylight ON CLUSTER '{cluster}' SETTINGS
    distributed_foreground_insert = 1,
    insert_quorum = 2,
    insert_deduplicate = 0,
    distributed_product_mode = 'local',
    load_balancing = 'in_order';

-- schema_migrations: which steps have run; the same on every server.
CREATE TABLE IF NOT EXISTS straylight.schema_migrations ON CLUSTER '{cluster}'
(version UInt32, name String, applied_at DateTime('UTC') DEFAULT now())
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}') ORDER BY version;

CREATE TABLE IF NOT EXISTS straylight.events_local ON CLUSTER '{cluster}'
(
    tenant LowCardinality(String),
    agent String,
    hour UInt32,
    source_topic LowCardinality(String),
    source_partition UInt32,
    source_offset UInt64,
    source_index UInt32,
    log_partition Int32,
    log_offset Int64,
    log_time DateTime64(3, 'UTC'),
    knowledge_version UInt32,
    event_id String,
    time DateTime64(3, 'UTC'),
    vetted UInt8,
    system LowCardinality(String),
    step LowCardinality(String),
    previous_step LowCardinality(String),
    previous_step_2 LowCardinality(String),
    argument_set Nullable(String),
    destination_keys Array(String),
    destination_kinds Array(String),
    destination_external Array(UInt8),
    bytes_sent Nullable(UInt64),
    bytes_received Nullable(UInt64),
    records Nullable(UInt64),
    session_bytes_sent UInt64,
    session_bytes_received UInt64,
    outcome LowCardinality(Nullable(String)),
    privileges Array(String),
    root LowCardinality(String),
    flow_values Array(UInt8),
    flow_arguments Array(String),
    flow_kinds Array(String),
    flow_sources Array(String),
    flow_roots Array(String),
    value_arguments Array(String),
    value_hashes Array(String),
    returns UInt8,
    late UInt8,
    time_of_week LowCardinality(String),
    privilege_rank Nullable(UInt8),
    credential_age_hours Nullable(UInt32),
    parent_agent Nullable(String),
    sources Array(String),
    signal_names Array(String),
    signal_levels Array(UInt8),
    closed_measures Array(String),
    closed_totals Array(UInt64),
    passed_measures Array(String),
    passed_totals Array(UInt64),
    after_windows String CODEC(ZSTD(3)),
    after_longest_gap UInt64,
    session_key String,
    session String,
    session_started_at DateTime64(3, 'UTC'),
    session_last_time DateTime64(3, 'UTC'),
    session_events UInt32,
    after_step LowCardinality(String),
    after_step_2 LowCardinality(String),
    after_bytes_sent UInt64,
    after_bytes_received UInt64,
    bears_values UInt8,
    bears_request UInt8,
    after_calls_from UInt32,
    after_requests_from UInt32,
    after_values UInt8,
    event String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now(),
    INDEX hours hour TYPE minmax GRANULARITY 1,
    INDEX ids event_id TYPE bloom_filter GRANULARITY 4
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (tenant, agent, hour, source_topic, source_partition, source_offset, source_index)
TTL stored_at + INTERVAL 180 DAY
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS straylight.events ON CLUSTER '{cluster}' AS straylight.events_local
ENGINE = Distributed('{cluster}', 'straylight', 'events_local', sipHash64(tenant, agent));

CREATE TABLE IF NOT EXISTS straylight.held_out_local ON CLUSTER '{cluster}'
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
    was_held UInt8,
    event_id String,
    finding_id String,
    alert_id String,
    time DateTime64(3, 'UTC'),
    marked_at DateTime64(3, 'UTC'),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', revision)
ORDER BY (tenant, agent, hour, source_topic, source_partition, source_offset, source_index)
TTL stored_at + INTERVAL 180 DAY;

CREATE TABLE IF NOT EXISTS straylight.held_out ON CLUSTER '{cluster}' AS straylight.held_out_local
ENGINE = Distributed('{cluster}', 'straylight', 'held_out_local', sipHash64(tenant, agent));

CREATE TABLE IF NOT EXISTS straylight.corrections_local ON CLUSTER '{cluster}'
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (tenant, agent, source_topic, source_partition, source_offset, source_index, knowledge_version)
TTL stored_at + INTERVAL 180 DAY;

CREATE TABLE IF NOT EXISTS straylight.corrections ON CLUSTER '{cluster}' AS straylight.corrections_local
ENGINE = Distributed('{cluster}', 'straylight', 'corrections_local', sipHash64(tenant, agent));

CREATE TABLE IF NOT EXISTS straylight.agent_hours_local ON CLUSTER '{cluster}'
(
    tenant LowCardinality(String),
    agent String,
    hour UInt32,
    vetted UInt8,
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (tenant, agent, hour, vetted)
TTL stored_at + INTERVAL 180 DAY
SETTINGS index_granularity = 128;

CREATE TABLE IF NOT EXISTS straylight.agent_hours ON CLUSTER '{cluster}' AS straylight.agent_hours_local
ENGINE = Distributed('{cluster}', 'straylight', 'agent_hours_local', sipHash64(tenant, agent));

CREATE TABLE IF NOT EXISTS straylight.profiles_local ON CLUSTER '{cluster}'
(
    tenant LowCardinality(String),
    agent String,
    log_partition Int32,
    as_of_offset Int64,
    knowledge_version UInt32,
    state String CODEC(ZSTD(1)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', as_of_offset)
ORDER BY (tenant, agent)
TTL stored_at + INTERVAL 180 DAY
SETTINGS index_granularity = 128;

CREATE TABLE IF NOT EXISTS straylight.profiles ON CLUSTER '{cluster}' AS straylight.profiles_local
ENGINE = Distributed('{cluster}', 'straylight', 'profiles_local', sipHash64(tenant, agent));

CREATE TABLE IF NOT EXISTS straylight.partition_checkpoints ON CLUSTER '{cluster}'
(
    log_partition Int32,
    checkpoint_offset UInt64,
    knowledge_version UInt32,
    silences String CODEC(ZSTD(1)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}', checkpoint_offset)
ORDER BY log_partition;

CREATE TABLE IF NOT EXISTS straylight.knowledge ON CLUSTER '{cluster}'
(
    version UInt32,
    sha256 String,
    made_at DateTime64(3, 'UTC'),
    learnt_until DateTime64(3, 'UTC'),
    origin_day UInt32,
    corrections UInt32,
    knowledge String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}')
ORDER BY version
TTL stored_at + INTERVAL 400 DAY;

CREATE TABLE IF NOT EXISTS straylight.agent_groups_local ON CLUSTER '{cluster}'
(
    knowledge_version UInt32,
    tenant LowCardinality(String),
    agent String,
    peer_group String,
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (knowledge_version, tenant, agent)
TTL stored_at + INTERVAL 60 DAY;

CREATE TABLE IF NOT EXISTS straylight.agent_groups ON CLUSTER '{cluster}' AS straylight.agent_groups_local
ENGINE = Distributed('{cluster}', 'straylight', 'agent_groups_local', sipHash64(tenant, agent));

CREATE TABLE IF NOT EXISTS straylight.findings_local ON CLUSTER '{cluster}'
(
    log_partition Int32,
    log_offset UInt64,
    log_time DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    agent String,
    id String,
    event_id String,
    session String,
    time DateTime64(3, 'UTC'),
    cause LowCardinality(String),
    severity LowCardinality(String),
    score Float64,
    risk Float64,
    held_out UInt8,
    source_partition UInt32,
    source_offset UInt64,
    source_index UInt32,
    INDEX events event_id TYPE bloom_filter GRANULARITY 4,
    record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (tenant, agent, time, id)
TTL stored_at + INTERVAL 400 DAY
SETTINGS index_granularity = 256;

CREATE TABLE IF NOT EXISTS straylight.findings ON CLUSTER '{cluster}' AS straylight.findings_local
ENGINE = Distributed('{cluster}', 'straylight', 'findings_local', sipHash64(tenant, agent));

CREATE TABLE IF NOT EXISTS straylight.alerts_local ON CLUSTER '{cluster}'
(
    log_partition Int32,
    log_offset UInt64,
    log_time DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    agent String,
    id String,
    revision UInt32,
    time DateTime64(3, 'UTC'),
    state LowCardinality(String),
    severity LowCardinality(String),
    cause LowCardinality(String),
    target String,
    response LowCardinality(String),
    command_state LowCardinality(String),
    record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (tenant, id, revision)
TTL stored_at + INTERVAL 400 DAY
SETTINGS index_granularity = 256;

CREATE TABLE IF NOT EXISTS straylight.alerts ON CLUSTER '{cluster}' AS straylight.alerts_local
ENGINE = Distributed('{cluster}', 'straylight', 'alerts_local', sipHash64(tenant, agent));

CREATE TABLE IF NOT EXISTS straylight.revocations_local ON CLUSTER '{cluster}'
(
    log_partition Int32,
    log_offset UInt64,
    log_time DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    agent String,
    id String,
    type LowCardinality(String),
    alert_id String,
    mode LowCardinality(String),
    signed String CODEC(ZSTD(3)),
    record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (tenant, id)
TTL stored_at + INTERVAL 400 DAY;

CREATE TABLE IF NOT EXISTS straylight.revocations ON CLUSTER '{cluster}' AS straylight.revocations_local
ENGINE = Distributed('{cluster}', 'straylight', 'revocations_local', sipHash64(tenant, agent));

CREATE TABLE IF NOT EXISTS straylight.verdicts_local ON CLUSTER '{cluster}'
(
    log_partition Int32,
    log_offset UInt64,
    log_time DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    agent String,
    id String,
    alert_id String,
    answer LowCardinality(String),
    issuer String,
    signed String CODEC(ZSTD(3)),
    record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (tenant, log_partition, log_offset)
TTL stored_at + INTERVAL 400 DAY;

CREATE TABLE IF NOT EXISTS straylight.verdicts ON CLUSTER '{cluster}' AS straylight.verdicts_local
ENGINE = Distributed('{cluster}', 'straylight', 'verdicts_local', sipHash64(tenant, agent));

CREATE TABLE IF NOT EXISTS straylight.results_local ON CLUSTER '{cluster}'
(
    log_partition Int32,
    log_offset UInt64,
    log_time DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    agent String,
    command_id String,
    status LowCardinality(String),
    status_code LowCardinality(String),
    record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (tenant, log_partition, log_offset)
TTL stored_at + INTERVAL 400 DAY;

CREATE TABLE IF NOT EXISTS straylight.results ON CLUSTER '{cluster}' AS straylight.results_local
ENGINE = Distributed('{cluster}', 'straylight', 'results_local', sipHash64(tenant, agent));

CREATE TABLE IF NOT EXISTS straylight.sessions_local ON CLUSTER '{cluster}'
(
    log_partition Int32,
    log_offset UInt64,
    log_time DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    agent String,
    session String,
    started_at DateTime64(3, 'UTC'),
    ended_at DateTime64(3, 'UTC'),
    events UInt32,
    highest_score Float64,
    highest_risk Float64,
    knowledge_version UInt32,
    record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (tenant, agent, session, started_at)
TTL stored_at + INTERVAL 180 DAY
SETTINGS index_granularity = 512;

CREATE TABLE IF NOT EXISTS straylight.sessions ON CLUSTER '{cluster}' AS straylight.sessions_local
ENGINE = Distributed('{cluster}', 'straylight', 'sessions_local', sipHash64(tenant, agent));

CREATE TABLE IF NOT EXISTS straylight.rejections_local ON CLUSTER '{cluster}'
(
    log_partition Int32,
    log_offset UInt64,
    log_time DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    agent String,
    code LowCardinality(String),
    reason String,
    source_partition UInt32,
    source_offset UInt64,
    source_index UInt32,
    sha256 String,
    record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (log_partition, log_offset)
TTL stored_at + INTERVAL 7 DAY;

CREATE TABLE IF NOT EXISTS straylight.rejections ON CLUSTER '{cluster}' AS straylight.rejections_local
ENGINE = Distributed('{cluster}', 'straylight', 'rejections_local', sipHash64(tenant, agent));

CREATE TABLE IF NOT EXISTS straylight.session_corrections_local ON CLUSTER '{cluster}'
(
    tenant LowCardinality(String),
    agent String,
    session String,
    started_at DateTime64(3, 'UTC'),
    knowledge_version UInt32,
    sign Int8,
    why LowCardinality(String),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (tenant, agent, session, started_at, knowledge_version)
TTL stored_at + INTERVAL 180 DAY;

CREATE TABLE IF NOT EXISTS straylight.session_corrections ON CLUSTER '{cluster}' AS straylight.session_corrections_local
ENGINE = Distributed('{cluster}', 'straylight', 'session_corrections_local', sipHash64(tenant, agent));

CREATE TABLE IF NOT EXISTS straylight.set_aside ON CLUSTER '{cluster}'
(
    stage LowCardinality(String),
    target_table LowCardinality(String),
    topic LowCardinality(String),
    log_partition Int64,
    log_offset Int64,
    item_index UInt32,
    log_time DateTime64(3, 'UTC'),
    code LowCardinality(String),
    reason String,
    length_bytes UInt64,
    sha256 String,
    head_base64 String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}')
ORDER BY (stage, target_table, topic, log_partition, log_offset, item_index, sha256)
TTL stored_at + INTERVAL 30 DAY;

ALTER TABLE straylight.events_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS told_fields UInt16 DEFAULT 0 AFTER late;

ALTER TABLE straylight.events ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS told_fields UInt16 DEFAULT 0 AFTER late;

ALTER TABLE straylight.agent_hours_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS first_log_time DateTime64(3, 'UTC') DEFAULT first_time AFTER last_time,
    ADD COLUMN IF NOT EXISTS last_log_time DateTime64(3, 'UTC') DEFAULT last_time AFTER first_log_time;

ALTER TABLE straylight.agent_hours ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS first_log_time DateTime64(3, 'UTC') DEFAULT first_time AFTER last_time,
    ADD COLUMN IF NOT EXISTS last_log_time DateTime64(3, 'UTC') DEFAULT last_time AFTER first_log_time;

ALTER TABLE straylight.events_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS key_version UInt16 DEFAULT 0 AFTER vetted,
    ADD COLUMN IF NOT EXISTS counted String DEFAULT '' AFTER key_version,
    ADD COLUMN IF NOT EXISTS order_context String DEFAULT '' CODEC(ZSTD(3)) AFTER counted,
    ADD COLUMN IF NOT EXISTS session_after String DEFAULT '' CODEC(ZSTD(3)) AFTER session_events;

ALTER TABLE straylight.events ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS key_version UInt16 DEFAULT 0 AFTER vetted,
    ADD COLUMN IF NOT EXISTS counted String DEFAULT '' AFTER key_version,
    ADD COLUMN IF NOT EXISTS order_context String DEFAULT '' CODEC(ZSTD(3)) AFTER counted,
    ADD COLUMN IF NOT EXISTS session_after String DEFAULT '' CODEC(ZSTD(3)) AFTER session_events;

ALTER TABLE straylight.events_local ON CLUSTER '{cluster}' DROP COLUMN IF EXISTS previous_step, DROP COLUMN IF EXISTS previous_step_2,
    DROP COLUMN IF EXISTS argument_set, DROP COLUMN IF EXISTS destination_kinds, DROP COLUMN IF EXISTS destination_external,
    DROP COLUMN IF EXISTS session_bytes_sent, DROP COLUMN IF EXISTS session_bytes_received, DROP COLUMN IF EXISTS privileges,
    DROP COLUMN IF EXISTS root, DROP COLUMN IF EXISTS flow_values, DROP COLUMN IF EXISTS flow_arguments,
    DROP COLUMN IF EXISTS flow_kinds, DROP COLUMN IF EXISTS flow_sources, DROP COLUMN IF EXISTS flow_roots,
    DROP COLUMN IF EXISTS value_arguments, DROP COLUMN IF EXISTS value_hashes, DROP COLUMN IF EXISTS returns,
    DROP COLUMN IF EXISTS told_fields, DROP COLUMN IF EXISTS time_of_week, DROP COLUMN IF EXISTS privilege_rank,
    DROP COLUMN IF EXISTS credential_age_hours, DROP COLUMN IF EXISTS parent_agent, DROP COLUMN IF EXISTS sources,
    DROP COLUMN IF EXISTS signal_names, DROP COLUMN IF EXISTS signal_levels, DROP COLUMN IF EXISTS closed_measures,
    DROP COLUMN IF EXISTS closed_totals, DROP COLUMN IF EXISTS passed_measures, DROP COLUMN IF EXISTS passed_totals,
    DROP COLUMN IF EXISTS after_windows, DROP COLUMN IF EXISTS after_longest_gap, DROP COLUMN IF EXISTS session_last_time,
    DROP COLUMN IF EXISTS after_step, DROP COLUMN IF EXISTS after_step_2, DROP COLUMN IF EXISTS after_bytes_sent,
    DROP COLUMN IF EXISTS after_bytes_received, DROP COLUMN IF EXISTS after_calls_from,
    DROP COLUMN IF EXISTS after_requests_from, DROP COLUMN IF EXISTS after_values;

ALTER TABLE straylight.events ON CLUSTER '{cluster}' DROP COLUMN IF EXISTS previous_step, DROP COLUMN IF EXISTS previous_step_2,
    DROP COLUMN IF EXISTS argument_set, DROP COLUMN IF EXISTS destination_kinds, DROP COLUMN IF EXISTS destination_external,
    DROP COLUMN IF EXISTS session_bytes_sent, DROP COLUMN IF EXISTS session_bytes_received, DROP COLUMN IF EXISTS privileges,
    DROP COLUMN IF EXISTS root, DROP COLUMN IF EXISTS flow_values, DROP COLUMN IF EXISTS flow_arguments,
    DROP COLUMN IF EXISTS flow_kinds, DROP COLUMN IF EXISTS flow_sources, DROP COLUMN IF EXISTS flow_roots,
    DROP COLUMN IF EXISTS value_arguments, DROP COLUMN IF EXISTS value_hashes, DROP COLUMN IF EXISTS returns,
    DROP COLUMN IF EXISTS told_fields, DROP COLUMN IF EXISTS time_of_week, DROP COLUMN IF EXISTS privilege_rank,
    DROP COLUMN IF EXISTS credential_age_hours, DROP COLUMN IF EXISTS parent_agent, DROP COLUMN IF EXISTS sources,
    DROP COLUMN IF EXISTS signal_names, DROP COLUMN IF EXISTS signal_levels, DROP COLUMN IF EXISTS closed_measures,
    DROP COLUMN IF EXISTS closed_totals, DROP COLUMN IF EXISTS passed_measures, DROP COLUMN IF EXISTS passed_totals,
    DROP COLUMN IF EXISTS after_windows, DROP COLUMN IF EXISTS after_longest_gap, DROP COLUMN IF EXISTS session_last_time,
    DROP COLUMN IF EXISTS after_step, DROP COLUMN IF EXISTS after_step_2, DROP COLUMN IF EXISTS after_bytes_sent,
    DROP COLUMN IF EXISTS after_bytes_received, DROP COLUMN IF EXISTS after_calls_from,
    DROP COLUMN IF EXISTS after_requests_from, DROP COLUMN IF EXISTS after_values;

CREATE VIEW IF NOT EXISTS straylight.learnt_events ON CLUSTER '{cluster}' AS
SELECT tenant, agent, session, event_id, time, toDate(time, 'UTC') AS day, toStartOfHour(time, 'UTC') AS hour_start,
    system, step, destination_keys, bytes_sent, bytes_received, records, outcome
FROM straylight.events FINAL
WHERE (tenant, agent, hour, source_topic, source_partition, source_offset, source_index) NOT IN (
    SELECT tenant, agent, hour, source_topic, source_partition, source_offset, source_index
    FROM straylight.held_out FINAL WHERE state IN ('held', 'confirmed'));

CREATE VIEW IF NOT EXISTS straylight.agent_actions ON CLUSTER '{cluster}' AS
SELECT tenant, agent, system, step, first_time, last_time, days, events, share, peer_group,
    if(peer_group = '', 0, greatest(doing, 1) - 1) AS peers_that_do, if(peer_group = '', 0, greatest(size, 1) - 1) AS peers
FROM (
    SELECT tenant, agent, system, step, first_time, last_time, days, events, share, peer_group
    FROM (
        SELECT tenant, agent, system, step, min(time) AS first_time, max(time) AS last_time, uniqExact(day) AS days,
            count() AS events, events / sum(events) OVER (PARTITION BY tenant, agent) AS share
        FROM straylight.learnt_events
        GROUP BY tenant, agent, system, step
    ) AS done
    LEFT JOIN (
        SELECT tenant, agent, peer_group FROM straylight.agent_groups FINAL
        WHERE knowledge_version = (SELECT max(knowledge_version) FROM straylight.agent_groups)
    ) AS placed USING (tenant, agent)
) AS own
LEFT JOIN (
    SELECT tenant, peer_group, system, step, uniqExact(agent) AS doing
    FROM (SELECT DISTINCT tenant, agent, system, step FROM straylight.learnt_events) AS any_done
    INNER JOIN (
        SELECT tenant, agent, peer_group FROM straylight.agent_groups FINAL
        WHERE knowledge_version = (SELECT max(knowledge_version) FROM straylight.agent_groups)
    ) AS placed_peers USING (tenant, agent)
    GROUP BY tenant, peer_group, system, step
) AS peers_doing USING (tenant, peer_group, system, step)
LEFT JOIN (
    SELECT tenant, peer_group, count() AS size FROM straylight.agent_groups FINAL
    WHERE knowledge_version = (SELECT max(knowledge_version) FROM straylight.agent_groups)
    GROUP BY tenant, peer_group
) AS sizes USING (tenant, peer_group);

CREATE VIEW IF NOT EXISTS straylight.agent_destinations ON CLUSTER '{cluster}' AS
SELECT tenant, agent, destination, min(time) AS first_time, max(time) AS last_time, uniqExact(day) AS days, count() AS events,
    sum(ifNull(bytes_sent, 0)) AS sent
FROM (SELECT tenant, agent, time, day, bytes_sent, arrayJoin(arrayDistinct(destination_keys)) AS destination FROM straylight.learnt_events)
GROUP BY tenant, agent, destination;

CREATE VIEW IF NOT EXISTS straylight.agent_hour_volumes ON CLUSTER '{cluster}' AS
SELECT tenant, agent, hour_start, count() AS calls, sum(ifNull(bytes_sent, 0)) AS sent, sum(ifNull(bytes_received, 0)) AS received,
    sum(ifNull(learnt_events.records, 0)) AS records
FROM straylight.learnt_events
GROUP BY tenant, agent, hour_start;

CREATE VIEW IF NOT EXISTS straylight.agent_day_volumes ON CLUSTER '{cluster}' AS
SELECT tenant, agent, day, count() AS calls, sum(ifNull(bytes_sent, 0)) AS sent, sum(ifNull(bytes_received, 0)) AS received,
    sum(ifNull(learnt_events.records, 0)) AS records
FROM straylight.learnt_events
GROUP BY tenant, agent, day;

CREATE VIEW IF NOT EXISTS straylight.agent_volumes ON CLUSTER '{cluster}' AS
SELECT tenant, agent, period, count() AS periods,
    quantileExact(0.5)(calls) AS calls_median, quantileExact(0.99)(calls) AS calls_p99, max(calls) AS calls_max,
    quantileExact(0.5)(sent) AS sent_median, quantileExact(0.99)(sent) AS sent_p99, max(sent) AS sent_max,
    quantileExact(0.5)(received) AS received_median, quantileExact(0.99)(received) AS received_p99, max(received) AS received_max,
    quantileExact(0.5)(records) AS records_median, quantileExact(0.99)(records) AS records_p99, max(records) AS records_max
FROM (
    SELECT tenant, agent, 'hour' AS period, calls, sent, received, records FROM straylight.agent_hour_volumes
    UNION ALL
    SELECT tenant, agent, 'day' AS period, calls, sent, received, records FROM straylight.agent_day_volumes
)
GROUP BY tenant, agent, period;

ALTER TABLE straylight.alerts_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS owner String DEFAULT JSONExtractString(record, 'owner'),
    ADD COLUMN IF NOT EXISTS tier LowCardinality(String) DEFAULT JSONExtractString(record, 'tier'),
    ADD COLUMN IF NOT EXISTS summary String DEFAULT JSONExtractString(record, 'summary'),
    ADD COLUMN IF NOT EXISTS opened_at Int64 DEFAULT JSONExtractInt(record, 'opened_at'),
    ADD COLUMN IF NOT EXISTS first_seen Int64 DEFAULT JSONExtractInt(record, 'first_seen'),
    ADD COLUMN IF NOT EXISTS evidence_at Int64 DEFAULT JSONExtractInt(record, 'evidence_at'),
    ADD COLUMN IF NOT EXISTS closed_at Int64 DEFAULT JSONExtractInt(record, 'closed_at'),
    ADD COLUMN IF NOT EXISTS close_reason LowCardinality(String) DEFAULT JSONExtractString(record, 'close_reason'),
    ADD COLUMN IF NOT EXISTS finding_count UInt32 DEFAULT JSONExtractUInt(record, 'finding_count'),
    ADD COLUMN IF NOT EXISTS score Float64
        DEFAULT arrayMax(arrayMap(finding -> JSONExtractFloat(finding, 'score'), JSONExtractArrayRaw(record, 'findings'))),
    ADD COLUMN IF NOT EXISTS limited_by String DEFAULT JSONExtractString(record, 'response_limited_by'),
    ADD COLUMN IF NOT EXISTS command_id String DEFAULT JSONExtractString(record, 'command', 'id'),
    ADD COLUMN IF NOT EXISTS approval_deadline Int64 DEFAULT JSONExtractInt(record, 'approval_deadline'),
    ADD COLUMN IF NOT EXISTS hold_until Int64 DEFAULT if(JSONExtractString(record, 'command', 'hold', 'release') = 'manual', 4102444800000,
        toUnixTimestamp64Milli(parseDateTime64BestEffortOrZero(JSONExtractString(record, 'command', 'hold', 'deny_reissue_until'), 3, 'UTC'))),
    ADD COLUMN IF NOT EXISTS verdict_answer LowCardinality(String) DEFAULT JSONExtractString(record, 'verdicts', -1, 'answer'),
    ADD COLUMN IF NOT EXISTS verdict_issuer String DEFAULT JSONExtractString(record, 'verdicts', -1, 'issuer'),
    ADD COLUMN IF NOT EXISTS verdict_at Int64 DEFAULT JSONExtractInt(record, 'verdicts', -1, 'time');

ALTER TABLE straylight.alerts ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS owner String DEFAULT JSONExtractString(record, 'owner'),
    ADD COLUMN IF NOT EXISTS tier LowCardinality(String) DEFAULT JSONExtractString(record, 'tier'),
    ADD COLUMN IF NOT EXISTS summary String DEFAULT JSONExtractString(record, 'summary'),
    ADD COLUMN IF NOT EXISTS opened_at Int64 DEFAULT JSONExtractInt(record, 'opened_at'),
    ADD COLUMN IF NOT EXISTS first_seen Int64 DEFAULT JSONExtractInt(record, 'first_seen'),
    ADD COLUMN IF NOT EXISTS evidence_at Int64 DEFAULT JSONExtractInt(record, 'evidence_at'),
    ADD COLUMN IF NOT EXISTS closed_at Int64 DEFAULT JSONExtractInt(record, 'closed_at'),
    ADD COLUMN IF NOT EXISTS close_reason LowCardinality(String) DEFAULT JSONExtractString(record, 'close_reason'),
    ADD COLUMN IF NOT EXISTS finding_count UInt32 DEFAULT JSONExtractUInt(record, 'finding_count'),
    ADD COLUMN IF NOT EXISTS score Float64
        DEFAULT arrayMax(arrayMap(finding -> JSONExtractFloat(finding, 'score'), JSONExtractArrayRaw(record, 'findings'))),
    ADD COLUMN IF NOT EXISTS limited_by String DEFAULT JSONExtractString(record, 'response_limited_by'),
    ADD COLUMN IF NOT EXISTS command_id String DEFAULT JSONExtractString(record, 'command', 'id'),
    ADD COLUMN IF NOT EXISTS approval_deadline Int64 DEFAULT JSONExtractInt(record, 'approval_deadline'),
    ADD COLUMN IF NOT EXISTS hold_until Int64 DEFAULT if(JSONExtractString(record, 'command', 'hold', 'release') = 'manual', 4102444800000,
        toUnixTimestamp64Milli(parseDateTime64BestEffortOrZero(JSONExtractString(record, 'command', 'hold', 'deny_reissue_until'), 3, 'UTC'))),
    ADD COLUMN IF NOT EXISTS verdict_answer LowCardinality(String) DEFAULT JSONExtractString(record, 'verdicts', -1, 'answer'),
    ADD COLUMN IF NOT EXISTS verdict_issuer String DEFAULT JSONExtractString(record, 'verdicts', -1, 'issuer'),
    ADD COLUMN IF NOT EXISTS verdict_at Int64 DEFAULT JSONExtractInt(record, 'verdicts', -1, 'time');

CREATE TABLE IF NOT EXISTS straylight.latest_alerts_local ON CLUSTER '{cluster}'
(
    tenant LowCardinality(String),
    agent String,
    id String,
    revision UInt32,
    log_time DateTime64(3, 'UTC'),
    time DateTime64(3, 'UTC'),
    state LowCardinality(String),
    severity LowCardinality(String),
    cause LowCardinality(String),
    target String,
    response LowCardinality(String),
    command_state LowCardinality(String),
    owner String,
    tier LowCardinality(String),
    summary String,
    opened_at Int64,
    first_seen Int64,
    evidence_at Int64,
    closed_at Int64,
    close_reason LowCardinality(String),
    finding_count UInt32,
    score Float64,
    limited_by String,
    command_id String,
    approval_deadline Int64,
    hold_until Int64,
    verdict_answer LowCardinality(String),
    verdict_issuer String,
    verdict_at Int64,
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', revision)
ORDER BY (tenant, id)
TTL stored_at + INTERVAL 400 DAY;

CREATE TABLE IF NOT EXISTS straylight.latest_alerts ON CLUSTER '{cluster}' AS straylight.latest_alerts_local
ENGINE = Distributed('{cluster}', 'straylight', 'latest_alerts_local', sipHash64(tenant, agent));

CREATE MATERIALIZED VIEW IF NOT EXISTS straylight.latest_alerts_copy ON CLUSTER '{cluster}' TO straylight.latest_alerts_local AS
SELECT tenant, agent, id, revision, log_time, time, state, severity, cause, target, response, command_state, owner, tier, summary, opened_at,
    first_seen, evidence_at, closed_at, close_reason, finding_count, score, limited_by, command_id, approval_deadline, hold_until, verdict_answer,
    verdict_issuer, verdict_at
FROM straylight.alerts_local WHERE tier != '';

INSERT INTO straylight.latest_alerts (tenant, agent, id, revision, log_time, time, state, severity, cause, target, response, command_state, owner, tier,
    summary, opened_at, first_seen, evidence_at, closed_at, close_reason, finding_count, score, limited_by, command_id, approval_deadline,
    hold_until, verdict_answer, verdict_issuer, verdict_at)
SELECT tenant, agent, id, revision, log_time, time, state, severity, cause, target, response, command_state, owner, tier, summary, opened_at,
    first_seen, evidence_at, closed_at, close_reason, finding_count, score, limited_by, command_id, approval_deadline, hold_until, verdict_answer,
    verdict_issuer, verdict_at
FROM straylight.alerts WHERE tier != '';

CREATE TABLE IF NOT EXISTS straylight.agent_totals_local ON CLUSTER '{cluster}'
(
    tenant LowCardinality(String),
    agent String,
    until_hour UInt32,
    families Array(UInt8),
    contexts Array(UInt64),
    keys Array(UInt64),
    counts Array(UInt64),
    events UInt64,
    fingerprint UInt64,
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (tenant, agent)
TTL stored_at + INTERVAL 180 DAY
SETTINGS index_granularity = 128;

CREATE TABLE IF NOT EXISTS straylight.agent_totals ON CLUSTER '{cluster}' AS straylight.agent_totals_local
ENGINE = Distributed('{cluster}', 'straylight', 'agent_totals_local', sipHash64(tenant, agent));

CREATE TABLE IF NOT EXISTS straylight.assignees_local ON CLUSTER '{cluster}'
(
    log_partition Int32,
    log_offset UInt64,
    log_time DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    agent String,
    alert_id String,
    assignee String,
    assigned_by String,
    assigned_at Int64,
    record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', log_time)
ORDER BY (tenant, alert_id)
TTL stored_at + INTERVAL 400 DAY;

CREATE TABLE IF NOT EXISTS straylight.assignees ON CLUSTER '{cluster}' AS straylight.assignees_local
ENGINE = Distributed('{cluster}', 'straylight', 'assignees_local', sipHash64(tenant, agent));

CREATE TABLE IF NOT EXISTS straylight.alert_list_local ON CLUSTER '{cluster}'
(
    tenant LowCardinality(String),
    agent String,
    id String,
    revision UInt32,
    log_time DateTime64(3, 'UTC'),
    time DateTime64(3, 'UTC'),
    state LowCardinality(String),
    severity LowCardinality(String),
    cause LowCardinality(String),
    target String,
    response LowCardinality(String),
    command_state LowCardinality(String),
    owner String,
    tier LowCardinality(String),
    summary String,
    opened_at Int64,
    first_seen Int64,
    evidence_at Int64,
    closed_at Int64,
    close_reason LowCardinality(String),
    finding_count UInt32,
    score Float64,
    limited_by String,
    command_id String,
    approval_deadline Int64,
    hold_until Int64,
    verdict_answer LowCardinality(String),
    verdict_issuer String,
    verdict_at Int64,
    sessions Array(String),
    command_record String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now(),
    INDEX states state TYPE set(8) GRANULARITY 1,
    INDEX tenants tenant TYPE set(64) GRANULARITY 1,
    INDEX command_states command_state TYPE set(16) GRANULARITY 1,
    INDEX agents agent TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX targets target TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ids id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX log_times log_time TYPE minmax GRANULARITY 1,
    INDEX holds hold_until TYPE minmax GRANULARITY 1,
    INDEX stored stored_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', revision)
ORDER BY (-opened_at, tenant, id)
TTL stored_at + INTERVAL 400 DAY
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS straylight.alert_list ON CLUSTER '{cluster}' AS straylight.alert_list_local
ENGINE = Distributed('{cluster}', 'straylight', 'alert_list_local', sipHash64(tenant, agent));

CREATE MATERIALIZED VIEW IF NOT EXISTS straylight.alert_list_copy ON CLUSTER '{cluster}' TO straylight.alert_list_local AS
SELECT tenant, agent, id, revision, log_time, time, state, severity, cause, target, response, command_state, owner, tier, summary, opened_at, first_seen, evidence_at, closed_at, close_reason, finding_count, score, limited_by, command_id, approval_deadline, hold_until, verdict_answer, verdict_issuer, verdict_at, arrayDistinct(arrayMap(finding -> JSONExtractString(finding, 'session'), JSONExtractArrayRaw(record, 'findings'))) AS sessions, if(command_id != '', record, '') AS command_record
FROM straylight.alerts_local WHERE tier != '';

INSERT INTO straylight.alert_list (tenant, agent, id, revision, log_time, time, state, severity, cause, target, response, command_state, owner, tier, summary,
    opened_at, first_seen, evidence_at, closed_at, close_reason, finding_count, score, limited_by, command_id, approval_deadline, hold_until,
    verdict_answer, verdict_issuer, verdict_at, sessions, command_record)
SELECT tenant, agent, id, revision, log_time, time, state, severity, cause, target, response, command_state, owner, tier, summary, opened_at,
    first_seen, evidence_at, closed_at, close_reason, finding_count, score, limited_by, command_id, approval_deadline, hold_until, verdict_answer,
    verdict_issuer, verdict_at, arrayDistinct(arrayMap(finding -> JSONExtractString(finding, 'session'), JSONExtractArrayRaw(record, 'findings'))),
    if(command_id != '', record, '')
FROM straylight.alerts WHERE tier != '';

DROP VIEW IF EXISTS straylight.latest_alerts_copy ON CLUSTER '{cluster}';

DROP TABLE IF EXISTS straylight.latest_alerts ON CLUSTER '{cluster}';

DROP TABLE IF EXISTS straylight.latest_alerts_local ON CLUSTER '{cluster}';

ALTER TABLE straylight.results_local ON CLUSTER '{cluster}' ADD INDEX IF NOT EXISTS commands command_id TYPE bloom_filter(0.01) GRANULARITY 1;

ALTER TABLE straylight.verdicts_local ON CLUSTER '{cluster}' ADD INDEX IF NOT EXISTS alerts alert_id TYPE bloom_filter(0.01) GRANULARITY 1;

ALTER TABLE straylight.results_local ON CLUSTER '{cluster}' MATERIALIZE INDEX IF EXISTS commands;

ALTER TABLE straylight.verdicts_local ON CLUSTER '{cluster}' MATERIALIZE INDEX IF EXISTS alerts;

CREATE TABLE IF NOT EXISTS straylight.agent_sightings_local ON CLUSTER '{cluster}'
(
    tenant LowCardinality(String),
    agent String,
    events SimpleAggregateFunction(sum, UInt64),
    first_time SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_time SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    stored_at SimpleAggregateFunction(max, DateTime('UTC')),
    INDEX stored stored_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (tenant, agent)
TTL stored_at + INTERVAL 180 DAY
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS straylight.agent_sightings ON CLUSTER '{cluster}' AS straylight.agent_sightings_local
ENGINE = Distributed('{cluster}', 'straylight', 'agent_sightings_local', sipHash64(tenant, agent));

TRUNCATE TABLE IF EXISTS straylight.agent_sightings_local ON CLUSTER '{cluster}';

INSERT INTO straylight.agent_sightings (tenant, agent, events, first_time, last_time, stored_at)
SELECT tenant, agent, count(), min(time), max(time), max(stored_at) FROM straylight.events
WHERE (SELECT count() FROM straylight.agent_sightings) = 0 GROUP BY tenant, agent;

CREATE MATERIALIZED VIEW IF NOT EXISTS straylight.agent_sightings_copy ON CLUSTER '{cluster}' TO straylight.agent_sightings_local AS
SELECT tenant, agent, count() AS events, min(time) AS first_time, max(time) AS last_time, now() AS stored_at
FROM straylight.events_local GROUP BY tenant, agent;

CREATE TABLE IF NOT EXISTS straylight.agent_risk_days_local ON CLUSTER '{cluster}'
(
    tenant LowCardinality(String),
    agent String,
    day Date,
    risk SimpleAggregateFunction(max, Float64),
    stored_at SimpleAggregateFunction(max, DateTime('UTC'))
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (day, tenant, agent)
TTL stored_at + INTERVAL 30 DAY
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS straylight.agent_risk_days ON CLUSTER '{cluster}' AS straylight.agent_risk_days_local
ENGINE = Distributed('{cluster}', 'straylight', 'agent_risk_days_local', sipHash64(tenant, agent));

INSERT INTO straylight.agent_risk_days (tenant, agent, day, risk, stored_at)
SELECT tenant, agent, toDate(least(ended_at, log_time), 'UTC') AS day, max(highest_risk), max(stored_at) FROM straylight.sessions GROUP BY tenant, agent, day;

CREATE MATERIALIZED VIEW IF NOT EXISTS straylight.agent_risk_days_copy ON CLUSTER '{cluster}' TO straylight.agent_risk_days_local AS
SELECT tenant, agent, toDate(least(ended_at, log_time), 'UTC') AS day, max(highest_risk) AS risk, now() AS stored_at
FROM straylight.sessions_local GROUP BY tenant, agent, day;

CREATE TABLE IF NOT EXISTS straylight.session_weeks ON CLUSTER '{cluster}'
(
    tenant LowCardinality(String),
    week Date,
    sessions AggregateFunction(uniqCombined64(14), UInt64),
    stored_at SimpleAggregateFunction(max, DateTime('UTC'))
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}')
ORDER BY (week, tenant)
TTL stored_at + INTERVAL 180 DAY;

INSERT INTO straylight.session_weeks (tenant, week, sessions, stored_at)
SELECT tenant, toStartOfWeek(log_time, 1, 'UTC') AS week, uniqCombined64State(14)(sipHash64(agent, session, started_at)), max(stored_at) FROM straylight.sessions GROUP BY tenant, week;

CREATE MATERIALIZED VIEW IF NOT EXISTS straylight.session_weeks_copy ON CLUSTER '{cluster}' TO straylight.session_weeks AS
SELECT tenant, toStartOfWeek(log_time, 1, 'UTC') AS week, uniqCombined64State(14)(sipHash64(agent, session, started_at)) AS sessions, now() AS stored_at
FROM straylight.sessions_local GROUP BY tenant, week;

CREATE TABLE IF NOT EXISTS straylight.alerted_sessions_local ON CLUSTER '{cluster}'
(
    tenant LowCardinality(String),
    agent String,
    week Date,
    session String,
    p_value SimpleAggregateFunction(min, Float64),
    stored_at SimpleAggregateFunction(max, DateTime('UTC'))
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (week, tenant, agent, session)
TTL stored_at + INTERVAL 180 DAY;

CREATE TABLE IF NOT EXISTS straylight.alerted_sessions ON CLUSTER '{cluster}' AS straylight.alerted_sessions_local
ENGINE = Distributed('{cluster}', 'straylight', 'alerted_sessions_local', sipHash64(tenant, agent));

INSERT INTO straylight.alerted_sessions (tenant, agent, week, session, p_value, stored_at)
SELECT tenant, agent, toStartOfWeek(log_time, 1, 'UTC') AS week, session, min(JSONExtractFloat(record, 'p_value')), max(stored_at) FROM straylight.findings WHERE JSONExtractFloat(record, 'p_value') <= 0.2 AND NOT JSONHas(record, 'suppressed') GROUP BY tenant, agent, week, session;

CREATE MATERIALIZED VIEW IF NOT EXISTS straylight.alerted_sessions_copy ON CLUSTER '{cluster}' TO straylight.alerted_sessions_local AS
SELECT tenant, agent, toStartOfWeek(log_time, 1, 'UTC') AS week, session, min(JSONExtractFloat(record, 'p_value')) AS p_value, now() AS stored_at
FROM straylight.findings_local WHERE JSONExtractFloat(record, 'p_value') <= 0.2 AND NOT JSONHas(record, 'suppressed') GROUP BY tenant, agent, week, session;

CREATE TABLE IF NOT EXISTS straylight.agent_uses_local ON CLUSTER '{cluster}'
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
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (tenant, agent, kind, name, system)
TTL stored_at + INTERVAL 180 DAY
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS straylight.agent_uses ON CLUSTER '{cluster}' AS straylight.agent_uses_local
ENGINE = Distributed('{cluster}', 'straylight', 'agent_uses_local', sipHash64(tenant, agent));

INSERT INTO straylight.agent_uses (tenant, agent, kind, name, system, first_time, last_time, stored_at)
SELECT tenant, agent, 'step' AS kind, step AS name, system, min(time), max(time), max(stored_at) FROM straylight.events GROUP BY tenant, agent, name, system;

INSERT INTO straylight.agent_uses (tenant, agent, kind, name, system, first_time, last_time, stored_at)
SELECT tenant, agent, 'destination' AS kind, arrayJoin(arrayDistinct(destination_keys)) AS name, '' AS system, min(time), max(time), max(stored_at) FROM straylight.events GROUP BY tenant, agent, name;

CREATE MATERIALIZED VIEW IF NOT EXISTS straylight.agent_steps_copy ON CLUSTER '{cluster}' TO straylight.agent_uses_local AS
SELECT tenant, agent, 'step' AS kind, step AS name, system, min(time) AS first_time, max(time) AS last_time, now() AS stored_at
FROM straylight.events_local GROUP BY tenant, agent, name, system;

CREATE MATERIALIZED VIEW IF NOT EXISTS straylight.agent_destinations_copy ON CLUSTER '{cluster}' TO straylight.agent_uses_local AS
SELECT tenant, agent, 'destination' AS kind, arrayJoin(arrayDistinct(destination_keys)) AS name, '' AS system, min(time) AS first_time, max(time) AS last_time, now() AS stored_at
FROM straylight.events_local GROUP BY tenant, agent, name;

CREATE MATERIALIZED VIEW IF NOT EXISTS straylight.agent_finding_risks_copy ON CLUSTER '{cluster}' TO straylight.agent_risk_days_local AS
SELECT tenant, agent, toDate(least(time, log_time), 'UTC') AS day, max(risk) AS risk, now() AS stored_at
FROM straylight.findings_local WHERE cause NOT IN ('silent_agent', 'silent_source') AND NOT (cause = 'credential_shared' AND severity = 'low') GROUP BY tenant, agent, day;

INSERT INTO straylight.agent_risk_days (tenant, agent, day, risk, stored_at)
SELECT tenant, agent, toDate(least(time, log_time), 'UTC') AS day, max(risk), max(stored_at) FROM straylight.findings WHERE log_time > now() - INTERVAL 30 DAY AND cause NOT IN ('silent_agent', 'silent_source') AND NOT (cause = 'credential_shared' AND severity = 'low') GROUP BY tenant, agent, day;

CREATE TABLE IF NOT EXISTS straylight.sent_commands_local ON CLUSTER '{cluster}'
(
    tenant LowCardinality(String),
    agent String,
    id String,
    alert_id String,
    sent_at Int64,
    action LowCardinality(String),
    match LowCardinality(String),
    credential String,
    session String,
    holder String,
    hold_until Int64,
    release LowCardinality(String),
    reply_until Int64,
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (-sent_at, tenant, id)
TTL stored_at + INTERVAL 400 DAY
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS straylight.sent_commands ON CLUSTER '{cluster}' AS straylight.sent_commands_local
ENGINE = Distributed('{cluster}', 'straylight', 'sent_commands_local', sipHash64(tenant, agent));

CREATE MATERIALIZED VIEW IF NOT EXISTS straylight.sent_commands_copy ON CLUSTER '{cluster}' TO straylight.sent_commands_local AS
SELECT tenant, agent, id, alert_id, toUnixTimestamp64Milli(log_time) AS sent_at,
    JSONExtractString(record, 'action') AS action, JSONExtractString(record, 'scope', 'match') AS match,
    JSONExtractString(record, 'subject', 'credential_id') AS credential, JSONExtractString(record, 'subject', 'session_id') AS session,
    JSONExtractString(record, 'precondition', 'holder_agent_id') AS holder,
    toUnixTimestamp64Milli(parseDateTime64BestEffortOrZero(JSONExtractString(record, 'hold', 'deny_reissue_until'), 3, 'UTC')) AS hold_until,
    JSONExtractString(record, 'hold', 'release') AS release,
    toUnixTimestamp64Milli(parseDateTime64BestEffortOrZero(JSONExtractString(record, 'reply', 'deadline'), 3, 'UTC')) AS reply_until, now() AS stored_at
FROM straylight.revocations_local WHERE mode = 'enforce';

INSERT INTO straylight.sent_commands (tenant, agent, id, alert_id, sent_at, action, match, credential, session, holder, hold_until, release, reply_until, stored_at)
SELECT tenant, agent, id, alert_id, toUnixTimestamp64Milli(log_time), JSONExtractString(record, 'action'),
    JSONExtractString(record, 'scope', 'match'), JSONExtractString(record, 'subject', 'credential_id'), JSONExtractString(record, 'subject', 'session_id'),
    JSONExtractString(record, 'precondition', 'holder_agent_id'),
    toUnixTimestamp64Milli(parseDateTime64BestEffortOrZero(JSONExtractString(record, 'hold', 'deny_reissue_until'), 3, 'UTC')),
    JSONExtractString(record, 'hold', 'release'),
    toUnixTimestamp64Milli(parseDateTime64BestEffortOrZero(JSONExtractString(record, 'reply', 'deadline'), 3, 'UTC')), stored_at
FROM straylight.revocations WHERE mode = 'enforce';

CREATE TABLE IF NOT EXISTS straylight.command_answers_local ON CLUSTER '{cluster}'
(
    tenant LowCardinality(String),
    agent String,
    day Date,
    command_id String,
    took SimpleAggregateFunction(max, UInt8),
    obeyed SimpleAggregateFunction(max, UInt8),
    stored_at SimpleAggregateFunction(max, DateTime('UTC'))
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (day, tenant, command_id, agent)
TTL stored_at + INTERVAL 400 DAY
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS straylight.command_answers ON CLUSTER '{cluster}' AS straylight.command_answers_local
ENGINE = Distributed('{cluster}', 'straylight', 'command_answers_local', sipHash64(tenant, agent));

CREATE MATERIALIZED VIEW IF NOT EXISTS straylight.command_answers_copy ON CLUSTER '{cluster}' TO straylight.command_answers_local AS
SELECT tenant, agent, toDate(log_time, 'UTC') AS day, command_id, max(status_code = 'applied' AND JSONExtractInt(record, 'status_id') = 1) AS took,
    max(status_code IN ('applied', 'already_applied') AND JSONExtractInt(record, 'status_id') = 1) AS obeyed, now() AS stored_at
FROM straylight.results_local GROUP BY tenant, agent, day, command_id;

INSERT INTO straylight.command_answers (tenant, agent, day, command_id, took, obeyed, stored_at)
SELECT tenant, agent, toDate(log_time, 'UTC') AS day, command_id, max(status_code = 'applied' AND JSONExtractInt(record, 'status_id') = 1),
    max(status_code IN ('applied', 'already_applied') AND JSONExtractInt(record, 'status_id') = 1), max(stored_at)
FROM straylight.results GROUP BY tenant, agent, day, command_id;

CREATE TABLE IF NOT EXISTS straylight.alert_marks_local ON CLUSTER '{cluster}'
(
    tenant LowCardinality(String),
    kind LowCardinality(String),
    name String,
    agent String,
    opened_at Int64,
    id String,
    cause LowCardinality(String),
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (tenant, kind, name, -opened_at, id)
TTL stored_at + INTERVAL 400 DAY
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS straylight.alert_marks ON CLUSTER '{cluster}' AS straylight.alert_marks_local
ENGINE = Distributed('{cluster}', 'straylight', 'alert_marks_local', sipHash64(tenant, agent));

CREATE MATERIALIZED VIEW IF NOT EXISTS straylight.alert_marks_copy ON CLUSTER '{cluster}' TO straylight.alert_marks_local AS
SELECT tenant, arrayJoin(['agent', 'target']) AS kind, if(kind = 'agent', agent, target) AS name, agent, opened_at, id, cause, now() AS stored_at
FROM straylight.alerts_local WHERE tier != '';

INSERT INTO straylight.alert_marks (tenant, kind, name, agent, opened_at, id, cause, stored_at)
SELECT tenant, arrayJoin(['agent', 'target']) AS kind, if(kind = 'agent', agent, target) AS name, agent, opened_at, id, cause, stored_at
FROM straylight.alert_list;

ALTER TABLE straylight.events_local ON CLUSTER '{cluster}' MODIFY SETTING min_compress_block_size = 16384;

ALTER TABLE straylight.alerts_local ON CLUSTER '{cluster}' MODIFY SETTING min_compress_block_size = 16384;

ALTER TABLE straylight.alert_list_local ON CLUSTER '{cluster}' MODIFY SETTING min_compress_block_size = 16384;

ALTER TABLE straylight.findings_local ON CLUSTER '{cluster}' MODIFY SETTING min_compress_block_size = 16384;

ALTER TABLE straylight.sessions_local ON CLUSTER '{cluster}' MODIFY SETTING min_compress_block_size = 16384;
