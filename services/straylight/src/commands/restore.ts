import { sentCommand } from '@straylight/respond/verdict/latest-alert'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { withLog } from '../deployment/open-deployment.ts'
import { type GiverOptions, giveVerdict, openGiver } from '../verdict/give-verdict.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

/** `straylight restore COMMAND`: an approver takes a revocation back; respond sends the signed command that does it. */
export async function restore(output: CommandOutput, options: GiverOptions, command: string): Promise<number> {
  if (!command.startsWith('cmd_')) {
    throw new WrongUsage(`"${command}" is no command: expected an id such as cmd_82f1…, as the alert names it`)
  }
  const settings = readSettings(AllSettings)
  const giver = await openGiver(settings, options, 'restore')
  return withLog(settings, async (log) => {
    const sent = await sentCommand(log, command)
    if (sent === undefined) {
      output.say(`No command ${command} was sent within the last seven days. No restore was sent.`)
      output.result({ command, accepted: false, code: 'never_sent' })
      return 1
    }
    const { alert_id } = sent.evidence
    const said = ({ revision }: { revision: number }) =>
      ({ alert_id, alert_revision: revision, command_id: command, answer: 'restore' }) as const
    return giveVerdict(output, { log, giver, said }, alert_id)
  })
}
