import { isDeepStrictEqual } from 'node:util'
import { Severity } from '@straylight/schemas/finding'
import { type Policy, Response } from '@straylight/schemas/policy'
import { shownToken, shownUrl } from '../deliver/shown-url.ts'

const tierNames = ['low', 'medium', 'high', 'critical'] as const

/** What changes from one policy to the other, one plain sentence a line; none when they say the same. */
export function diffPolicy(before: Policy, after: Policy): string[] {
  const lines = [
    ...tierLines(before, after),
    ...settingLines(before, after),
    ...brokerLines(before, after),
    ...listLines('Webhook', before.webhooks, after.webhooks),
    ...listLines('Issuer', before.issuers, after.issuers),
  ]
  if (before.id !== after.id) lines.unshift(`The policy is called ${after.id} instead of ${before.id}.`)
  if (lines.length === 0) return before.version === after.version ? [] : [versionLine(before, after)]
  return [...lines, versionLine(before, after)]
}

function versionLine(before: Policy, after: Policy): string {
  if (after.version > before.version) return `The version goes from ${before.version} to ${after.version}.`
  return `The version must be raised above ${before.version}: commands name it, and one version must not mean two policies.`
}

function tierLines(before: Policy, after: Policy): string[] {
  const lines: string[] = []
  for (const tier of tierNames) {
    for (const severity of Severity.options) {
      const [was, is] = [before.tiers[tier][severity], after.tiers[tier][severity]]
      if (was === is) continue
      const stricter = Response.options.indexOf(is) > Response.options.indexOf(was)
      lines.push(
        `A ${severity} finding at an agent of tier ${tier}: ${is} instead of ${was} (${stricter ? 'stricter' : 'milder'}).`,
      )
    }
    if (before.tiers[tier].shadow === after.tiers[tier].shadow) continue
    lines.push(
      after.tiers[tier].shadow
        ? `Tier ${tier} runs in shadow: its commands are recorded and not sent.`
        : `Tier ${tier} leaves shadow: its commands are sent.`,
    )
  }
  return lines
}

function brokerLines({ revocation: was }: Policy, { revocation: is }: Policy): string[] {
  if (was.broker_checks_holder === is.broker_checks_holder) return []
  return is.broker_checks_holder
    ? [
        'A credential of which no evidence says whose it is is revoked without a person (stricter): the broker must check its holder.',
      ]
    : ['A credential of which no evidence says whose it is waits for a person (milder).']
}

/** Every setting of the policy that is one value, in words. */
const settings: readonly (readonly [words: string, of: (policy: Policy) => number | string])[] = [
  ['Share of ordinary sessions that may alert', (policy) => policy.budget.session_alert_rate],
  ['Events an agent must have before a command', (policy) => policy.history_required.events],
  ['Days of history an agent must have before a command', (policy) => policy.history_required.days],
  ['Seconds until a command expires', (policy) => policy.revocation.expires_after_seconds],
  ['Seconds a broker has to answer', (policy) => policy.revocation.reply_within_seconds],
  ['Seconds in which nothing is issued again', (policy) => policy.revocation.deny_reissue_seconds],
  ['Credentials one command may hit', (policy) => policy.revocation.max_credentials],
  ['Seconds an approval may take', (policy) => policy.approval.deadline_seconds],
  ['Seconds a verdict counts', (policy) => policy.approval.verdict_valid_seconds],
  ['Seconds a clock of who gives verdicts may be off', (policy) => policy.approval.clock_tolerance_seconds],
  ['Who approves with a passkey', (policy) => policy.approval.passkey],
  ['Places for which passkeys sign', (policy) => policy.approval.passkey_origins.join(', ')],
  ['Commands a minute', (policy) => policy.breakers.commands_per_minute],
  ['Share of agents revoked within an hour', (policy) => policy.breakers.agents_revoked_share_per_hour],
  ['Agents below which the share says nothing', (policy) => policy.breakers.agents_revoked_minimum],
  ['Quiet seconds after which an alert closes', (policy) => policy.alerts.quiet_close_seconds],
  ['Days for which a false verdict keeps the like quiet', (policy) => policy.suppression.days],
  ['Days for which a false verdict may at most', (policy) => policy.suppression.days_max],
  ['Times the judged score that a false verdict silences', (policy) => policy.suppression.score_factor],
  ['Suppressions of a tenant', (policy) => policy.suppression.per_tenant_max],
  ['Findings an alert keeps whole', (policy) => policy.alerts.findings_max],
]

function settingLines(before: Policy, after: Policy): string[] {
  return settings.flatMap(([words, of]) =>
    of(before) === of(after) ? [] : [`${words}: ${of(after)} instead of ${of(before)}.`],
  )
}

function listLines<Entry extends { name: string }>(
  noun: string,
  before: readonly Entry[],
  after: readonly Entry[],
): string[] {
  const was = new Map(before.map((entry) => [entry.name, entry]))
  const is = new Map(after.map((entry) => [entry.name, entry]))
  const gone = before.filter(({ name }) => !is.has(name)).map(({ name }) => `${noun} ${name} is gone.`)
  const rest = after.flatMap((entry) => {
    const old = was.get(entry.name)
    if (old === undefined) return [`${noun} ${entry.name} is new: ${described(entry)}.`]
    return isDeepStrictEqual(old, entry) ? [] : [`${noun} ${entry.name} changes: ${changes(old, entry)}.`]
  })
  return [...gone, ...rest]
}

const described = (entry: object): string =>
  Object.entries(entry)
    .filter(([field]) => field !== 'name')
    .map(([field, value]) => `${field} ${inWords(field, value)}`)
    .join(', ')

function changes(before: object, after: object): string {
  const old = new Map<string, unknown>(Object.entries(before))
  // A setting that is gone changes as well: to none.
  const gone = Object.keys(before).filter((field) => !(field in after))
  return [...Object.entries(after), ...gone.map((field): [string, unknown] => [field, undefined])]
    .filter(([field, value]) => !isDeepStrictEqual(old.get(field), value))
    .map(([field, value]) => `${field} ${inWords(field, value)} instead of ${inWords(field, old.get(field))}`)
    .join(', ')
}

/** A webhook's URL may be a secret, and a diff is read in reviews. */
function inWords(field: string, value: unknown): string {
  if (value === undefined) return 'none'
  if (field === 'url') return shownUrl(String(value))
  if (field === 'token') return shownToken(String(value))
  if (field === 'passkeys' && Array.isArray(value))
    return value.length === 0 ? 'none' : value.map(({ id }) => id).join('/')
  return Array.isArray(value) ? value.join('/') : String(value)
}
