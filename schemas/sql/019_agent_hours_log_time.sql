-- agent_hours.first_log_time, last_log_time: when the log took the first and the last of an hour's events; and vetted = 2.
--
-- Who writes: counting, with the rest of the row. Live events that the log took more than an hour after the time they claim stand in a
-- row of their own (vetted = 2), so that honest events of the same hour do not wait for them.
-- Who reads: shared levels, groups and the agents that count. Such a row is learnt by others once the log has had it for as long as others
-- must age: the time of an event is what its sender wrote. Rows counted before are counted again where they hold such events.
ALTER TABLE agent_hours ADD COLUMN IF NOT EXISTS first_log_time DateTime64(3, 'UTC') DEFAULT first_time AFTER last_time,
    ADD COLUMN IF NOT EXISTS last_log_time DateTime64(3, 'UTC') DEFAULT last_time AFTER first_log_time;
