import { policyText } from '@straylight/respond/decide/policy-text'
import { Tier } from '@straylight/schemas/agent'
import { counted } from '@straylight/schemas/counted'
import { Severity } from '@straylight/schemas/finding'
import type { Policy } from '@straylight/schemas/policy'
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
export function policySentences(policy: Policy): string[] {
  const { approval, breakers, revocation, history_required, learning, suppression, alerts, budget } = policy
  return [
    `${budgetInWords(budget.session_alert_rate)} of ordinary sessions may alert.`,
    ...Tier.options.flatMap((tier) => tierSentences(policy, tier)),
    `A held command must be approved within ${inWords(approval.deadline_seconds)}; a verdict counts for ${inWords(approval.verdict_valid_seconds)} after it was said.`,
    `At most ${counted(breakers.commands_per_minute, 'command')} a minute may be sent, and ${percent(breakers.agents_revoked_share_per_hour)} of a tenant's agents lose a credential within an hour (in a tenant of fewer than ${counted(breakers.agents_revoked_minimum, 'agent')}: one).`,
    `A command expires after ${inWords(revocation.expires_after_seconds)}, hits at most ${counted(revocation.max_credentials, 'credential')}, and keeps new ones from being issued for ${inWords(revocation.deny_reissue_seconds)}. The broker is to answer within ${inWords(revocation.reply_within_seconds)}.`,
    `Nothing is revoked of an agent with fewer than ${counted(history_required.events, 'event')} or ${counted(history_required.days, 'day')} of history. A tenant without imported history is learnt for ${counted(learning.days, 'day')} before what is new there counts in full.`,
    `A false verdict keeps the like of it quiet for ${counted(suppression.days, 'day')} by default and ${suppression.days_max} at most, up to ${suppression.score_factor} times its score.`,
    `An alert without new evidence for ${inWords(alerts.quiet_close_seconds)} closes.`,
  ]
}

function tierSentences({ tiers }: Policy, tier: Tier): string[] {
  const of = tiers[tier]
  const answers = Severity.options.map((severity) => `${severity}: ${answersInWords[of[severity]]}`)
  const all = new Set(Severity.options.map((severity) => of[severity]))
  const said = all.size === 1 ? `every finding: ${answersInWords[of.low]}` : answers.join('; ')
  return [`Agents of tier ${tier}: ${said}.${of.shadow ? ' In shadow: commands are recorded, not sent.' : ''}`]
}

const answersInWords = {
  observe: 'it is recorded',
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
