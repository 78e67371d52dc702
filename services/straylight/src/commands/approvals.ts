import type { Approvals } from '@straylight/console/contract/approvals'
import { counted } from '@straylight/schemas/counted'
import { withConsole } from '../console/console-api.ts'
import type { CommandOutput } from './command.ts'

type Item = Approvals['waiting']['items'][number]

/** What is said of a command that waits. */
interface Waiting {
  readonly alert: Pick<Item['alert'], 'id' | 'severity' | 'tenant' | 'summary'>
  readonly command: Pick<Item['command'], 'id' | 'state' | 'approval_deadline' | 'approved_by' | 'sentence'>
  readonly consequences: readonly Pick<Item['consequences'][number], 'answer' | 'allowed' | 'why_not'>[]
}

/** `straylight approvals`: commands that wait for a person, the nearest deadline first, each with how to answer. */
export async function listApprovals(output: CommandOutput, options: { tenant?: string }): Promise<number> {
  return withConsole(async ({ ask }) => {
    const { waiting } = await ask('approvals', { tenant: options.tenant })
    for (const line of approvalLines(waiting.items)) output.say(line)
    if (waiting.more) output.say('There are more.')
    output.result({ waiting: waiting.items, more: waiting.more })
    return 0
  })
}

/** A line or more for each, and how many there are. One that is approved waits for a free place, and for nobody. */
export function approvalLines(waiting: readonly Waiting[]): string[] {
  const ready = waiting.filter(isApproved).length
  const asked = waiting.length - ready
  const waits = asked === 0 ? 'No command waits' : `${counted(asked, 'command')} ${asked === 1 ? 'waits' : 'wait'}`
  const placed = ready === 0 ? '' : ` ${ready} approved, ${ready === 1 ? 'waits' : 'wait'} for a free place.`
  return [...waiting.flatMap(linesOf), `${waits} for an approval.${placed}`]
}

const isApproved = ({ command }: Waiting): boolean => command.state === 'approved'

function linesOf(one: Waiting): string[] {
  const { alert, command, consequences } = one
  const approved = isApproved(one)
  const deadline = command.approval_deadline
  const by = approved || deadline === null ? '' : ` by ${new Date(deadline).toISOString()}`
  const answer = approved ? 'reject' : 'approve'
  const said = consequences.find((consequence) => consequence.answer === answer)
  const how = `straylight verdict ${alert.id} ${answer} --command ${command.id} --reason "…"`
  const placed = `  Approved by ${command.approved_by}, waits for a free place. It can still be rejected:`
  return [
    `${alert.id} (${alert.severity}, ${alert.tenant}): ${alert.summary}`,
    `  ${command.id}${by}: ${command.sentence}`,
    ...(approved ? [placed] : []),
    `  ${said?.allowed === false ? said.why_not : how}`,
  ]
}
