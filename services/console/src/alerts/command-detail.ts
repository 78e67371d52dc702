import { createHash } from 'node:crypto'
import { subjectInWords } from '@straylight/respond/command/subject-in-words'
import type { Alert } from '@straylight/schemas/alert'
import { canonicalJson } from '@straylight/schemas/canonical-json'
import { counted } from '@straylight/schemas/counted'
import { minuteMs } from '@straylight/schemas/duration'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import { RevocationResult } from '@straylight/schemas/revocation-result'
import { z } from 'zod'
import type { CommandDetail } from '../contract/alert-detail.ts'
import { type Ask, question } from '../questions/ask.ts'

const sentCommands = question(
  'commands sent',
  `SELECT r.tenant AS tenant, r.id AS id, toUnixTimestamp64Milli(max(r.log_time)) AS sent_at FROM revocations AS r
WHERE r.tenant IN {tenants:Array(String)} AND r.id IN {ids:Array(String)} GROUP BY tenant, id LIMIT 1000`,
  z.object({ tenant: z.string(), id: z.string(), sent_at: z.number() }),
)
const brokersAnswers = question(
  'answers of brokers',
  `SELECT r.tenant AS tenant, r.command_id AS id, toUnixTimestamp64Milli(r.log_time) AS answered_at, r.record AS record FROM results AS r
WHERE r.tenant IN {tenants:Array(String)} AND r.command_id IN {ids:Array(String)}
ORDER BY r.log_time DESC LIMIT 1 BY r.tenant, r.command_id LIMIT 1000`,
  z.object({ tenant: z.string(), id: z.string(), answered_at: z.number(), record: z.string() }),
)

interface Known {
  readonly command: RevocationCommand
  readonly state: CommandDetail['state']
  /** The restore that took it back, or has been asked to. */
  readonly restoredBy: string | null
}

/** The commands of each of these alerts, the first proposed first: its revocation, and restores. */
export async function commandDetails(ask: Ask, alerts: readonly Alert[]): Promise<CommandDetail[][]> {
  const known = alerts.map((alert) => ({ alert, commands: commandsOf(alert) }))
  const ids = known.flatMap(({ commands }) => commands.map(({ command }) => command.id))
  if (ids.length === 0) return known.map(() => [])
  const of = { tenants: [...new Set(alerts.map(({ tenant }) => tenant))], ids }
  const [sent, answers] = await Promise.all([
    ask(sentCommands, of).then(byCommand),
    ask(brokersAnswers, of).then(byCommand),
  ])
  return known.map(({ alert, commands }) =>
    commands.map((one) => {
      const key = partitionKeyOf(alert.tenant, one.command.id)
      return commandDetail(one, { alert, sentAt: sent.get(key)?.sent_at ?? null, answer: answers.get(key) })
    }),
  )
}

/** An id of one tenant says nothing of another's. */
const byCommand = <Row extends { tenant: string; id: string }>(rows: readonly Row[]): Map<string, Row> =>
  new Map(rows.map((row) => [partitionKeyOf(row.tenant, row.id), row]))

function commandsOf({ command, command_state, restores = [] }: Alert): Known[] {
  const restoreOf = (id: string) => restores.findLast((restore) => restore.command.undo.of === id)?.command.id ?? null
  // A restore of another alert's command may have given back what this one took.
  const applied = restores.findLast(({ state }) => state === 'applied')?.command.id ?? null
  const takenBack = (id: string) => restoreOf(id) ?? (command_state === 'restored' ? applied : null)
  const own: Known[] =
    command === undefined ? [] : [{ command, state: command_state, restoredBy: takenBack(command.id) }]
  return [...own, ...restores.map((restore) => ({ command: restore.command, state: restore.state, restoredBy: null }))]
}

function commandDetail(
  { command, state, restoredBy }: Known,
  {
    alert,
    sentAt,
    answer,
  }: { alert: Alert; sentAt: number | null; answer: { answered_at: number; record: string } | undefined },
): CommandDetail {
  const result = answer && RevocationResult.safeParse(parsedJson(answer.record)).data
  const yes = alert.verdicts.findLast((word) => word.answer === 'approve' && word.command_id === command.id)
  const isRestore = command.action === 'restore'
  const approvedAt = yes?.taken_at ?? yes?.time ?? null
  return {
    id: command.id,
    alert_id: command.evidence.alert_id,
    ...{ tenant: alert.tenant, agent: command.subject.agent_id, action: command.action, mode: command.mode, state },
    sentence: sentenceOf(command),
    subject: command.subject,
    digest: createHash('sha256').update(canonicalJson(command)).digest('hex'),
    proposed_at: Date.parse(command.issued_at),
    approved_at: approvedAt,
    approved_by: yes?.issuer ?? command.approval.by,
    sent_at: sentAt,
    answered_at: answer?.answered_at ?? null,
    answer: result === undefined ? null : { status_code: result.status_code, message: result.message },
    approval_deadline: isRestore ? null : (alert.approval_deadline ?? null),
    not_after: Date.parse(command.not_after),
    restores: isRestore ? command.undo.of : null,
    restored_by: restoredBy,
    can_restore:
      !isRestore &&
      restoredBy === null &&
      command.mode === 'enforce' &&
      ['sent', 'applied', 'unanswered'].includes(state),
  }
}

const asks: Record<RevocationCommand['action'], string> = {
  revoke_token: 'Revoke',
  revoke_session: 'End',
  suspend_agent: 'Suspend',
  restore: 'Restore',
}

function sentenceOf(command: RevocationCommand): string {
  const minutes = (Date.parse(command.hold.deny_reissue_until) - Date.parse(command.issued_at)) / minuteMs
  const keeps = command.action !== 'restore' && minutes > 0
  const anew = keeps ? `, and issue no new one for ${counted(Math.round(minutes), 'minute')} after it is sent` : ''
  const dry = command.mode === 'dry_run' ? ' In shadow: no broker obeys it.' : ''
  return `${asks[command.action]} ${subjectInWords(command)}${anew}.${dry}`
}
