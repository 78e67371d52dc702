import { Alert } from '@straylight/schemas/alert'
import { dayMs } from '@straylight/schemas/duration'
import { z } from 'zod'
import { alertRowOf } from './alerts/alert-rows.ts'
import { commandDetails } from './alerts/command-detail.ts'
import { type Asker, tenantFor } from './asker.ts'
import type { ConsoleGround } from './console-ground.ts'
import type { Approvals } from './contract/approvals.ts'
import { question } from './questions/ask.ts'
import { consequences } from './verdicts/consequences.ts'
import type { UserSigning } from './verdicts/user-signing.ts'

const waitingShownMax = 100
const decidedShownMax = 50
/** Commands that were decided are those of alerts that opened within so many days. */
const decidedDays = 90

/** Alerts by the state of their command, which an index finds: first which ones, then their records. */
const commandAlerts = question(
  'alerts with a command',
  `SELECT a.command_record AS record, toUnixTimestamp64Milli(a.log_time) AS changed_at FROM alert_list AS a FINAL
WHERE (-a.opened_at, a.tenant, a.id) IN (
    SELECT -h.opened_at, h.tenant, h.id FROM alert_list AS h FINAL
    WHERE ({tenant:String} = '' OR h.tenant = {tenant:String}) AND h.command_id != '' AND h.command_state IN {states:Array(String)}
      AND -h.opened_at < -{since:Int64}
    ORDER BY if({waiting:UInt8}, toInt64(h.approval_deadline), -toUnixTimestamp64Milli(h.log_time)), h.id LIMIT {rows:UInt32})
ORDER BY if({waiting:UInt8}, toInt64(a.approval_deadline), -toUnixTimestamp64Milli(a.log_time)), a.id LIMIT {rows:UInt32}`,
  z.object({ record: z.string(), changed_at: z.number() }),
)

/** Commands that wait for a person, and those that were decided lately. */
export async function approvalsOf(
  ground: ConsoleGround,
  asker: Asker & { signing: UserSigning },
  query: { tenant?: string | undefined },
): Promise<Approvals> {
  const of = { tenant: tenantFor(asker, query.tenant) }
  const decidedStates = ['sent', 'applied', 'refused', 'expired', 'unanswered', 'restored', 'shadow']
  const [held, done] = await Promise.all([
    ground.ask(commandAlerts, {
      ...of,
      ...{ states: ['held', 'approved'], waiting: 1, since: 0 },
      rows: waitingShownMax + 1,
    }),
    ground.ask(commandAlerts, {
      ...of,
      ...{ states: decidedStates, waiting: 0, since: ground.now() - decidedDays * dayMs, rows: decidedShownMax + 1 },
    }),
  ])
  const [waits, decisions] = await Promise.all([
    withCommands(ground, held.slice(0, waitingShownMax)),
    withCommands(ground, done.slice(0, decidedShownMax)),
  ])
  const waiting = []
  for (const { alert, row, commands } of waits) {
    const [command] = commands
    if (command === undefined) continue
    const said = consequences({ alert, commands, signing: asker.signing, policy: ground.policy, now: ground.now() })
    waiting.push({ alert: row, command, consequences: said })
  }
  const decided = decisions.flatMap(({ row, commands: [command] }) =>
    command === undefined ? [] : [{ alert: row, command }],
  )
  return {
    as_of: ground.now(),
    waiting: { items: waiting, more: held.length > waitingShownMax },
    decided: { items: decided, more: done.length > decidedShownMax },
  }
}

async function withCommands(ground: ConsoleGround, rows: readonly { record: string; changed_at: number }[]) {
  const alerts = rows.map(({ record }) => Alert.parse(JSON.parse(record)))
  const [commands, shown] = await Promise.all([
    commandDetails(ground.ask, alerts),
    ground.assignees.withAssignees(
      alerts.map((alert, at) => alertRowOf(alert, rows[at]?.changed_at ?? alert.evidence_at, ground.registry)),
    ),
  ])
  return alerts.flatMap((alert, at) => {
    const row = shown[at]
    return row === undefined ? [] : [{ alert, row, commands: commands[at] ?? [] }]
  })
}
