-- events: one row an event, however often it is stored.
--
-- Who writes: baseline, from agent.events.v1 and from imported history. Who reads: counting (agent_hours), the rebuilding
-- of agents' clocks, training, `explain`, the console.
--
-- Engine and key. ReplacingMergeTree keeps the last of the rows with one key. The end of the key is the source position,
-- which never repeats, so a batch stored twice is the same rows again; tenant, agent and hour are functions of the event
-- and stand in front because every query names an agent, an hour or both. Agent before hour: the clock of one agent is
-- rebuilt far more often than an hour is counted (which costs 98 against 66 ms at 10 M rows this way round).
-- Imported history has no place in agent.audit.v1: its topic is 'history' and its offset a hash of tenant, id and content,
-- so the same file imported twice is the same rows as well.
-- Readers say FINAL: rows stored twice stay two until a merge, which may never come.
--
-- No partitions by time: a shipper may send any time from 2000 to 2100, and one batch with more than a hundred months
-- would be refused as a whole.
--
-- Retention: 180 days from storing (six half-lives: 1/64 of the weight), not from the event's own time, since history and
-- replayed files are old when they come. agent_hours lives as long, so an hour is never counted from what has expired.
--
-- Arrays hold plain strings: a dictionary a column costs 4 of 24 µs a row of an insert, for a twentieth of the room.
--
-- NULL is unknown and switches off what needs it; it is never zero.
CREATE TABLE IF NOT EXISTS events
(
    tenant LowCardinality(String),
    agent String,
    -- Hours since 1970 UTC of the event's time: the unit of counting.
    hour UInt32,

    source_topic LowCardinality(String),
    source_partition UInt32,
    source_offset UInt64,
    source_index UInt32,

    -- Place in agent.events.v1: the order in which agents' clocks are followed. History: partition -1, in order of import.
    log_partition Int32,
    log_offset Int64,
    log_time DateTime64(3, 'UTC'),
    -- Knowledge in force at that place, as its last marker said; 0 before the first marker, and for history. What judged the
    -- event judged it by this version, so that a score can be worked out again.
    knowledge_version UInt32,

    event_id String,
    time DateTime64(3, 'UTC'),
    -- 1: imported history, learnt at every level at once. 0: live, shared levels wait until it has aged.
    vetted UInt8,

    -- The event's shape (models/src/event-shape.ts), column by field: what counting reads.
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
    -- Where the arguments' values came from (models/src/flow.ts): parallel arrays, one entry a way of a value; which step's
    -- output fed which argument, never the output itself. value_hashes: what the arguments held, hashed by the emitter.
    root LowCardinality(String),
    flow_values Array(UInt8),
    flow_arguments Array(String),
    flow_kinds Array(String),
    flow_sources Array(String),
    flow_roots Array(String),
    value_arguments Array(String),
    value_hashes Array(String),
    returns UInt8,
    -- Older than its agent's clock allowed: previous steps and session totals are off.
    late UInt8,

    -- Circumstances (models/src/event-circumstances.ts): when, with what rights, for whom, from where, and what other guards said.
    time_of_week LowCardinality(String),
    privilege_rank Nullable(UInt8),
    credential_age_hours Nullable(UInt32),
    parent_agent Nullable(String),
    sources Array(String),
    signal_names Array(String),
    signal_levels Array(UInt8),
    -- The agent's windows of 5 minutes, an hour and a day (models/src/activity-windows.ts): totals of those that this event
    -- found full, which are counted once each, and totals that this event took into a higher octave, which are judged.
    closed_measures Array(String),
    closed_totals Array(UInt64),
    passed_measures Array(String),
    passed_totals Array(UInt64),
    -- The windows after this event (JSON), and the agent's longest silence in ms: the last row of an agent rebuilds both.
    after_windows String CODEC(ZSTD(3)),
    after_longest_gap UInt64,

    -- The session after this event, so that the last row of each session rebuilds the agent's clock
    -- (models/src/agent-clock.ts) without reading the others. A late event leaves these as they were.
    session_key String,
    session String,
    session_started_at DateTime64(3, 'UTC'),
    session_last_time DateTime64(3, 'UTC'),
    session_events UInt32,
    after_step LowCardinality(String),
    after_step_2 LowCardinality(String),
    after_bytes_sent UInt64,
    after_bytes_received UInt64,
    -- The session's memory of values is built again from the events that carry some: from which ordinals (session_events) its
    -- calls and requests are remembered, and how it stands (0: none, 1: something is not known, 2: complete).
    bears_values UInt8,
    bears_request UInt8,
    after_calls_from UInt32,
    after_requests_from UInt32,
    after_values UInt8,

    -- The AgentEvent whole (schemas/src/agent-event.ts), JSON.
    event String CODEC(ZSTD(3)),
    stored_at DateTime('UTC') DEFAULT now(),

    -- Counting asks for hours of all agents: skips what lies outside them.
    INDEX hours hour TYPE minmax GRANULARITY 1,
    INDEX ids event_id TYPE bloom_filter GRANULARITY 4
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, agent, hour, source_topic, source_partition, source_offset, source_index)
TTL stored_at + INTERVAL 180 DAY
SETTINGS index_granularity = 1024;
