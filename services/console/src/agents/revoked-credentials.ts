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

type Since = Record<string, unknown> & { tenant: string; since: number; agent: string }
const ofTenant = "({tenant:String} = '' OR c.tenant = {tenant:String})"
/** The table is ordered by it: what is older is not read. */
const since = '-c.sent_at < -{since:Int64}'

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

/** What a command takes: of a credential whoever used it, of a session its agent's. */
const subject =
  "c.tenant, c.match, multiIf(c.match = 'credential', c.credential, c.match = 'session', concat(c.agent, '|', c.session), c.agent)"

/** The latest so many; of one agent (or '': of all) those on whatever was ever taken of it or because of it. */
const enforcedCommands = question(
  'commands that were to be obeyed',
  `SELECT c.tenant AS tenant, c.id AS id, c.alert_id AS alert_id, c.sent_at AS at, c.action AS action, c.match AS match, c.agent AS accused,
  c.credential AS credential, c.session AS session, c.holder AS holder, c.hold_until AS hold_until, c.release AS release, c.reply_until AS reply_until
FROM sent_commands AS c FINAL
WHERE ${ofTenant} AND ${since} AND c.match IN ('credential', 'session', 'agent') AND ({agent:String} = '' OR (${subject}) GLOBAL IN (
  SELECT ${subject} FROM sent_commands AS c WHERE ${ofTenant} AND ${since} AND (c.agent = {agent:String} OR c.holder = {agent:String})))
ORDER BY -c.sent_at, c.tenant, c.id LIMIT 1 BY c.tenant, c.id LIMIT ${commandsMax}`,
  StoredCommand,
)

/** Whether commands were obeyed, by any answer, and took what they were to take. */
const lastAnswers = question(
  'last answers to commands',
  `SELECT c.tenant AS tenant, c.command_id AS id, max(c.took) AS took, max(c.obeyed) AS obeyed FROM command_answers AS c
WHERE ${ofTenant} AND c.day >= toDate(intDiv({since:Int64}, 1000), 'UTC') AND c.command_id IN {ids:Array(String)}
GROUP BY tenant, id LIMIT ${commandsMax}`,
  z.object({ tenant: z.string(), id: z.string(), took: z.number(), obeyed: z.number() }),
)

/**
 * Credentials that commands since a time took, in the order in which they did, with counts of these commands: of all, or of those that touch
 * what one agent lost or was accused of.
 */
export async function revokedCredentials(
  ask: Ask,
  { tenant, since, now, agent = '' }: { tenant: string; since: number; now: number; agent?: string },
): Promise<{ credentials: RevokedCredential[]; commands: SentCommandCounts }> {
  const of: Since = { tenant, since, agent }
  const commands = (await ask(enforcedCommands, of)).reverse()
  const answers = await answersTo(ask, of, commands)
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

async function answersTo(ask: Ask, of: Since, commands: readonly StoredCommand[]) {
  if (commands.length === 0) return new Map<string, never>()
  const rows = await ask(lastAnswers, { ...of, ids: commands.map(({ id }) => id) })
  return new Map(rows.map((row) => [`${row.tenant} ${row.id}`, row]))
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
