import type { Logger } from '@straylight/runtime/process/logger'
import type { Metrics } from '@straylight/runtime/process/metrics'
import type { SetAsideRow } from '@straylight/runtime/set-aside/set-aside-row'

/** Counts rows that the store refused and that stand in `set_aside` now, and tells of the first of each table. */
export function tellRefused(
  { setAside }: Pick<Metrics, 'setAside'>,
  logger: Pick<Logger, 'error'>,
): (rows: readonly SetAsideRow[]) => void {
  const reported = new Set<string>()
  return (rows) => {
    for (const { stage, target_table, code, topic, reason, log_partition, log_offset } of rows) {
      setAside.add({ stage, of: target_table, code }, `${topic}/${log_partition}/${log_offset}`)
      if (reported.has(target_table)) continue
      reported.add(target_table)
      logger.error(
        { stage, table: target_table, topic, partition: log_partition, offset: log_offset, reason },
        'the store refused a row, which was set aside; the others were stored. Further ones of this table are only counted: `straylight doctor` shows them.',
      )
    }
  }
}

/** Kinds that /readyz names. */
const kindsShown = 10

/**
 * What /readyz says of what this process has set aside since it started. The program stays ready and goes on revoking: a record left out
 * speaks against no other one, and whoever could disarm it by one bad record would.
 */
export function setAsideNotes({ setAside }: Pick<Metrics, 'setAside'>): string[] {
  return setAside.sentences().slice(0, kindsShown)
}
