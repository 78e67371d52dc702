import type { Agent } from '@straylight/schemas/agent'
import { counted } from '@straylight/schemas/counted'
import { dayMs } from '@straylight/schemas/duration'
import type { LeastPrivilege } from '../contract/agent-detail.ts'

/** What an agent did of each step. */
export interface UsedStep {
  readonly system: string
  readonly step: string
  readonly first_time: number
  readonly last_time: number
}

/** The action of a `system/action`: systems may have strokes in their names. */
const actionOf = ({ system, step }: UsedStep): string => step.slice(system.length + 1)

/** Whether the registry's boundary holds a step, as the detector judges it: an action alone, or with its system; null where it sets none. */
export function withinBoundary(boundary: Agent['boundary'], step: UsedStep): boolean | null {
  if (boundary === undefined) return null
  const { systems, actions } = boundary
  const isNamed = (actions: readonly string[]) => actions.includes(actionOf(step)) || actions.includes(step.step)
  return (systems?.includes(step.system) ?? true) && (actions === undefined || isNamed(actions))
}

/** What the registry grants an agent against what it uses. `seen`: from its first to its latest event. */
export function leastPrivilege(
  agent: Pick<Agent, 'boundary'> | undefined,
  used: readonly UsedStep[],
  { scopes }: { scopes: readonly string[] },
): LeastPrivilege {
  const boundary = agent?.boundary
  const [systems, actions] = [boundary?.systems ?? [], boundary?.actions ?? []]
  const usedSystems = new Set(used.map(({ system }) => system))
  const usedActions = new Set(used.flatMap((step) => [actionOf(step), step.step]))
  const unused_systems = systems.filter((system) => !usedSystems.has(system))
  const unused_actions = actions.filter((action) => !usedActions.has(action))
  const used_outside = used.filter((step) => withinBoundary(boundary, step) === false).map(({ step }) => step)
  const first = Math.min(...used.map(({ first_time }) => first_time))
  const days = used.length === 0 ? 0 : (Math.max(...used.map(({ last_time }) => last_time)) - first) / dayMs
  const sentences =
    boundary === undefined
      ? ['The registry sets no boundary: the agent may use every system that its credentials open.']
      : sentencesOf({ days, unused: [...unused_systems, ...unused_actions].length, outside: used_outside.length })
  return {
    bounded: boundary !== undefined,
    ...{ granted_systems: systems, granted_actions: actions, unused_systems, unused_actions, used_outside },
    ...{ scopes: [...scopes], days, sentences },
  }
}

function sentencesOf({ days, unused, outside }: { days: number; unused: number; outside: number }): string[] {
  const within = `within ${counted(Number(days.toFixed(1)), 'day')} of events`
  return [
    unused === 0
      ? `Everything that the registry grants was used ${within}.`
      : `${counted(unused, 'grant')} ${unused === 1 ? 'was' : 'were'} not used ${within}: taking them away would change nothing seen so far.`,
    ...(outside === 0
      ? []
      : [`${counted(outside, 'step')} ${outside === 1 ? 'lies' : 'lie'} outside of the boundary.`]),
  ]
}
