import type { AgentChange } from '@straylight/schemas/agent'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs } from '@straylight/schemas/duration'
import type { Cause, Relearning } from '@straylight/schemas/finding'
import { causeOf } from './cause.ts'
import { type FeatureName, featureIndex, featureNames } from './feature.ts'

/** What is left of an excused feature: enough to be reported, too little to alert or to be held out alone. */
const leftOver = 0.2

/** What each change explains. Destinations, privilege, credentials, boundaries and flows of values never are. */
const explains: Readonly<Record<AgentChange['what'], readonly Cause[]>> = {
  tool: ['new_system', 'new_action', 'order', 'arguments'],
  role: ['new_system', 'new_action', 'order', 'arguments'],
  model: ['order', 'arguments', 'volume'],
}
/** An amount far beyond all that agent and peers have known is what an export looks like: no change explains it. */
const never: ReadonlySet<FeatureName> = new Set(['amount_excess', 'session_excess'])

/** Whether a change of this kind explains what the feature speaks of. */
export const changeExplains = (what: AgentChange['what'], feature: FeatureName): boolean =>
  explains[what].includes(causeOf(feature)) && !never.has(feature)

const placesOf = (what: AgentChange['what']): readonly number[] =>
  featureNames.flatMap((name, at) => (changeExplains(what, name) ? [at] : []))
const excusedBy = { tool: placesOf('tool'), role: placesOf('role'), model: placesOf('model') }
const orderOnly = featureNames.flatMap((name, at) => (causeOf(name) === 'order' ? [at] : []))
const externalNew = featureIndex('external_new')
const openedToEverybody = featureIndex('opened_to_everybody')
const stepNewPeers = featureIndex('step_new_peers')

/**
 * Lowers the features of an event that a change in the registry explains, while its window is open (event time). A new tool
 * explains its own steps, and the order of what comes right after them; a new role what its peers do; a new model order,
 * arguments and amounts within what is known. Nothing is excused of an event that goes to a new external destination or opens something to everybody.
 */
export function excuseChange(
  deviation: Float64Array,
  of: { event: AgentEvent; previous_step: string; changes: readonly AgentChange[] },
): Relearning | undefined {
  const { event, previous_step, changes } = of
  if (changes.length === 0 || (deviation[externalNew] as number) > 0) return undefined
  if ((deviation[openedToEverybody] as number) > 0) return undefined
  const lowered = new Set<number>()
  let relearning: Relearning | undefined
  for (const change of changes) {
    const from = Date.parse(change.time)
    const until = from + change.relearn_days * dayMs
    if (event.time < from || event.time >= until) continue
    const places = excusedPlaces(change, { event, previous_step, deviation })
    if (!places.some((at) => (deviation[at] as number) > 0)) continue
    for (const at of places) lowered.add(at)
    relearning ??= { what: change.what, until }
  }
  for (const at of lowered) deviation[at] = leftOver * (deviation[at] as number)
  return relearning
}

function excusedPlaces(
  change: AgentChange,
  { event, previous_step, deviation }: { event: AgentEvent; previous_step: string; deviation: Float64Array },
): readonly number[] {
  if (change.what === 'model') return excusedBy.model
  if (change.what === 'role') return (deviation[stepNewPeers] as number) > 0 ? [] : excusedBy.role
  if (isNamed(change, event.system, event.action)) return excusedBy.tool
  const slash = previous_step.indexOf('/')
  const before = isNamed(change, previous_step.slice(0, slash), previous_step.slice(slash + 1))
  return before ? orderOnly : []
}

const isNamed = ({ systems, actions }: AgentChange, system: string, action: string): boolean =>
  (systems === undefined || systems.includes(system)) && (actions === undefined || actions.includes(action))
