import { counted } from '@straylight/schemas/counted'
import { withConsole } from '../console/console-api.ts'
import type { CommandOutput } from './command.ts'

/** `straylight approvals`: commands that wait for a person, the nearest deadline first, each with how to answer. */
export async function listApprovals(output: CommandOutput, options: { tenant?: string }): Promise<number> {
  return withConsole(async ({ ask }) => {
    const { waiting } = await ask('approvals', { tenant: options.tenant })
    for (const { alert, command } of waiting.items) {
      const by = command.approval_deadline === null ? '' : ` by ${new Date(command.approval_deadline).toISOString()}`
      output.say(`${alert.id} (${alert.severity}, ${alert.tenant}): ${alert.summary}`)
      output.say(`  ${command.id}${by}: ${command.sentence}`)
      output.say(`  straylight verdict ${alert.id} approve --command ${command.id} --reason "…"`)
    }
    const more = waiting.more ? ', and more' : ''
    output.say(
      waiting.items.length === 0
        ? 'No command waits for an approval.'
        : `${counted(waiting.items.length, 'command')}${more}.`,
    )
    output.result({ waiting: waiting.items, more: waiting.more })
    return 0
  })
}
