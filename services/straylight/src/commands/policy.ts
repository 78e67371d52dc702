import { policyRules } from '@straylight/console/policy-in-words'
import { diffPolicy } from '@straylight/respond/decide/policy-diff'
import { readPolicy } from '@straylight/respond/decide/read-policy'
import { productNames } from '@straylight/respond/deliver/format/product-of-url'
import { shownToken, shownUrl } from '@straylight/respond/deliver/shown-url'
import { webhookFormatFault } from '@straylight/respond/deliver/webhook-format-fault'
import { readSettings } from '@straylight/runtime/settings/config'
import { settingParts } from '@straylight/runtime/settings/setting-parts'
import { type Agent, Tier } from '@straylight/schemas/agent'
import type { Policy } from '@straylight/schemas/policy'
import { automaticRevocation } from '../doctor/automatic-revocation.ts'
import { credentialEvidence } from '../doctor/credential-evidence.ts'
import type { CommandOutput } from './command.ts'

/** `straylight policy check`: what a policy file says, before it is put to work. */
export async function checkPolicy(output: CommandOutput, file: string | undefined): Promise<number> {
  const settings = readSettings(settingParts.pipeline)
  const path = file ?? settings.STRAYLIGHT_POLICY
  const read = await readPolicy(path)
  output.say(path === undefined ? 'No policy file is set: the default holds.' : `${path} is a policy.`)
  output.say(`Policy ${read.id}, version ${read.version}:`)
  const evidence = await credentialEvidence(settings)
  for (const line of tierLines(read, evidence.agents)) output.say(line)
  for (const sentence of policyRules(read)) output.say(`  ${sentence}`)
  output.say(`Webhooks: ${namesOf(read.webhooks)}. Issuers of verdicts: ${namesOf(read.issuers)}.`)
  const webhooks = read.webhooks.map((webhook) => ({ ...webhook, ...shownSecretsOf(webhook) }))
  for (const webhook of webhooks) output.say(webhookLine(webhook))
  const faults = (await Promise.all(read.webhooks.map(webhookFormatFault))).filter((fault) => fault !== null)
  for (const { found, mend } of faults) output.say(`${found}.\n    ${mend}`)
  const automatic = automaticRevocation(read, evidence)
  for (const line of automatic) output.say(line)
  output.result({
    file: path ?? null,
    policy: { ...read, webhooks },
    automatic_revocation: automatic,
    webhook_faults: faults,
  })
  return 0
}

/** `straylight policy diff`: what would change from one policy file to another. */
export async function comparePolicies(output: CommandOutput, before: string, after: string): Promise<number> {
  const changes = diffPolicy(await readPolicy(before), await readPolicy(after))
  for (const line of changes) output.say(line)
  if (changes.length === 0) output.say('They say the same.')
  output.result({ changes })
  return 0
}

function tierLines(policy: Policy, agents: readonly Agent[]): string[] {
  return Tier.options.map((tier) => {
    const { low, medium, high, critical, shadow } = policy.tiers[tier]
    const answers = `low: ${low}, medium: ${medium}, high: ${high}, critical: ${critical}`
    const notes = [
      ...(shadow ? ['in shadow: commands are recorded, not sent'] : []),
      ...(agents.some((agent) => agent.tier === tier) ? [] : [unregistered(tier)]),
    ]
    return `  agents of tier ${tier}: ${answers}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`
  })
}

const unregistered = (tier: Tier): string =>
  tier === 'medium'
    ? 'no agent of this tier is registered, but those that nobody registered count as it'
    : 'no agent of this tier is registered'

/** The output is read in reviews and kept by CI: a URL may be a secret, and a token is one. */
const shownSecretsOf = ({ url, token }: Policy['webhooks'][number]) => ({
  ...(url === undefined ? {} : { url: shownUrl(url) }),
  ...(token === undefined ? {} : { token: shownToken(token) }),
})

/** Where a webhook's messages go, in whose form, and which alerts they tell of. */
function webhookLine(webhook: Policy['webhooks'][number]): string {
  const { name, url, url_file, format, severity_min, severities, tenants, owners, tiers, causes } = webhook
  const lists = Object.entries({ severities, tenants, owners, tiers, causes })
  const routes = lists.flatMap(([list, values]) => (values === undefined ? [] : [`${list} ${values.join('/')}`]))
  const hears = [...(severity_min === 'low' ? [] : [`severity ${severity_min} and above`]), ...routes]
  const form = format === undefined ? '' : `, as ${productNames[format]} takes them`
  return `  webhook ${name}: ${url ?? `in ${url_file}`}${form}${hears.length === 0 ? '' : `; hears only of ${hears.join(', ')}`}`
}

const namesOf = (entries: readonly { name: string }[]) => entries.map(({ name }) => name).join(', ') || 'none'
