import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { agentPage } from '../agents/agent-list.ts'
import { agentDetailOf } from '../agents/agent-page.ts'
import { leastPrivilegePage } from '../agents/least-privilege-page.ts'
import { ownerDigests } from '../agents/owner-digests.ts'
import { wouldAlertOf } from '../agents/would-alert-page.ts'
import { alertDetailOf, alertOf } from '../alerts/alert-page.ts'
import { alertGroupsOf, alertPageOf } from '../alerts/alert-queue.ts'
import { createAssignAlert, type PeopleOf } from '../alerts/assign-alert.ts'
import { approvalsOf } from '../approvals.ts'
import type { Asker } from '../asker.ts'
import type { ConsoleGround } from '../console-ground.ts'
import type { RouteAnswer, RouteName, routes } from '../contract/routes.ts'
import { explainPage } from '../events/explain-page.ts'
import { sessionPage } from '../events/session-page.ts'
import { overviewOf } from '../overview.ts'
import { pipelineHealth } from '../pipeline-health.ts'
import { createPolicyTrials } from '../policy/try-policy.ts'
import { policyPage } from '../policy-in-words.ts'
import type { AnswerTimes } from '../questions/answer-times.ts'
import { registryGapsOf } from '../registry-gaps.ts'
import { rejectionListOf } from '../rejections.ts'
import { suppressionListOf } from '../suppressions.ts'
import { giveRestore, sendVerdicts } from '../verdicts/give-verdicts.ts'
import { createNewPasskeys } from '../verdicts/new-passkeys.ts'
import { type UserSigning, userSigning } from '../verdicts/user-signing.ts'

/** Routes that are answered for somebody who is signed in. */
export type AskedRoute = Exclude<RouteName, 'whoAmI' | 'signIn' | 'signOut' | 'audit' | 'newLink'>

export interface RouteAsker extends Asker {
  readonly issuer: string
}

type Asked<Name extends RouteName> = z.output<(typeof routes)[Name]['query']>
type Body<Name extends RouteName> = z.output<(typeof routes)[Name]['body']>

/** What answers each route. `held`: an answer that is the same for all of one tenant is held for a moment. */
export function createRouteAnswers(
  ground: ConsoleGround & { readonly answerTimes: AnswerTimes },
  people: PeopleOf = async () => [],
) {
  const signingOf = (asker: RouteAsker): Promise<UserSigning> => userSigning(ground, asker)
  const signed = async (asker: RouteAsker) => ({ ...asker, signing: await signingOf(asker) })
  const passkeys = createNewPasskeys(ground)
  const assigning = createAssignAlert({ ground, people })
  const tryPolicy = createPolicyTrials(ground)
  const answers: {
    [Name in AskedRoute]: (asker: RouteAsker, query: Asked<Name>, body: Body<Name>) => Promise<RouteAnswer<Name>>
  } = {
    overview: (asker, query) => overviewOf(ground, asker, query),
    alerts: (asker, query) => alertPageOf(ground, asker, query),
    alertGroups: (asker, query) => alertGroupsOf(ground, asker, query),
    alert: async (asker, query) => alertDetailOf(ground, await signed(asker), query),
    alertRecord: async (asker, query) => (await alertOf(ground, asker, query.id)).alert,
    assign: (asker, _query, body) => assigning.assign(asker, body),
    assignees: (asker, query) => assigning.possible(asker, query),
    verdicts: async (asker, _query, body) => sendVerdicts(ground, await signed(asker), body),
    restore: async (asker, _query, body) => giveRestore(ground, await signed(asker), body),
    newPasskey: (asker, query) => passkeys.ask(asker, query.origin),
    madePasskey: (asker, _query, body) => passkeys.made(asker, body),
    agents: (asker, query) => agentPage(ground, asker, query),
    agent: (asker, query) => agentDetailOf(ground, asker, query),
    wouldAlert: (asker, query) => wouldAlertOf(ground, asker, query),
    digests: (asker, query) => ownerDigests(ground, asker, query),
    leastPrivilege: (asker, query) => leastPrivilegePage(ground, asker, query),
    session: (asker, query) => sessionPage(ground, asker, query),
    explain: (asker, query) => explainPage(ground, asker, query),
    approvals: async (asker, query) => approvalsOf(ground, await signed(asker), query),
    suppressions: (asker, query) => suppressionListOf(ground, asker, query),
    rejections: (asker, query) => rejectionListOf(ground, asker, query),
    registryGaps: (asker, query) => registryGapsOf(ground, asker, query),
    policy: (asker) => policyPage(ground, asker),
    tryPolicy: (asker, _query, body) => tryPolicy(asker, body),
    health: (asker) => pipelineHealth(ground, asker),
  }
  return { answers, signingOf }
}
export type RouteAnswers = ReturnType<typeof createRouteAnswers>

/** What a request was about, for the audit: never a password, a token or a reason. */
export function auditSubject(request: Pick<FastifyRequest, 'query' | 'body'>): string | null {
  const query = request.query as Record<string, unknown>
  const body = (typeof request.body === 'object' && request.body !== null ? request.body : {}) as Record<
    string,
    unknown
  >
  const named = ['id', 'alert', 'event', 'tenant', 'agent', 'session', 'search', 'state'].flatMap((name) => {
    const value = query[name]
    return typeof value === 'string' ? [`${name}:${value.slice(0, 200)}`] : []
  })
  const alerts = Array.isArray(body.alerts)
    ? body.alerts.map((alert: { id?: unknown }) => String(alert?.id)).slice(0, 100)
    : []
  const said = [body.answer, body.command_id, body.alert_id].filter((value) => typeof value === 'string')
  const to = 'assignee' in body ? [`assignee:${String(body.assignee ?? '').slice(0, 100)}`] : []
  const all = [...named, ...said, ...to, ...alerts]
  return all.length === 0 ? null : all.join(' ').slice(0, 2_000)
}
