import type { Query, Store } from '@straylight/runtime/store/store'
import { z } from 'zod'

const SetAsideKind = z.object({
  stage: z.string(),
  /** The table that refused rows; empty where no row was made of the record. */
  table: z.string(),
  topic: z.string(),
  code: z.string(),
  count: z.number(),
  reason: z.string(),
  /** One of them: topic, partition, offset. */
  sample: z.string(),
})
export type SetAsideKind = z.infer<typeof SetAsideKind>

/** What stands in `set_aside`, by stage, table or topic, and reason: the most frequent first, a hundred at most. */
const setAsideByKind: Query<Record<string, never>, SetAsideKind> = {
  name: 'what was set aside',
  sql: `
SELECT stage, target_table AS table, topic, code, count() AS count, argMax(reason, log_time) AS reason,
  argMax(concat(topic, '/', toString(log_partition), '/', toString(log_offset)), log_time) AS sample
FROM set_aside FINAL
GROUP BY stage, target_table, topic, code
ORDER BY count DESC, stage, table, topic, code
LIMIT 100`,
  row: SetAsideKind,
}

export const setAsideKinds = (store: Store): Promise<SetAsideKind[]> => store.query(setAsideByKind, {})

export const lookAtSetAside =
  'What was set aside is missing elsewhere: look at it in the table set_aside (deploy/RUNBOOK.md, Records and rows set aside). stage_fault and refused_by_store are bugs to report.'

export function setAsideSentence({ stage, table, topic, code, count, reason, sample }: SetAsideKind): string {
  const what = table === '' ? `records of ${topic}` : `rows of ${table}`
  return `set aside by ${stage}: ${count} ${what} (${code}), such as ${sample}: ${reason.slice(0, 200).toWellFormed()}`
}
