-- events: a row carries the keys under which its event counts, made by the code that profiles are made with.
--
-- Who writes: baseline (services/baseline/src/count/event-row.ts). Counting adds them up; no feature is written in SQL.
-- counted: whole numbers of 64 bits in base64; first each key's context, a 53-bit SipHash under the deployment's own key with the index of its
-- family (familyNames) in the bits above, then the keys, hashes too, in the same order. `reinterpret(base64Decode(counted), 'Array(UInt64)')`
-- reads it. As lists of numbers they cost the store three times as much to take in.
-- key_version: which code made them (`keyVersion`); 0 for rows of a program before it, which have none. Part of an hour's checksum, so that
-- hours are counted again where keys were made again. `straylight rebuild` makes them again from the events.
ALTER TABLE events ADD COLUMN IF NOT EXISTS key_version UInt16 DEFAULT 0 AFTER vetted,
    ADD COLUMN IF NOT EXISTS counted String DEFAULT '' AFTER key_version,
    ADD COLUMN IF NOT EXISTS order_context String DEFAULT '' CODEC(ZSTD(3)) AFTER counted,
    ADD COLUMN IF NOT EXISTS session_after String DEFAULT '' CODEC(ZSTD(3)) AFTER session_events;
-- order_context: the event's place in its session (`OrderContext` in models/src/event/event-shape.ts), JSON. session_after: its session and its
-- agent's windows after it, JSON; the last row of a session rebuilds the agent's clock. Both replace a column for each of their fields.
ALTER TABLE events DROP COLUMN IF EXISTS previous_step, DROP COLUMN IF EXISTS previous_step_2,
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
