import type { Alert } from '@straylight/schemas/alert'

const inForce: ReadonlySet<Alert['command_state']> = new Set(['sent', 'applied', 'unanswered'])

/** What to say to whoever calls an alert false whose revocation is in force: the answer does not undo it. Null: there is none. */
export function standingRevocation({ command, command_state, restores = [] }: Alert): string | null {
  if (command === undefined || command.mode !== 'enforce' || !inForce.has(command_state)) return null
  // What was refused or expired may be tried again.
  if (restores.some(({ command: { undo }, state }) => undo.of === command.id && inForce.has(state))) return null
  return `The revocation stands: undo it too, with \`straylight restore ${command.id} --reason "…"\`.`
}
