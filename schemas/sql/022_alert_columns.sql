-- alerts: what the console lists, searches and sorts by stands in columns of its own.
--
-- Who writes: nobody; each is worked out of `record` when its row is stored, and of older rows when they are read. Who reads: the console.
-- A page of the queue is then read without the records, which are some kB each. Times are milliseconds since 1970 UTC, 0 where there is none.
-- hold_until: until when its command keeps new credentials from being issued; 4102444800000 (2100) where a person must release it.
ALTER TABLE alerts ADD COLUMN IF NOT EXISTS owner String DEFAULT JSONExtractString(record, 'owner'),
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
