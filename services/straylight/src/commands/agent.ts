import type { RouteAnswer } from '@straylight/console/contract/routes'
import { counted } from '@straylight/schemas/counted'
import { type ConsoleApi, withConsole } from '../console/console-api.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

/** Lines of each list that people see; `--json` has all. */
const shownMax = 15

type Detail = RouteAnswer<'agent'>

export interface AgentOptions {
  readonly tenant?: string
  readonly wouldAlert?: true
}

/** `straylight agent NAME`: who an agent is, what it usually does, and what it is granted and does not use. */
export async function showAgent(output: CommandOutput, options: AgentOptions, name: string): Promise<number> {
  if (name === '') throw new WrongUsage('expected the name of an agent, as the registry has it')
  return withConsole(async (api) => {
    const tenant = options.tenant ?? (await tenantOf(api, name))
    if (tenant === undefined) {
      output.say(`There is no agent ${name}. \`straylight agents --search NAME\` finds names that begin so with NAME*.`)
      output.result({ agent: name, found: false })
      return 1
    }
    const detail = await api.ask('agent', { tenant, agent: name })
    for (const line of lines(detail)) output.say(line)
    if (options.wouldAlert !== true) {
      output.result(detail)
      return 0
    }
    const would_alert = await api.ask('wouldAlert', { tenant, agent: name })
    for (const line of deedLines(would_alert)) output.say(line)
    output.result({ ...detail, would_alert })
    return 0
  })
}

/** The tenant of the one agent of this name. Throws where several have one. */
async function tenantOf(api: ConsoleApi, name: string): Promise<string | undefined> {
  const quoted = `"${name.replace(/["\\]/g, '\\$&')}"`
  const { items } = await api.ask('agents', { search: `agent:${quoted}`, limit: 200 })
  const tenants = items.filter((row) => row.agent === name).map(({ tenant }) => tenant)
  if (tenants.length <= 1) return tenants[0]
  throw new WrongUsage(
    `Several tenants have an agent ${name}: name one with --tenant (${tenants.slice(0, 10).join(', ')})`,
  )
}

function lines({
  agent: row,
  state_sentence,
  revocations,
  actions,
  destinations,
  least_privilege,
  volumes,
  alerts,
  credentials,
}: Detail): string[] {
  const { owner, tier, role, registered } = row
  const who = registered
    ? `owner ${owner ?? 'nobody'}, tier ${tier}, role ${role ?? 'none'}`
    : 'not in the registry: no tier, judged as medium'
  return [
    `${row.agent} (tenant ${row.tenant}): ${who}.`,
    state_sentence,
    ...revocations.slice(0, 3).map(({ sentence, alert_id }) => `${sentence} (${alert_id})`),
    `${counted(row.events, 'event')}, ${between(row.first_seen, row.last_seen)}.`,
    ...(volumes.day === null
      ? []
      : [
          `A day: ${counted(volumes.day.calls.median, 'event')}, ${volumes.day.sent.median} bytes sent (medians of ${counted(volumes.day.periods, 'day')}).`,
        ]),
    `What it does (${actions.items.length}):`,
    ...firstOf(
      actions.items.map(
        (used) => `  ${used.step}: ${(100 * used.share).toFixed(1)} %, since ${day(used.first_time)}${learntOf(used)}`,
      ),
    ),
    `Where it sends to (${destinations.items.length}):`,
    ...firstOf(
      destinations.items.map(
        (sent) =>
          `  ${sent.destination}${sent.internal ? ' (internal)' : ''}: ${counted(sent.events, 'time')}${learntOf(sent)}`,
      ),
    ),
    `Credentials: ${
      credentials.items
        .map(({ id, bound }) => `${id}${bound ? '' : ' (claimed)'}`)
        .slice(0, shownMax)
        .join(', ') || 'none named'
    }.`,
    ...least_privilege.sentences,
    ...listed('  granted and unused: ', [...least_privilege.unused_systems, ...least_privilege.unused_actions]),
    ...listed('  used outside of its boundary: ', least_privilege.used_outside),
    `${counted(alerts.items.length, 'alert')}${alerts.more ? ' and more' : ''}:`,
    ...firstOf(
      alerts.items.map(
        ({ id, severity, state, summary }) => `  ${id} (${state.replaceAll('_', ' ')}, ${severity}): ${summary}`,
      ),
    ),
  ]
}

/** So many lines, and how many are left out. */
const firstOf = (lines: readonly string[]): string[] =>
  lines.length <= shownMax
    ? [...lines]
    : [...lines.slice(0, shownMax), `  and ${lines.length - shownMax} more: --json has them all`]

/** What waits for an answer, or was called true, is not learnt. */
function learntOf({ events, not_learnt }: { events: number; not_learnt: number }): string {
  if (not_learnt === 0) return ''
  return events === not_learnt ? ' (not learnt)' : ` (${not_learnt} of them not learnt)`
}

const listed = (title: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`${title}${names.join(', ')}`]

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

const between = (first: number | null, last: number | null): string =>
  first === null || last === null
    ? 'never seen'
    : `from ${new Date(first).toISOString()} to ${new Date(last).toISOString()}`

/** What would alert, and what alone would not. */
function deedLines({ sentence, deeds }: RouteAnswer<'wouldAlert'>): string[] {
  const alerting = deeds.filter(({ alerts }) => alerts)
  const others = deeds.filter(({ alerts }) => !alerts)
  return [
    sentence,
    ...(alerting.length === 0 ? [] : ['It alerts if the agent …']),
    ...alerting.map(({ deed, severity, reason }) => `  ${deed} (${severity ?? 'low'}): ${reason ?? ''}`),
    ...(others.length === 0 ? [] : ['This alone does not alert: the agent …']),
    ...others.map(({ deed, rarity }) => `  ${deed} (as ${rarity})`),
  ]
}
