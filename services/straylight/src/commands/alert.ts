import { ConsoleProblem } from '@straylight/console/console-problem'
import type { RouteAnswer } from '@straylight/console/contract/routes'
import { scoreAndRarity } from '@straylight/console/words/score-and-rarity'
import { counted } from '@straylight/schemas/counted'
import { NoConsoleAnswer, withConsole } from '../console/console-api.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

/** `straylight alert ID`: one alert with its reasons and numbers, what was done, and what each answer would do. */
export async function showAlert(output: CommandOutput, id: string): Promise<number> {
  if (!id.startsWith('alr_')) throw new WrongUsage(`"${id}" is no alert: expected an id such as alr_1f9c…`)
  return withConsole(async ({ ask }) => {
    try {
      const detail = await ask('alert', { id })
      for (const line of lines(detail)) output.say(line)
      output.result(detail)
      return 0
    } catch (error) {
      if (!isNotFound(error)) throw error
      output.say(`There is no alert ${id}.`)
      output.result({ id, found: false })
      return 1
    }
  })
}

const isNotFound = (error: unknown): boolean =>
  (error instanceof NoConsoleAnswer || error instanceof ConsoleProblem) && error.code === 'not_found'

/** What is to be done first where nothing can be answered from here yet. */
function cannotAnswer({ state }: RouteAnswer<'alert'>['alert'], said: RouteAnswer<'alert'>['consequences']): string[] {
  const why = said.find(({ answer }) => answer === 'true')?.why_not
  return state === 'closed' || typeof why !== 'string' ? [] : [`You can look, and not answer yet. ${why}`]
}

function lines({
  alert: row,
  decision,
  findings,
  commands,
  alike,
  consequences,
  answer_with,
}: RouteAnswer<'alert'>): string[] {
  return [
    `${row.id} (${row.state.replaceAll('_', ' ')}, ${row.severity}), revision ${row.revision}, tenant ${row.tenant}: ${row.summary}`,
    row.assignee === null ? 'Nobody works on it yet.' : `${row.assignee.name} works on it.`,
    ...findings.flatMap(({ event_id, score, risk, rarity, reasons }) => [
      `Event ${event_id}: score ${score.toFixed(2)} nats, risk ${risk.toFixed(2)}, reached by ${rarity}`,
      ...reasons.map(({ contribution, sentence }) => `  ${contribution.toFixed(2).padStart(7)}  ${sentence}`),
    ]),
    ...(findings.length === 0 ? [] : [scoreAndRarity]),
    ...decision,
    ...commands.map(({ id, sentence, state }) => `${id} (${state}): ${sentence}`),
    `${counted(alike.items.length, 'earlier alert')} like it${alike.more ? ', and more' : ''}.`,
    ...consequences
      .filter(({ sentences }) => sentences.length > 0)
      .map(({ answer, sentences }) => `${answer}: ${sentences.join(' ')}`),
    ...(answer_with.length === 0 ? cannotAnswer(row, consequences) : answer_with),
  ]
}
