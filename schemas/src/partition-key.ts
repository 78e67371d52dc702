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
