import { octaveOf } from './activity-windows.ts'
import type { EventCircumstances } from './event-circumstances.ts'
import type { Family } from './profile-key.ts'

/** Separates the parts of a context, as in `profile-key.ts`. */
const part = '\u001f'

/** The context of another guard's signal: what is usual depends on what the agent does. */
export const signalContext = (step: string, name: string): string => step + part + name

/** Calls `take` with each key of the circumstances of an event: under which it was done, not what. Unknown ones give none. */
export function circumstanceKeys(
  shape: EventCircumstances & { readonly step: string },
  take: (family: Family, context: string, x: string, once: boolean) => void,
): void {
  take('timeOfWeek', '', shape.time_of_week, false)
  if (shape.privilege_rank !== null) take('privilegeRank', '', String(shape.privilege_rank), false)
  for (const { measure, total } of shape.closed) take('window', measure, String(octaveOf(total)), false)
  if (shape.credential_age_hours !== null)
    take('credentialAge', '', String(octaveOf(shape.credential_age_hours)), false)
  if (shape.parent_agent !== null) take('delegation', '', shape.parent_agent, false)
  for (const source of shape.sources) take('source', '', source, false)
  for (const { name, level } of shape.signals) take('signal', signalContext(shape.step, name), String(level), false)
}
