-- agent_groups: the peer group of each agent, by knowledge version: part of every explanation, and what the statement that
-- adds up shared levels joins with (a list of ten thousand agents is too long for a parameter).
--
-- Who writes: baseline, before it makes a version. A version made again after a crash writes the same groups, or, had the
-- crash come before it was published, replaces them: key (version, tenant, agent), the row inserted last wins.
--
-- Retention: 60 days: explanations look at versions in use, and the knowledge itself has the groups as well.
CREATE TABLE IF NOT EXISTS agent_groups
(
    knowledge_version UInt32,
    tenant LowCardinality(String),
    agent String,
    peer_group String,
    stored_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY (knowledge_version, tenant, agent)
TTL stored_at + INTERVAL 60 DAY;
