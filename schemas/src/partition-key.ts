/** Stands between the two names of a key; `Tenant` refuses names that hold it, so a key can be read in one way only. */
export const partitionKeySeparator = '|'

/**
 * The key of a record about something of a tenant's: `tenant|agent`, or `tenant|credential` in `agent.credentials.v1`. Kafka and the
 * embedded log choose the partition by it, so all that is said of one agent stays in order.
 */
export const partitionKeyOf = (tenant: string, name: string): string => `${tenant}${partitionKeySeparator}${name}`

/** An agent within its tenant. */
export interface AgentName {
  readonly tenant: string
  readonly agent: string
}

/** Whom a record's key names; undefined where it is no key of `partitionKeyOf`. Whoever writes a record chooses its key: good for looking ahead only. */
export function agentOfPartitionKey(key: string): AgentName | undefined {
  const at = key.indexOf(partitionKeySeparator)
  return at < 0 ? undefined : { tenant: key.slice(0, at), agent: key.slice(at + partitionKeySeparator.length) }
}
