import { z } from 'zod'
import { type Ask, question } from '../questions/ask.ts'

/** Commands that are looked at; of more, the latest. */
const commandsMax = 5_000
/** A hold that a person must release. */
const neverMs = 4_102_444_800_000

/** A credential (or session, or whole agent) that a command took or was sent to take, and how it now stands, whoever's alert did it. */
export interface RevokedCredential {
  readonly tenant: string
  readonly match: 'credential' | 'session' | 'agent'
  /** The id of the credential or session, or the agent. */
  readonly name: string
  /** Whose it is: who loses it. */
  readonly holder: string
  /** Whose deeds it was revoked for, the first one first. */
  readonly accused: readonly string[]
  /** `asked`: the broker can still answer. */
  readonly state: 'asked' | 'revoked' | 'restored'
  /** Of the command that took it. */
  readonly command_id: string
  readonly alert_id: string
  /** Log time of that command, and of the restore. */
  readonly revoked_at: number
  readonly restored_at: number | null
  /** Until when its holder gets no new one. */
  readonly hold_until: number
}

/** What became of the commands that were sent. */
export interface SentCommandCounts {
  readonly sent: number
  /** Took what they were to take: where another command had taken it before, none did. */
  readonly applied: number
  readonly refused: number
  readonly unanswered: number
  readonly restored: number
}

type Since = Record<string, unknown> & { tenant: string; since: number }
const ofTenant = "({tenant:String} = '' OR tenant = {tenant:String})"
const since = 'log_time > fromUnixTimestamp64Milli({since:Int64})'

const StoredCommand = z.object({
  tenant: z.string(),
  id: z.string(),
  alert_id: z.string(),
  at: z.number(),
  action: z.string(),
  match: z.enum(['credential', 'session', 'agent']),
  accused: z.string(),
  credential: z.string(),
  session: z.string(),
  holder: z.string(),
  hold_until: z.number(),
  release: z.string(),
  reply_until: z.number(),
})
type StoredCommand = z.infer<typeof StoredCommand>

const enforcedCommands = question(
  'commands that were to be obeyed',
  `SELECT tenant, id, alert_id, toUnixTimestamp64Milli(log_time) AS at, JSONExtractString(record, 'action') AS action,
  JSONExtractString(record, 'scope', 'match') AS match, JSONExtractString(record, 'subject', 'agent_id') AS accused,
  JSONExtractString(record, 'subject', 'credential_id') AS credential, JSONExtractString(record, 'subject', 'session_id') AS session,
  JSONExtractString(record, 'precondition', 'holder_agent_id') AS holder, JSONExtractString(record, 'hold', 'release') AS release,
  toUnixTimestamp64Milli(parseDateTime64BestEffortOrZero(JSONExtractString(record, 'hold', 'deny_reissue_until'), 3, 'UTC')) AS hold_until,
  toUnixTimestamp64Milli(parseDateTime64BestEffortOrZero(JSONExtractString(record, 'reply', 'deadline'), 3, 'UTC')) AS reply_until
FROM revocations FINAL WHERE ${ofTenant} AND ${since} AND mode = 'enforce' ORDER BY log_time DESC, log_offset DESC LIMIT ${commandsMax}`,
  StoredCommand,
)

/** The last word on a command: that it was done, else the latest answer. */
const lastAnswers = question(
  'last answers to commands',
  `SELECT tenant, command_id AS id, countIf(status_code = 'applied' AND done) > 0 AS took, countIf(done) > 0 AS obeyed
FROM (
  SELECT tenant, command_id, status_code, status_code IN ('applied', 'already_applied') AND JSONExtractInt(record, 'status_id') = 1 AS done
  FROM results FINAL WHERE ${ofTenant} AND ${since}
)
GROUP BY tenant, id LIMIT ${commandsMax}`,
  z.object({ tenant: z.string(), id: z.string(), took: z.number(), obeyed: z.number() }),
)

/** Credentials that commands since a time took, in the order in which they did, with counts of these commands. */
export async function revokedCredentials(
  ask: Ask,
  { tenant, since, now }: { tenant: string; since: number; now: number },
): Promise<{ credentials: RevokedCredential[]; commands: SentCommandCounts }> {
  const of: Since = { tenant, since }
  const commands = (await ask(enforcedCommands, of)).reverse()
  const answers = new Map((await ask(lastAnswers, of)).map((row) => [`${row.tenant} ${row.id}`, row]))
  const credentials = new Map<string, RevokedCredential>()
  const counts = { sent: 0, applied: 0, refused: 0, unanswered: 0, restored: 0 }
  for (const command of commands) {
    const answer = answers.get(`${command.tenant} ${command.id}`)
    const key = JSON.stringify([command.tenant, command.match, nameOf(command), ownerKey(command)])
    const known = credentials.get(key)
    const fate = fateOf(command, answer, now)
    if (command.action === 'restore') {
      if (fate !== 'obeyed' || known === undefined || known.state === 'restored') continue
      credentials.set(key, { ...known, state: 'restored', restored_at: command.at })
      counts.restored++
      continue
    }
    counts.sent++
    if (answer?.took) counts.applied++
    if (fate === 'refused' || fate === 'unanswered') counts[fate]++
    else credentials.set(key, taken(command, fate, known))
  }
  return { credentials: [...credentials.values()], commands: counts }
}

type Fate = 'obeyed' | 'refused' | 'unanswered' | 'asked'

function fateOf({ reply_until }: StoredCommand, answer: { obeyed: number } | undefined, now: number): Fate {
  if (answer !== undefined) return answer.obeyed ? 'obeyed' : 'refused'
  return now > reply_until ? 'unanswered' : 'asked'
}

const nameOf = ({ match, credential, session, accused }: StoredCommand): string =>
  match === 'credential' ? credential : match === 'session' ? session : accused
/** The id of a session says nothing without its agent. */
const ownerKey = ({ match, accused }: StoredCommand): string => (match === 'credential' ? '' : accused)

function taken(command: StoredCommand, fate: 'obeyed' | 'asked', known: RevokedCredential | undefined) {
  const { tenant, match, id, alert_id, at, accused, holder } = command
  const hold_until = command.release === 'manual' ? neverMs : command.hold_until
  const stands = known?.state === 'revoked' || (known?.state === 'asked' && fate === 'asked')
  if (known !== undefined && stands) {
    return { ...known, accused: [...new Set([...known.accused, accused])].slice(0, 20) }
  }
  return {
    ...{ tenant, match, name: nameOf(command), holder: holder === '' ? accused : holder, accused: [accused] },
    ...{ state: fate === 'obeyed' ? ('revoked' as const) : ('asked' as const), command_id: id, alert_id },
    ...{ revoked_at: at, restored_at: null, hold_until },
  }
}
