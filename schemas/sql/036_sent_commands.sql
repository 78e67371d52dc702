-- sent_commands: what a command that is to be obeyed takes, of whom, until when: one row a command.
--
-- Who writes: ClickHouse, by the view below, with each row of `revocations`. Who reads: the console, which says what became of the commands of a
-- week, which agents are held, and what was revoked of an agent. Out of `revocations` every record ever stored was unpacked and parsed for that.
-- Engine: ReplacingMergeTree: storing a command twice changes nothing.
-- Order: the newest first: what is asked is of days or weeks. Left out are commands in shadow, which take nothing.
-- agent: whose deeds it is for. holder: whose credential it takes, where that is another's; empty otherwise.
--
-- Retention: 400 days, as revocations.
CREATE TABLE IF NOT EXISTS sent_commands
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
ENGINE = ReplacingMergeTree
ORDER BY (-sent_at, tenant, id)
TTL stored_at + INTERVAL 400 DAY
SETTINGS index_granularity = 1024;
CREATE MATERIALIZED VIEW IF NOT EXISTS sent_commands_copy TO sent_commands AS
SELECT tenant, agent, id, alert_id, toUnixTimestamp64Milli(log_time) AS sent_at,
    JSONExtractString(record, 'action') AS action, JSONExtractString(record, 'scope', 'match') AS match,
    JSONExtractString(record, 'subject', 'credential_id') AS credential, JSONExtractString(record, 'subject', 'session_id') AS session,
    JSONExtractString(record, 'precondition', 'holder_agent_id') AS holder,
    toUnixTimestamp64Milli(parseDateTime64BestEffortOrZero(JSONExtractString(record, 'hold', 'deny_reissue_until'), 3, 'UTC')) AS hold_until,
    JSONExtractString(record, 'hold', 'release') AS release,
    toUnixTimestamp64Milli(parseDateTime64BestEffortOrZero(JSONExtractString(record, 'reply', 'deadline'), 3, 'UTC')) AS reply_until, now() AS stored_at
FROM revocations WHERE mode = 'enforce';
-- Those that were stored before.
INSERT INTO sent_commands (tenant, agent, id, alert_id, sent_at, action, match, credential, session, holder, hold_until, release, reply_until, stored_at)
SELECT tenant, agent, id, alert_id, toUnixTimestamp64Milli(log_time), JSONExtractString(record, 'action'),
    JSONExtractString(record, 'scope', 'match'), JSONExtractString(record, 'subject', 'credential_id'), JSONExtractString(record, 'subject', 'session_id'),
    JSONExtractString(record, 'precondition', 'holder_agent_id'),
    toUnixTimestamp64Milli(parseDateTime64BestEffortOrZero(JSONExtractString(record, 'hold', 'deny_reissue_until'), 3, 'UTC')),
    JSONExtractString(record, 'hold', 'release'),
    toUnixTimestamp64Milli(parseDateTime64BestEffortOrZero(JSONExtractString(record, 'reply', 'deadline'), 3, 'UTC')), stored_at
FROM revocations WHERE mode = 'enforce';
-- command_answers: of each command, whether any answer on a day says that it was done (obeyed), and that it took what it was to take (took).
--
-- Who writes: ClickHouse, by the view below, with each row of `results`. Who reads: the console, beside sent_commands.
-- Engine: AggregatingMergeTree keeps the better answer, so storing one twice changes nothing.
-- Order: the day of log time first, as it is asked: an answer is no older than its command.
--
-- Retention: 400 days, as results.
CREATE TABLE IF NOT EXISTS command_answers
(
    tenant LowCardinality(String),
    agent String,
    day Date,
    command_id String,
    took SimpleAggregateFunction(max, UInt8),
    obeyed SimpleAggregateFunction(max, UInt8),
    stored_at SimpleAggregateFunction(max, DateTime('UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (day, tenant, command_id, agent)
TTL stored_at + INTERVAL 400 DAY
SETTINGS index_granularity = 1024;
CREATE MATERIALIZED VIEW IF NOT EXISTS command_answers_copy TO command_answers AS
SELECT tenant, agent, toDate(log_time, 'UTC') AS day, command_id, max(status_code = 'applied' AND JSONExtractInt(record, 'status_id') = 1) AS took,
    max(status_code IN ('applied', 'already_applied') AND JSONExtractInt(record, 'status_id') = 1) AS obeyed, now() AS stored_at
FROM results GROUP BY tenant, agent, day, command_id;
INSERT INTO command_answers (tenant, agent, day, command_id, took, obeyed, stored_at)
SELECT tenant, agent, toDate(log_time, 'UTC') AS day, command_id, max(status_code = 'applied' AND JSONExtractInt(record, 'status_id') = 1),
    max(status_code IN ('applied', 'already_applied') AND JSONExtractInt(record, 'status_id') = 1), max(stored_at)
FROM results GROUP BY tenant, agent, day, command_id;
-- alert_marks: which alerts each agent has, and which name each target: two rows an alert.
--
-- Who writes: ClickHouse, by the view below, with each row of `alerts`. Who reads: the console, for the alerts of one agent or session, and for
-- those like another. alert_list is ordered by age: one agent's lie far apart there, and finding them looked through the indexes of all.
-- Engine: ReplacingMergeTree: what stands here is the same in every revision of an alert, so storing one twice changes nothing.
-- Order: what is asked for, the newest first, as in alert_list. kind: 'agent' or 'target'; name: of that.
--
-- Retention: 400 days, as alerts.
CREATE TABLE IF NOT EXISTS alert_marks
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
ENGINE = ReplacingMergeTree
ORDER BY (tenant, kind, name, -opened_at, id)
TTL stored_at + INTERVAL 400 DAY
SETTINGS index_granularity = 1024;
CREATE MATERIALIZED VIEW IF NOT EXISTS alert_marks_copy TO alert_marks AS
SELECT tenant, arrayJoin(['agent', 'target']) AS kind, if(kind = 'agent', agent, target) AS name, agent, opened_at, id, cause, now() AS stored_at
FROM alerts WHERE tier != '';
INSERT INTO alert_marks (tenant, kind, name, agent, opened_at, id, cause, stored_at)
SELECT tenant, arrayJoin(['agent', 'target']) AS kind, if(kind = 'agent', agent, target) AS name, agent, opened_at, id, cause, stored_at
FROM alert_list;
