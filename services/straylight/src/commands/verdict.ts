import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import type { Alert } from '@straylight/schemas/alert'
import { Answer } from '@straylight/schemas/verdict'
import { withLog } from '../deployment/open-deployment.ts'
import { type GiverOptions, giveVerdict, oneOf, openGiver, type Said } from '../verdict/give-verdict.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

export interface VerdictOptions extends GiverOptions {
  readonly suppressDays?: number
  readonly command?: string
  /** What the person read; the newest where nothing is said. */
  readonly revision?: number
}

const answers = Answer.exclude(['restore'])

/** `straylight verdict ALERT approve|reject|true|false|ask`: what a person says of an alert, signed with the issuer's key. */
export async function verdict(
  output: CommandOutput,
  options: VerdictOptions,
  alert: string,
  given: string,
): Promise<number> {
  if (!alert.startsWith('alr_')) throw new WrongUsage(`"${alert}" is no alert: expected an id such as alr_1f9c…`)
  const answer = oneOf(answers, given, 'answer')
  if (options.revision === 0) throw new WrongUsage('--revision 0 is none: an alert begins with revision 1')
  const settings = readSettings(AllSettings)
  const giver = await openGiver(settings, options, answer)
  const said = (seen: Alert): Said => saidOf(seen, answer, options)
  return withLog(settings, (log) => giveVerdict(output, { log, giver, said }, alert))
}

function saidOf(alert: Alert, answer: Answer, { command, suppressDays, revision }: VerdictOptions): Said {
  const command_id = command ?? alert.command?.id
  return {
    alert_id: alert.id,
    alert_revision: revision ?? alert.revision,
    answer,
    ...(command_id === undefined ? {} : { command_id }),
    ...(suppressDays === undefined ? {} : { suppress_days: suppressDays }),
  }
}
