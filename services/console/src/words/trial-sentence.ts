import type { ChangedCommand, DecisionChanges } from '@straylight/respond/trial/compare-decisions'
import { counted } from '@straylight/schemas/counted'

/** '12 alerts appear, 3 vanish; 1 command would no longer be sent', with of what it is said. */
export function trialSentence(
  of: { weeks: number; findings: number; more: boolean },
  { appear, vanish, change, stay, commands }: DecisionChanges,
): string {
  const time = `the last ${of.weeks === 1 ? 'week' : `${of.weeks} weeks`}`
  if (of.findings === 0) return `Nothing was found in ${time} that either policy would have alerted.`
  const judged = of.more
    ? `Of the first ${counted(of.findings, 'finding')} of ${time} (there are more)`
    : `Of ${counted(of.findings, 'finding')} of ${time}`
  const alerts = [
    ...(appear.length > 0 ? [`${counted(appear.length, 'alert')} ${plural(appear, 'appears', 'appear')}`] : []),
    ...(vanish.length > 0 ? [`${counted(vanish.length, 'alert')} ${plural(vanish, 'vanishes', 'vanish')}`] : []),
    ...(change.length > 0
      ? [`${counted(change.length, 'alert')} ${plural(change, 'is', 'are')} graded or answered otherwise`]
      : []),
  ]
  const fates = commandClauses(commands)
  if (alerts.length === 0 && fates.length === 0) {
    return `${judged}, nothing changes: ${stay === 1 ? 'the one alert stays as it is' : `all ${counted(stay, 'alert')} stay as they are`}, and so does every command.`
  }
  return `${judged}, ${alerts.length === 0 ? 'no alert changes' : alerts.join(', ')}; ${fates.length === 0 ? 'no command changes' : fates.join(', ')}.`
}

const plural = (of: readonly unknown[], one: string, many: string): string => (of.length === 1 ? one : many)

/** What becomes of commands: no longer sent, sent after all, asked of a person. */
function commandClauses(commands: readonly ChangedCommand[]): string[] {
  const number = (holds: (command: ChangedCommand) => boolean): number => commands.filter(holds).length
  const clauses: readonly (readonly [number, string])[] = [
    [number(({ before, after }) => before === 'sent' && after !== 'asked'), 'would no longer be sent'],
    [
      number(({ before, after }) => before === 'sent' && after === 'asked'),
      'would wait for a person instead of being sent',
    ],
    [number(({ before, after }) => before === 'asked' && after === 'sent'), 'would be sent without asking a person'],
    [number(({ before, after }) => before !== 'asked' && after === 'sent'), 'more would be sent'],
    [number(({ before, after }) => before !== 'sent' && after === 'asked'), 'more would be asked of a person'],
    [number(({ before, after }) => before === 'asked' && after !== 'sent'), 'would no longer be asked of a person'],
    [number(({ before, after }) => before === null && after === 'recorded'), 'more would be recorded and not sent'],
    [number(({ before, after }) => before === 'recorded' && after === null), 'would no longer be recorded'],
  ]
  return clauses.flatMap(([count, what]) => (count === 0 ? [] : [`${counted(count, 'command')} ${what}`]))
}
