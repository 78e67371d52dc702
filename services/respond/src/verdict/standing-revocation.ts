import type { Alert } from '@straylight/schemas/alert'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import { nameInSentence } from '../alert/name-in-sentence.ts'

const inForce: ReadonlySet<Alert['command_state']> = new Set(['sent', 'applied', 'unanswered'])

/** What to say to whoever calls an alert false whose revocation is in force: the answer does not undo it. Null: there is none. */
export function standingRevocation({ command, command_state, restores = [] }: Alert): string | null {
  if (command === undefined || command.mode !== 'enforce' || !inForce.has(command_state)) return null
  if (isTakenBack(restores, command.id)) return null
  return `The revocation stands: undo it too, with \`straylight restore ${command.id} --reason "…"\`.`
}

/** What was refused or expired may be tried again. */
const isTakenBack = (restores: NonNullable<Alert['restores']>, id: string): boolean =>
  restores.some(({ command: { undo }, state }) => undo.of === id && inForce.has(state))

/** Of an alert about several agents: whom it was revoked for before the command that it holds now. At most three are named. */
export function earlierRevocations(
  { command, restores = [] }: Alert,
  sent: readonly RevocationCommand[],
): string | null {
  const standing = sent.filter(
    ({ id, action, mode }) =>
      mode === 'enforce' && action !== 'restore' && id !== command?.id && !isTakenBack(restores, id),
  )
  if (standing.length === 0) return null
  const named = standing.slice(0, 3).map(({ id, subject }) => `${nameInSentence(subject.agent_id, 80)} by ${id}`)
  const more = standing.length > named.length ? ` and ${standing.length - named.length} more` : ''
  return `Earlier commands of this alert may stand: ${named.join(', ')}${more}. Undo each with \`straylight restore COMMAND --reason "…"\`.`
}
