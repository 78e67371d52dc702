import type { Alert } from '@straylight/schemas/alert'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'

/** What would have become of a command: it goes out, a person is asked for it, or it is recorded and nothing more. */
export type CommandFate = 'sent' | 'asked' | 'recorded'

/** A command as a policy would have made it. */
export interface ReplayedCommand {
  readonly fate: CommandFate
  readonly tenant: string
  readonly agent: string
  readonly alert_id: string
  /** What it hits: `credential jti:9c1e`, `session run-81`, `agent invoice-bot`. */
  readonly hits: string
  /** Log time, milliseconds since 1970 UTC. */
  readonly at: number
}

const fates: Partial<Record<Alert['command_state'], CommandFate>> = { sent: 'sent', held: 'asked', shadow: 'recorded' }

/** The command that came with this change of an alert; undefined where none did. */
export function replayedCommand(before: Alert | undefined, after: Alert, at: number): ReplayedCommand | undefined {
  const { command, command_state: state } = after
  const fate = fates[state]
  if (command === undefined || fate === undefined) return undefined
  if (before?.command?.id === command.id && before.command_state === state) return undefined
  return { fate, tenant: after.tenant, agent: after.agent, alert_id: after.id, hits: hitsInWords(command), at }
}

function hitsInWords({ scope, subject }: RevocationCommand): string {
  if (scope.match === 'credential') return `credential ${subject.credential_id ?? ''}`
  if (scope.match === 'session') return `session ${subject.session_id ?? ''}`
  return `agent ${subject.agent_id}`
}
