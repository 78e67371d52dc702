import { Alert } from '@straylight/schemas/alert'
import { z } from 'zod'
import { AgentDetail, AgentQuery, LeastPrivilegePage, LeastPrivilegeQuery } from './agent-detail.ts'
import { AgentPage, AgentsQuery } from './agent-row.ts'
import { AlertDetail } from './alert-detail.ts'
import { AlertGroups, AlertGroupsQuery, AlertPage, AlertsQuery } from './alert-row.ts'
import { Approvals } from './approvals.ts'
import { AssignBody, AssignedAlert, PossibleAssignees } from './assignees.ts'
import { AuditList } from './audit-record.ts'
import { Digests, DigestsQuery } from './digests.ts'
import { ConsoleHealth } from './health.ts'
import { Overview, TenantQuery } from './overview.ts'
import { MadePasskey, NewPasskey, NewPasskeyQuery, PasskeyLines } from './passkeys.ts'
import { PolicyInWords } from './policy-in-words.ts'
import { PolicyTrial, PolicyTrialBody } from './policy-trial.ts'
import { RegistryGaps } from './registry-gaps.ts'
import { RejectionList } from './rejections.ts'
import { EventExplanation, ExplainQuery, SessionEvents, SessionQuery } from './session-events.ts'
import { NewLink, SignInBody, type UserRole, WhoAmI } from './sign-in.ts'
import { SuppressionList } from './suppressions.ts'
import { RestoreBody, VerdictAnswers, VerdictsBody } from './verdicts.ts'
import { WouldAlertAnswer } from './would-alert.ts'

/** One route: the question's form and the answer's. All that is not 2xx answers a `ConsoleFault`. */
interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: `/api/${string}`
  /** Null: open to whoever comes. Otherwise the least role that may ask. */
  readonly role: UserRole | null
  readonly query: z.ZodType
  readonly body: z.ZodType
  readonly answer: z.ZodType
}

const nothing = z.strictObject({})
/** Of requests without a body. */
const none = z.undefined()
const asked = { method: 'GET', role: 'viewer', query: nothing, body: none } as const
const said = { method: 'POST', role: 'analyst', query: nothing } as const

/**
 * Every route of the console's API. Names of agents and sessions stand in the query, never in the path. Where a user is bound to a tenant,
 * what is of another one is not found. POST and DELETE carry `requestHeader`. The stream of new alerts (`alert-stream.ts`) stands apart.
 */
export const routes = {
  whoAmI: { ...asked, role: null, path: '/api/sign-in', answer: WhoAmI },
  signIn: { ...said, role: null, path: '/api/sign-in', body: SignInBody, answer: WhoAmI },
  signOut: { ...asked, method: 'DELETE', role: null, path: '/api/sign-in', answer: WhoAmI },
  newLink: { ...said, role: 'admin', path: '/api/links', body: none, answer: NewLink },
  overview: { ...asked, path: '/api/overview', query: TenantQuery, answer: Overview },
  alerts: { ...asked, path: '/api/alerts', query: AlertsQuery, answer: AlertPage },
  alertGroups: { ...asked, path: '/api/alerts/groups', query: AlertGroupsQuery, answer: AlertGroups },
  alert: {
    ...asked,
    path: '/api/alert',
    query: z.strictObject({ id: z.string().min(1).max(200) }),
    answer: AlertDetail,
  },
  /** As it stands in `agent.alerts.v1`, with its deliveries: for programs. */
  alertRecord: {
    ...asked,
    role: 'admin',
    path: '/api/alert/record',
    query: z.strictObject({ id: z.string().min(1).max(200) }),
    answer: Alert,
  },
  assign: { ...said, path: '/api/assignees', body: AssignBody, answer: AssignedAlert },
  assignees: {
    ...asked,
    role: 'analyst',
    path: '/api/assignees',
    query: z.strictObject({ alert: z.string().min(1).max(200) }),
    answer: PossibleAssignees,
  },
  verdicts: { ...said, path: '/api/verdicts', body: VerdictsBody, answer: VerdictAnswers },
  restore: { ...said, role: 'approver', path: '/api/restores', body: RestoreBody, answer: VerdictAnswers },
  newPasskey: { ...asked, role: 'approver', path: '/api/passkeys', query: NewPasskeyQuery, answer: NewPasskey },
  madePasskey: { ...said, role: 'approver', path: '/api/passkeys', body: MadePasskey, answer: PasskeyLines },
  agents: { ...asked, path: '/api/agents', query: AgentsQuery, answer: AgentPage },
  agent: { ...asked, path: '/api/agent', query: AgentQuery, answer: AgentDetail },
  wouldAlert: { ...asked, path: '/api/agent/would-alert', query: AgentQuery, answer: WouldAlertAnswer },
  digests: { ...asked, path: '/api/digests', query: DigestsQuery, answer: Digests },
  leastPrivilege: { ...asked, path: '/api/least-privilege', query: LeastPrivilegeQuery, answer: LeastPrivilegePage },
  session: { ...asked, path: '/api/session', query: SessionQuery, answer: SessionEvents },
  explain: { ...asked, path: '/api/explain', query: ExplainQuery, answer: EventExplanation },
  approvals: { ...asked, path: '/api/approvals', query: TenantQuery, answer: Approvals },
  suppressions: { ...asked, path: '/api/suppressions', query: TenantQuery, answer: SuppressionList },
  rejections: { ...asked, role: 'analyst', path: '/api/rejections', query: TenantQuery, answer: RejectionList },
  registryGaps: { ...asked, path: '/api/registry-gaps', query: TenantQuery, answer: RegistryGaps },
  policy: { ...asked, path: '/api/policy', answer: PolicyInWords },
  tryPolicy: { ...said, path: '/api/policy/trials', body: PolicyTrialBody, answer: PolicyTrial },
  health: { ...asked, path: '/api/health', answer: ConsoleHealth },
  audit: { ...asked, role: 'admin', path: '/api/audit', answer: AuditList },
} as const satisfies Record<string, Route>

export type RouteName = keyof typeof routes
/** What a client gives: defaults may be left out. */
export type RouteQuery<Name extends RouteName> = z.input<(typeof routes)[Name]['query']>
export type RouteBody<Name extends RouteName> = z.input<(typeof routes)[Name]['body']>
export type RouteAnswer<Name extends RouteName> = z.output<(typeof routes)[Name]['answer']>

/** Of the stream of new alerts; `tenant` alone may be asked for. */
export const alertStreamPath = '/api/alerts/stream'
