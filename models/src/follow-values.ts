import type { AgentEvent } from '@straylight/schemas/agent-event'
import { stepOf } from './event-shape.ts'
import { type Flow, isGuessable, kindOf, usedValues } from './flow.ts'
import {
  contextSource,
  type RememberedCall,
  type Root,
  requestSource,
  type SessionValues,
  selfSource,
} from './session-values.ts'

/**
 * Takes one event into its session's memory and tells its flows and how its call is rooted. `at`: the event's ordinal in
 * the session. Null flows: the event does not say what its arguments held.
 */
export function followValues(
  memory: SessionValues,
  event: AgentEvent,
  at: number,
): { flows: readonly Flow[] | null; root: Root } {
  memory.takeRequest(at, event.request_values ?? [])
  const context = event.context_values ?? []
  const used = usedValues(event)
  const flows: Flow[] = []
  let root: Root = used.length === 0 ? 'ambient' : 'invented'
  used.forEach(({ argument, value }, index) => {
    const kind = kindOf(value)
    const origins = memory.originsOf(value, context)
    for (const origin of origins ?? []) flows.push({ value: index, argument, kind, ...origin })
    if (!isGuessable(kind) && origins?.[0]) root = rootWith(root, origins[0])
  })
  memory.takeCall(rememberedCall(event, at, root), event.result_values !== undefined)
  return { flows: event.argument_values === undefined ? null : flows, root }
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
  context: event.context_values ?? [],
  used: Object.values(event.argument_values ?? {}).flat(),
  returned: event.result_values ?? [],
})

/** One value from the request roots the whole call there; else the last value with a source decides. */
function rootWith(root: Root, { source, root: from }: { source: string; root: Root | '' }): Root {
  if (root === 'requested' || source === requestSource) return 'requested'
  if (source === contextSource) return 'context'
  return source === selfSource || from === '' ? root : from
}
