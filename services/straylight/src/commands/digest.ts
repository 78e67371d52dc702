import { digestLines } from '@straylight/console/words/digest-lines'
import { readPolicy } from '@straylight/respond/decide/read-policy'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { counted } from '@straylight/schemas/counted'
import { visibleText } from '@straylight/schemas/visible-text'
import { runningConsole, withConsole } from '../console/console-api.ts'
import { sendDigests } from '../digest/send-digests.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

export interface DigestOptions {
  readonly tenant?: string
  readonly owner?: string
  readonly day?: string
  readonly print?: boolean
}

/**
 * `straylight digest`: what happened at each owner's agents yesterday, sent to the webhooks that are the owner's, once. Exit code 1: one did not
 * take it; the next call sends it again.
 */
export async function digest(
  output: CommandOutput,
  { tenant, owner, day, print = false }: DigestOptions,
): Promise<number> {
  if (day !== undefined && !isDay(day)) throw new WrongUsage(`--day ${day}: expected a day such as 2026-11-29, UTC`)
  const settings = readSettings(AllSettings)
  if (settings.STRAYLIGHT_REGISTRY === undefined && (await runningConsole(settings)) === undefined)
    throw new WrongUsage(noRegistry)
  const digests = await withConsole(({ ask }) => ask('digests', { tenant, owner, day }))
  for (const one of digests.owners) {
    const { headline, lines } = digestLines(one, digests.day)
    output.say(visibleText(headline))
    for (const line of lines) output.say(visibleText(`  ${line}`))
  }
  if (digests.quiet === 0 && digests.owners.length === 0) output.say(noOwners(owner))
  else if (digests.quiet > 0) output.say(`Nothing happened at the agents of ${counted(digests.quiet, 'owner')}.`)
  if (print) {
    output.result({ ...digests, sent: [] })
    return 0
  }
  const { STRAYLIGHT_POLICY: path, STRAYLIGHT_DATA: data } = settings
  const { webhooks } = await readPolicy(path)
  const sent = await sendDigests(digests, { data, webhooks, now: Date.now() })
  for (const { owner: of, webhook, result, error } of sent) {
    const what = { sent: 'was sent to', sent_before: 'had been sent to', failed: 'was not taken by' }[result]
    output.say(visibleText(`The digest of ${of} ${what} webhook ${webhook}${error === undefined ? '' : `: ${error}`}.`))
  }
  if (digests.owners.length > 0 && sent.length === 0)
    output.say('No webhook is one of these owners: a webhook of the policy with `owners` gets their digests.')
  output.result({ ...digests, sent })
  return sent.some(({ result }) => result === 'failed') ? 1 : 0
}

const noRegistry =
  'Owners stand in the registry of agents, and none was given: set STRAYLIGHT_REGISTRY to the file that the deployment runs on, or ask while it runs. Nothing was sent.'

const noOwners = (owner: string | undefined): string =>
  owner === undefined
    ? 'The registry names no owner of any agent: give each agent an owner there.'
    : `The registry names ${owner} as the owner of no agent.`

const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
