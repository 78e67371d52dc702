import type { RouteBody, RouteName, RouteQuery } from '@straylight/console/contract/routes'
import { agentOf } from './console-store.ts'

/** One request of a page: what it is called in the figures, and what it asks. */
export interface PageQuestion {
  readonly page: string
  readonly route: RouteName
  readonly query: object
  /** What is posted, where something is. */
  readonly body?: object
}

const question = <Name extends RouteName>(page: string, route: Name, query: RouteQuery<Name>): PageQuestion => ({
  ...{ page, route, query: query as object },
})

/** A policy that asks for half the alerts, over the last two weeks: as many findings as one trial reads. */
export const policyTrial: PageQuestion = {
  ...{ page: 'policy_trial', route: 'tryPolicy', query: {} },
  body: { policy: 'budget:\n  session_alert_rate: 0.0005\n', weeks: 2 } satisfies RouteBody<'tryPolicy'>,
}

/** What every page asks but two, that judge: explaining judges an event again, which takes a model and knowledge that this store has not. Each turn of other agents and alerts. `alert` is an id that there is, `cursor` one of the queue by age. */
export function pageQuestions(
  turn: number,
  { agents, alert, cursor }: { agents: number; alert: string; cursor: string },
): PageQuestion[] {
  const number = (turn * 7_919 + 13) % agents
  const [of, other] = [agentOf(number), agentOf((number + 4_001) % agents)]
  const busy = agentOf(7)
  return [
    question('overview', 'overview', {}),
    question('overview_of_a_tenant', 'overview', { tenant: of.tenant }),
    question('alerts', 'alerts', {}),
    question('alerts_by_deadline', 'alerts', { sort: 'deadline' }),
    question('alerts_newest_of_all', 'alerts', { sort: 'newest', state: 'all' }),
    question('alerts_next_part', 'alerts', { sort: 'newest', state: 'all', cursor }),
    question('alerts_closed_gravest', 'alerts', { state: 'closed' }),
    question('alerts_search_word', 'alerts', { search: `sys-${turn % 400}`, state: 'all' }),
    question('alerts_search_nothing', 'alerts', { search: `nowhere-${turn}`, state: 'all' }),
    question('alerts_search_agent', 'alerts', { search: `agent:${other.agent}`, state: 'all', sort: 'newest' }),
    question('alerts_search_role', 'alerts', { search: `role:role-${turn % 100}` }),
    question('alerts_by_agent', 'alertGroups', { by: 'agent' }),
    question('alerts_by_role', 'alertGroups', { by: 'role' }),
    question('alerts_by_owner_of_all', 'alertGroups', { by: 'owner', state: 'all' }),
    question('alert', 'alert', { id: alert }),
    question('agents', 'agents', {}),
    question('agents_search', 'agents', { search: `${other.agent.slice(0, -1)} state:watched`, sort: 'last_seen' }),
    question('agent', 'agent', of),
    question('agent_busy', 'agent', busy),
    question('least_privilege', 'leastPrivilege', { owner: `owner-${turn % 500}@acme.example` }),
    question('session', 'session', { ...of, session: `ses-${number}` }),
    question('session_long', 'session', { ...busy, session: `busy-${turn % 50}` }),
    question('approvals', 'approvals', {}),
    question('suppressions', 'suppressions', {}),
    question('rejections', 'rejections', {}),
    question('registry_gaps', 'registryGaps', {}),
    question('policy', 'policy', {}),
    question('health', 'health', {}),
  ]
}
