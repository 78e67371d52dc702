import { triedWeeksMax } from '@straylight/console/contract/policy-trial'
import type { RouteAnswer } from '@straylight/console/contract/routes'
import { policyText } from '@straylight/respond/decide/policy-text'
import { readPolicy } from '@straylight/respond/decide/read-policy'
import { counted } from '@straylight/schemas/counted'
import { withConsole } from '../console/console-api.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

export interface PolicyTryOptions {
  readonly weeks: number
  readonly tenant?: string
}

/** Lines of each kind that people read; `--json` has up to 200. */
const saidMax = 20

/** `straylight policy try FILE`: what another policy would have made of the last weeks, of a deployment that runs or is stopped. */
export async function tryPolicy(
  output: CommandOutput,
  { weeks, tenant }: PolicyTryOptions,
  file: string,
): Promise<number> {
  if (weeks < 1 || weeks > triedWeeksMax)
    throw new WrongUsage(`--weeks ${weeks}: expected a whole number from 1 to ${triedWeeksMax}`)
  // Read here, so that faults name the file; what decides nothing does not leave it.
  const policy = policyText(await readPolicy(file))
  return withConsole(async ({ ask }) => {
    const trial = await ask('tryPolicy', {}, { policy, weeks, tenant })
    for (const line of lines(trial)) output.say(line)
    output.result({ file, ...trial })
    return 0
  })
}

type Trial = RouteAnswer<'tryPolicy'>
type Tried = Trial['appear']['items'][number]

function lines({ sentence, says, not_tried, appear, vanish, change, commands }: Trial): string[] {
  return [
    ...(says.length === 0 ? ['The policy decides as the one in force.'] : says),
    ...part('Appear', appear, alertLine),
    ...part('Vanish', vanish, alertLine),
    ...part(
      'Change',
      change,
      ({ before, after }) =>
        `${alertLine(after)} (${before.severity}, ${before.answer} → ${after.severity}, ${after.answer})`,
    ),
    ...part(
      'Commands',
      commands,
      ({ at, agent, hits, before, after }) =>
        `${new Date(at).toISOString()} ${agent}, ${hits}: ${before ?? 'none'} → ${after ?? 'none'}`,
    ),
    ...not_tried.map((line) => `Not seen here: ${line}`),
    sentence,
    'Nothing was applied.',
  ]
}

const alertLine = ({ alert_id, event_id, agent, severity, answer, summary }: Tried): string =>
  `${alert_id ?? `event ${event_id}`} ${agent} (${severity}, ${answer}): ${summary}`

function part<Item>(
  title: string,
  { items, more }: { items: readonly Item[]; more: boolean },
  line: (item: Item) => string,
): string[] {
  if (items.length === 0) return []
  const left = items.length - saidMax
  const rest = left > 0 ? [`  … and ${more ? 'more than ' : ''}${counted(left, 'more line')}: --json has them`] : []
  return [`${title}:`, ...items.slice(0, saidMax).map((item) => `  ${line(item)}`), ...rest]
}
