import { Alert } from '@straylight/schemas/alert'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { Verdict } from '@straylight/schemas/verdict'
import { z } from 'zod'
import type { ConsoleGround } from '../console-ground.ts'
import type { AlertDetail, VerdictRow } from '../contract/alert-detail.ts'
import type { AlertRow } from '../contract/alert-row.ts'
import { question } from '../questions/ask.ts'
import { markedRows } from './alert-queue.ts'
import type { UnassignedRow } from './alert-rows.ts'

const alikeMax = 20

/** Of the alerts themselves: their verdicts counted, while the copy of the topic holds whatever somebody wrote there. */
const verdictsOfAlerts = question(
  'verdicts of alerts',
  `SELECT a.id AS id, JSONExtractRaw(a.record, 'verdicts') AS verdicts FROM alerts AS a
WHERE a.tenant = {tenant:String} AND a.id IN {ids:Array(String)} AND a.tier != ''
ORDER BY a.revision DESC LIMIT 1 BY a.tenant, a.id LIMIT ${alikeMax}`,
  z.object({ id: z.string(), verdicts: z.string() }),
)

/** Earlier alerts like this one, with what people said of each; and what they said of this one. `own`: its row, which comes back with its assignee. */
export async function alikeAlerts(
  ground: ConsoleGround,
  alert: Alert,
  own: UnassignedRow,
): Promise<{ row: AlertRow; alike: AlertDetail['alike']; verdicts: VerdictRow[] }> {
  const { tenant, id, agent, cause, target } = alert
  const sql = `m.id != {own:String} AND m.cause = {cause:String} AND -m.opened_at >= -{own_opened:Int64}
  AND (m.kind = 'agent' AND m.name = {own_agent:String} OR m.kind = 'target' AND m.name = {own_target:String})`
  const parameters = { own: id, cause, own_agent: agent, own_target: target, own_opened: alert.opened_at }
  const found = await markedRows(ground, { tenant, marks: { sql, parameters }, limit: alikeMax })
  const [row, ...items] = await ground.assignees.withAssignees([own, ...found.rows])
  if (row === undefined) throw new RangeError('one row is one row')
  const ids = items.filter(({ verdict }) => verdict !== null).map((row) => row.id)
  const said = ids.length === 0 ? [] : await ground.ask(verdictsOfAlerts, { tenant, ids })
  const counted = new Map(said.map((row) => [row.id, Alert.shape.verdicts.parse(parsedJson(row.verdicts))]))
  return {
    row,
    alike: {
      items: items.map((row) => ({
        alert: row,
        why: row.agent === agent ? ('same_agent' as const) : ('same_target' as const),
        verdicts: verdictRows(row.id, counted.get(row.id) ?? []).toReversed(),
      })),
      more: found.more,
    },
    verdicts: verdictRows(id, alert.verdicts),
  }
}

const verdictRows = (alert_id: string, words: Alert['verdicts']): VerdictRow[] =>
  words.map((word) => verdictRow({ ...word, alert_id, answer: Verdict.shape.answer.parse(word.answer) }))

type Said = Pick<Verdict, 'id' | 'alert_id' | 'answer' | 'issuer' | 'reason' | 'time'> & {
  readonly role?: string | undefined
  readonly command_id?: string | undefined
  readonly suppress_days?: number | undefined
}

const verdictRow = ({
  id,
  alert_id,
  answer,
  issuer,
  role,
  reason,
  command_id,
  suppress_days,
  time,
}: Said): VerdictRow => ({
  ...{ id, alert_id, answer, issuer, reason, time },
  role: role ?? null,
  command_id: command_id ?? null,
  suppress_days: suppress_days ?? null,
})
