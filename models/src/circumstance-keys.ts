import { octaveOf } from './activity-windows.ts'
import type { EventCircumstances } from './event-circumstances.ts'
import type { ProfileKey } from './profile-key.ts'

/** Separates the parts of a context, as in `profile-key.ts`. */
const part = '\u001f'

/** The context of another guard's signal: what is usual depends on what the agent does. */
export const signalContext = (step: string, name: string): string => step + part + name

/** Keys of the circumstances of an event: under which it was done, not what. Unknown ones give none. */
export function circumstanceKeys(shape: EventCircumstances & { readonly step: string }): ProfileKey[] {
  const keys: ProfileKey[] = [{ family: 'timeOfWeek', context: '', x: shape.time_of_week }]
  if (shape.privilege_rank !== null)
    keys.push({ family: 'privilegeRank', context: '', x: String(shape.privilege_rank) })
  for (const { measure, total } of shape.closed) {
    keys.push({ family: 'window', context: measure, x: String(octaveOf(total)) })
  }
  if (shape.credential_age_hours !== null)
    keys.push({ family: 'credentialAge', context: '', x: String(octaveOf(shape.credential_age_hours)) })
  if (shape.parent_agent !== null) keys.push({ family: 'delegation', context: '', x: shape.parent_agent })
  for (const source of shape.sources) keys.push({ family: 'source', context: '', x: source })
  shape.signals.forEach(({ name, level }) => {
    keys.push({ family: 'signal', context: signalContext(shape.step, name), x: String(level) })
  })
  return keys
}
