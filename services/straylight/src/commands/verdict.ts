import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import type { Alert } from '@straylight/schemas/alert'
import { Answer } from '@straylight/schemas/verdict'
import type { Command } from 'commander'
import { withLog } from '../deployment/open-deployment.ts'
import {
  addGiverOptions,
  type GiverOptions,
  giveVerdict,
  oneOf,
  openGiver,
  type Said,
} from '../verdict/give-verdict.ts'
import { wholeNumber } from '../whole-number.ts'
import { addCommand, WrongUsage } from './command.ts'

interface VerdictOptions extends GiverOptions {
  readonly suppressDays?: number
  readonly command?: string
}

const answers = Answer.exclude(['restore'])

/** `straylight verdict ALERT approve|reject|true|false`: what a person says of an alert, signed with the issuer's key. */
export function addVerdict(program: Command): void {
  addCommand<VerdictOptions>(program, {
    usage: 'verdict <alert> <answer>',
    summary: 'answer an alert: approve or reject its held command, or call it true or false; waits for the effect',
    configure: (command) =>
      addGiverOptions(command)
        .option('--command <id>', 'the command that was seen: another one is neither approved nor rejected')
        .option(
          '--suppress-days <number>',
          'days for which a false verdict keeps the like quiet (the policy says how many by default and at most); 0: none',
          wholeNumber,
        ),
    run: async (output, options, alert = '', given = '') => {
      if (!alert.startsWith('alr_')) throw new WrongUsage(`"${alert}" is no alert: expected an id such as alr_1f9c…`)
      const answer = oneOf(answers, given, 'answer')
      const settings = readSettings(AllSettings)
      const giver = await openGiver(settings, options, answer)
      const said = (seen: Alert): Said => saidOf(seen, answer, options)
      return withLog(settings, (log) => giveVerdict(output, { log, giver, said }, alert))
    },
  })
}

function saidOf(alert: Alert, answer: Answer, { command, suppressDays }: VerdictOptions): Said {
  const command_id = command ?? alert.command?.id
  return {
    alert_id: alert.id,
    alert_revision: alert.revision,
    answer,
    ...(command_id === undefined ? {} : { command_id }),
    ...(suppressDays === undefined ? {} : { suppress_days: suppressDays }),
  }
}
