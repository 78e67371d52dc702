import type { Log } from '@straylight/runtime/log/log'
import { AlertAssignee } from '@straylight/schemas/alert-assignee'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import { topics } from '@straylight/schemas/topics'
import { z } from 'zod'
import type { AlertRow } from '../contract/alert-row.ts'
import { type Ask, question } from '../questions/ask.ts'

/** What this process said lately: the store's copy follows some seconds later. */
const recentMax = 1_000

type Named = Pick<AlertRow, 'id' | 'tenant'>
export type Assignee = NonNullable<AlertRow['assignee']>

const assigneesOfAlerts = question(
  'assignees of alerts',
  `SELECT s.tenant AS tenant, s.alert_id AS alert_id, s.assignee AS name, s.assigned_by AS by, s.assigned_at AS time FROM assignees AS s FINAL
WHERE has({tenants:Array(String)}, s.tenant) AND s.alert_id IN {ids:Array(String)} LIMIT 1000`,
  z.object({ tenant: z.string(), alert_id: z.string(), name: z.string(), by: z.string(), time: z.number() }),
)

/** Who works on which alert: said into the log, asked of the store's copy. */
export function createAssignees({ ask, log, now }: { ask: Ask; log: Log; now: () => number }) {
  const recent = new Map<string, AlertAssignee>()
  return {
    /** The rows with their assignees, 1,000 at most. */
    async withAssignees<Row extends Named>(rows: readonly Row[]): Promise<(Row & Pick<AlertRow, 'assignee'>)[]> {
      if (rows.length === 0) return []
      const tenants = [...new Set(rows.map(({ tenant }) => tenant))]
      const stored = await ask(assigneesOfAlerts, { tenants, ids: rows.map(({ id }) => id) })
      const known = new Map(stored.map((one) => [partitionKeyOf(one.tenant, one.alert_id), one]))
      return rows.map((row) => {
        const assignee = later(known.get(partitionKeyOf(row.tenant, row.id)), recent.get(row.id), now())
        return { ...row, assignee }
      })
    },
    /** Says it into the log; whoever asks this process sees it at once. */
    async say(said: AlertAssignee): Promise<void> {
      const value = JSON.stringify(AlertAssignee.parse(said))
      await log.append([{ topic: topics.assignees.name, key: said.alert_id, value }])
      recent.delete(said.alert_id)
      recent.set(said.alert_id, said)
      for (const oldest of recent.keys()) {
        if (recent.size <= recentMax) break
        recent.delete(oldest)
      }
    },
  }
}
export type Assignees = ReturnType<typeof createAssignees>

/** A time ahead of now is nobody's who said it here: what is said after it counts. */
function later(stored: Assignee | undefined, said: AlertAssignee | undefined, now: number): Assignee | null {
  const [name, by, time] =
    said !== undefined && (said.assigned_at >= (stored?.time ?? 0) || (stored?.time ?? 0) > now)
      ? [said.assignee ?? '', said.assigned_by, said.assigned_at]
      : [stored?.name ?? '', stored?.by ?? '', stored?.time ?? 0]
  return name === '' ? null : { name, by, time }
}
