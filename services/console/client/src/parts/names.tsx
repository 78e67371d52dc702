import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { queryText } from '../api/call-api.ts'

export const agentAddress = (tenant: string, agent: string): string => `/agents/view${queryText({ tenant, agent })}`
export const alertAddress = (id: string): string => `/alerts/${encodeURIComponent(id)}`
export const sessionAddress = (tenant: string, agent: string, session: string): string =>
  `/sessions/view${queryText({ tenant, agent, session })}`
export const eventAddress = (event: string, tenant: string, agent: string): string =>
  `/events/view${queryText({ event, tenant, agent })}`

/** An agent's name, leading to its page. */
export function AgentLink({ tenant, agent }: { tenant: string; agent: string }): ReactNode {
  return <Link href={agentAddress(tenant, agent)}>{agent}</Link>
}

/** What is not known is said, not left blank. */
export const orUnknown = (value: string | null | undefined, otherwise = 'not known'): ReactNode =>
  value === null || value === undefined || value === '' ? <span className="soft">{otherwise}</span> : value
