import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import { nameInSentence } from '../alert/name-in-sentence.ts'

/** What a command does, in words: `credential jti:9c1e`. */
export function subjectInWords(command: RevocationCommand): string {
  const { credential_id, session_id, agent_id } = command.subject
  if (command.scope.match === 'credential') return `credential ${nameInSentence(credential_id ?? '', 80)}`
  if (command.scope.match === 'session') return `session ${nameInSentence(session_id ?? '', 80)}`
  return `agent ${nameInSentence(agent_id, 80)}`
}
