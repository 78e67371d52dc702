import type { AgentEvent } from '@straylight/schemas/agent-event'
import { moreKind } from '@straylight/schemas/within-bounds'
import { stepOf } from '../event/event-shape.ts'
import { type Flow, isGuessable, type UsedValue, usedValues, valueKindOf } from './flow.ts'
import type { SessionValues } from './session-values.ts'
import {
  contextSource,
  fromCut,
  type Origin,
  type RememberedCall,
  type Root,
  requestSource,
  selfSource,
} from './value-origin.ts'

export interface FollowedValues {
  /** Null: the event does not say what its arguments held. */
  readonly flows: readonly Flow[] | null
  /** `usedValues` of the event. */
  readonly values: readonly UsedValue[]
  readonly root: Root
  /** What the session's requests named so far, this event's own among them. */
  readonly asked: readonly string[]
}

/**
 * Takes one event into its session's memory and tells its flows and how its call is rooted. `at`: the event's ordinal in
 * the session.
 */
export function followValues(memory: SessionValues, event: AgentEvent, at: number): FollowedValues {
  memory.addRequest(at, event.request_values ?? none)
  const context = event.context_values ?? none
  const values = usedValues(event)
  const flows: Flow[] = []
  let root: Root = values.length === 0 ? 'ambient' : 'invented'
  for (let index = 0; index < values.length; index++) {
    const used = values[index] as UsedValue
    const kind = valueKindOf(used.value)
    const origins = kind === moreKind ? fromCut : (memory.originsOf(used.value, context) ?? noOrigins)
    for (let way = 0; way < origins.length; way++) flows.push(flowOf(index, used, kind, origins[way] as Origin))
    if (origins.length > 0 && !isGuessable(kind)) root = rootWith(root, origins[0] as Origin)
  }
  memory.addCall(rememberedCall(event, at, root), event.result_values !== undefined)
  return { flows: event.argument_values === undefined ? null : flows, values, root, asked: memory.asked }
}

const none: readonly string[] = []
const noOrigins: readonly Origin[] = []

function flowOf(value: number, { argument }: UsedValue, kind: string, origin: Origin): Flow {
  const { source, root, call, event } = origin
  if (event === undefined) return { value, argument, kind, source, root, call }
  return { value, argument, kind, source, root, call, event }
}

/** Whether an event brings values that its session remembers. */
export const bearsValues = ({ argument_values, result_values, context_values }: AgentEvent): boolean =>
  (result_values?.length ?? 0) > 0 ||
  (context_values?.length ?? 0) > 0 ||
  Object.values(argument_values ?? {}).some((values) => values.length > 0)

/** What a session remembers of an event that was followed: for building its memory again. */
export const rememberedCall = (event: AgentEvent, at: number, root: Root): RememberedCall => ({
  at,
  event: event.id,
  step: stepOf(event),
  root,
  context: event.context_values ?? none,
  used: argumentValues(event),
  returned: event.result_values ?? none,
})

function argumentValues({ argument_values }: AgentEvent): readonly string[] {
  if (argument_values === undefined) return none
  const lists = Object.values(argument_values)
  return lists.length === 1 ? (lists[0] as readonly string[]) : lists.flat()
}

/** One value from the request roots the whole call there; else the last value with a source decides. */
function rootWith(root: Root, { source, root: from }: { source: string; root: Root | '' }): Root {
  if (root === 'requested' || source === requestSource) return 'requested'
  if (source === contextSource) return 'context'
  return source === selfSource || from === '' ? root : from
}
