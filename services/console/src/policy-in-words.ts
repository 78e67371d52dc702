import { bytesText } from '@straylight/models/features/counts-in-words'
import { policyText } from '@straylight/respond/decide/policy-text'
import { Tier } from '@straylight/schemas/agent'
import { counted } from '@straylight/schemas/counted'
import { Severity } from '@straylight/schemas/finding'
import type { Policy, Response } from '@straylight/schemas/policy'
import type { Asker } from './asker.ts'
import type { ConsoleGround } from './console-ground.ts'
import type { PolicyInWords } from './contract/policy-in-words.ts'
import { budgetInWords } from './words/sessions-in-words.ts'

/** The policy in force, in sentences. Addresses and tokens of webhooks are secrets, and are left out. */
export async function policyPage(ground: ConsoleGround, asker: Asker): Promise<PolicyInWords> {
  const { policy } = ground
  const seen = (tenants: readonly string[] | undefined): boolean =>
    asker.tenant === null || tenants === undefined || tenants.includes('*') || tenants.includes(asker.tenant)
  return {
    as_of: ground.now(),
    ...{ id: policy.id, version: policy.version },
    file: asker.tenant === null ? ground.policyFile : null,
    sentences: policySentences(policy),
    text: policyText(policy),
    issuers: policy.issuers
      .filter(({ tenants }) => seen(tenants))
      .map(({ name, roles, tenants }) => ({ name, roles, tenants: asker.tenant === null ? tenants : [asker.tenant] })),
    webhooks: policy.webhooks
      .filter(({ tenants }) => seen(tenants))
      .map(({ name, format, severity_min }) => ({ name, format: format ?? 'straylight', severity_min })),
  }
}

/** What happens to whom, what a person must approve, what the breakers allow, what is kept quiet. */
export const policySentences = (policy: Policy): string[] => [
  ...Tier.options.flatMap((tier) => tierSentences(policy, tier)),
  ...policyRules(policy),
]

/** What holds for agents of every tier. */
export function policyRules(policy: Policy): string[] {
  const { approval, breakers, revocation, history_required, learning, suppression, alerts, budget } = policy
  return [
    `${budgetInWords(budget.session_alert_rate)} of ordinary sessions may alert.`,
    ...growthSentences(policy.growth_limits),
    'An agent that is not in the registry has no tier: it is judged as medium, and nothing is revoked of it.',
    `A command that waits for approval lapses after ${inWords(approval.deadline_seconds)}; it can be asked for again. A verdict counts for ${inWords(approval.verdict_valid_seconds)} after it was said.`,
    approval.passkey === 'required'
      ? 'Nobody approves without a passkey.'
      : 'An issuer with a passkey in the policy approves with it and no other way.',
    `Circuit breakers keep a mistake small. For one tenant at most ${counted(breakers.commands_per_minute, 'command')} a minute are sent, and at most ${percent(breakers.agents_revoked_share_per_hour)} of its agents lose a credential within an hour${breakers.agents_revoked_minimum > 1 ? ` (one agent, in a tenant of fewer than ${breakers.agents_revoked_minimum})` : ''}.`,
    'When that is used up, people are alerted and nothing more is revoked for now. What a person has approved waits and is sent by itself when there is a free place.',
    `A command expires after ${inWords(revocation.expires_after_seconds)}, takes at most ${counted(revocation.max_credentials, 'credential')} (where a person approves to suspend an agent, all of its), and keeps the agent from getting a new one for ${inWords(revocation.deny_reissue_seconds)}. The broker is to answer within ${inWords(revocation.reply_within_seconds)}.`,
    `What happened more than ${inWords(revocation.event_age_seconds_max)} before the log had it revokes nothing by itself: a person is asked.`,
    ...(revocation.broker_checks_holder
      ? ['A credential of which only the accused has said whose it is needs no person: the broker checks the holder.']
      : []),
    historySentence(history_required),
    learning.days === 0
      ? 'In a tenant without imported history too, what is new counts in full from the first day.'
      : `A tenant without imported history is learnt for ${counted(learning.days, 'day')} before what is new there counts in full.`,
    learning.role_change_days === 0
      ? 'What several agents of a role begin alike is learnt as all that is quarantined.'
      : `What three agents of a role or more begin alike is learnt after ${counted(learning.role_change_days, 'day')} without an answer.`,
    `A false verdict keeps the like of it quiet for ${counted(suppression.days, 'day')}, or as long as the verdict says, at most ${counted(suppression.days_max, 'day')}; what scores more than ${suppression.score_factor} times as high alerts again.`,
    `An alert without new evidence for ${inWords(alerts.quiet_close_seconds)} closes.`,
  ]
}

function growthSentences(limits: Policy['growth_limits']): string[] {
  const { sent_bytes_per_week: sent, received_bytes_per_week: received } = limits
  const { records_per_week: records, calls_per_week: calls } = limits
  const grown = [
    ...(sent === undefined ? [] : [`${bytesText(sent)} sent`]),
    ...(received === undefined ? [] : [`${bytesText(received)} received`]),
    ...(records === undefined ? [] : [counted(records, 'record')]),
    ...(calls === undefined ? [] : [counted(calls, 'call')]),
  ]
  if (grown.length === 0) return []
  return [`An agent alerts that moves so much more within seven days than in a week before: ${grown.join(', or ')}.`]
}

function historySentence({ events, days }: Policy['history_required']): string {
  if (events === 0 && days === 0) return 'An agent needs no history before something is revoked of it.'
  return `Nothing is revoked of an agent with fewer than ${counted(events, 'event')} or ${counted(days, 'day')} of history.`
}

function tierSentences({ tiers }: Policy, tier: Tier): string[] {
  const of = tiers[tier]
  const parts = alikeAnswers(of).map(({ severities, answer }) => {
    const whose =
      severities.length === Severity.options.length ? 'every finding' : `findings of severity ${inList(severities)}`
    return `${answersInWords[answer]} on ${whose}`
  })
  const shadow = of.shadow ? ' In shadow: commands are recorded, not sent.' : ''
  return [`For agents of tier ${tier}, ${parts.join('; ')}.${shadow}`]
}

/** Neighbouring severities with the same answer are said together. */
function alikeAnswers(of: Policy['tiers'][Tier]) {
  const groups: { severities: Severity[]; answer: Response }[] = []
  for (const severity of Severity.options) {
    const last = groups.at(-1)
    if (last?.answer === of[severity]) last.severities.push(severity)
    else groups.push({ severities: [severity], answer: of[severity] })
  }
  return groups
}

const inList = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

const answersInWords = {
  observe: 'nothing but a record is made',
  alert: 'people are alerted',
  approve: 'people are alerted and asked to approve a revocation',
  revoke: 'the credential is revoked at once',
} as const

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`

function inWords(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7_200) return `${Number((seconds / 60).toFixed(1))} min`
  if (seconds < 172_800) return `${Number((seconds / 3_600).toFixed(1))} h`
  return counted(Number((seconds / 86_400).toFixed(1)), 'day')
}
