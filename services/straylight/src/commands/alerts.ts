import { join } from 'node:path'
import { assigneesInLog } from '@straylight/console/alerts/assignees-in-log'
import { userSigning } from '@straylight/console/verdicts/user-signing'
import { nameInSentence } from '@straylight/respond/alert/name-in-sentence'
import { BadPolicy } from '@straylight/respond/decide/read-policy'
import { severityRank } from '@straylight/respond/decide/severity'
import { answerWith } from '@straylight/respond/deliver/answer-with'
import { newestAlerts } from '@straylight/respond/verdict/newest-alerts'
import type { Log } from '@straylight/runtime/log/log'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import type { Alert } from '@straylight/schemas/alert'
import { counted } from '@straylight/schemas/counted'
import { topics } from '@straylight/schemas/topics'
import { visibleText } from '@straylight/schemas/visible-text'
import { hasTopic } from '../deployment/has-topic.ts'
import { withLog } from '../deployment/open-deployment.ts'
import { policyInUse } from '../verdict/policy-in-use.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

export interface AlertsOptions {
  readonly tenant?: string
  readonly state: string
  readonly limit: number
}

/** `open`: all that are not closed, also those that wait for a person. */
export const listedStates = ['open', 'awaiting_approval', 'closed', 'all'] as const
type ListedState = (typeof listedStates)[number]
const listedInWords = { open: 'open', awaiting_approval: 'unapproved', closed: 'closed' } as const

/** What is listed of an alert: small, since thousands may be looked at. */
interface Listed {
  readonly alert: string
  readonly revision: number
  readonly tenant: string
  readonly agent: string
  /** The user of the console who works on it; null: nobody. */
  readonly assignee: string | null
  readonly severity: Alert['severity']
  readonly state: Alert['state']
  readonly summary: string
  /** Log time of the latest evidence, milliseconds since 1970 UTC. */
  readonly evidence_at: number
  /** By when an answer is needed; null: by no time. */
  readonly answer_by: string | null
  readonly command: string | null
  readonly command_state: Alert['command_state']
  readonly answer_with: readonly string[]
}

/** `straylight alerts`: the alerts of a deployment, running or not, the gravest first and of these the newest; a line each. */
export async function alerts(output: CommandOutput, options: AlertsOptions): Promise<number> {
  const state = listedStates.find((known) => known === options.state)
  if (state === undefined) {
    throw new WrongUsage(`"${options.state}" is no state of an alert: expected one of ${listedStates.join(', ')}`)
  }
  if (options.limit === 0) throw new WrongUsage('--limit 0 lists nothing: expected a whole number from 1 up')
  const settings = readSettings(AllSettings)
  const found = await withLog(settings, (log) => gravest(log, { ...options, state }))
  const { total } = found
  const missing = await missingToAnswer(settings)
  const listed = missing === null ? found.listed : found.listed.map((one) => ({ ...one, answer_with: [] }))
  for (const one of listed) output.say(lineOf(one))
  if (missing !== null && listed.length > 0) output.say(`You can look, and not answer yet. ${missing}`)
  const more = total - listed.length
  const what = state === 'all' ? '' : `${listedInWords[state]} `
  const left = more === 0 ? '' : ` ${more} more, less grave or older: list them with --limit ${total}.`
  const whose = options.tenant === undefined ? '' : ` of tenant ${nameInSentence(options.tenant, 80)}`
  output.say(total === 0 ? `There is no ${what}alert${whose}.` : `${counted(total, `${what}alert`)}.${left}`)
  output.result({ total, left_out: more, alerts: listed })
  return 0
}

/** What is to be done before the commands that answer can work; null: nothing. */
async function missingToAnswer(settings: AllSettings): Promise<string | null> {
  try {
    const keys = join(settings.STRAYLIGHT_DATA, 'keys')
    return (await userSigning({ keys, ...(await policyInUse(settings)) }, { role: 'admin', issuer: 'operator' }))
      .missing
  } catch (error) {
    if (error instanceof BadPolicy) return error.message
    throw error
  }
}

async function gravest(
  log: Log,
  { tenant, state, limit }: { tenant?: string; state: ListedState; limit: number },
): Promise<{ listed: Listed[]; total: number }> {
  let listed: Listed[] = []
  let total = 0
  for await (const alert of newestAlerts(log)) {
    if (!isListed(alert, state) || (tenant !== undefined && alert.tenant !== tenant)) continue
    total += 1
    listed.push(listedOf(alert))
    // Twice the limit at most is held, however many there are.
    if (listed.length >= 2 * limit) listed = listed.sort(byGravity).slice(0, limit)
  }
  const shown = listed.sort(byGravity).slice(0, limit)
  const assignees = shown.length === 0 ? undefined : await knownAssignees(log, shown)
  return { listed: shown.map((one) => ({ ...one, assignee: assignees?.get(one.alert) ?? null })), total }
}

/** A log of an earlier version, not yet upgraded, has no such topic. */
async function knownAssignees(log: Log, listed: readonly Listed[]): Promise<ReadonlyMap<string, string> | undefined> {
  if (!(await hasTopic(log, topics.assignees.name))) return undefined
  return assigneesInLog(log, new Map(listed.map(({ alert, tenant }) => [alert, tenant])))
}

function isListed(alert: Alert, state: ListedState): boolean {
  if (state === 'all') return true
  if (state === 'awaiting_approval') return alert.state === 'awaiting_approval'
  return (alert.state === 'closed') === (state === 'closed')
}

function listedOf(alert: Alert): Listed {
  const { tenant, agent, severity, state, revision, summary, evidence_at, command, command_state } = alert
  const waits = state === 'awaiting_approval' && alert.approval_deadline !== undefined
  return {
    alert: alert.id,
    ...{ revision, tenant, agent, assignee: null, severity, state, summary, evidence_at },
    answer_by: waits ? new Date(alert.approval_deadline ?? 0).toISOString() : null,
    command: command?.id ?? null,
    command_state,
    answer_with: answerWith(alert),
  }
}

const byGravity = (one: Listed, other: Listed): number =>
  severityRank(other.severity) - severityRank(one.severity) || other.evidence_at - one.evidence_at

/** One line, whatever names are in it. The summary names the agent, and until when an answer is waited for. */
function lineOf({ alert, tenant, assignee, severity, state, summary, answer_with }: Listed): string {
  const whose = assignee === null ? '' : `, with ${nameInSentence(assignee, 80)}`
  const stands = `${nameInSentence(tenant, 80)}, ${state.replaceAll('_', ' ')}${whose}`
  const how = answer_with.length === 0 ? '' : ` Answer: ${answer_with.join(' | ')}`
  return visibleText(`${severity.padEnd(8)} ${alert} (${stands}) ${summary}${how}`)
}
