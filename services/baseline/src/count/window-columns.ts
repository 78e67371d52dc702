import type { WindowTotal } from '@straylight/schemas/window-total'
import { z } from 'zod'

const totals = z.array(z.coerce.number())

/** The totals of windows as a row of `events` has them: parallel lists. */
export const windowColumns = {
  closed_measures: z.array(z.string()),
  closed_totals: totals,
  passed_measures: z.array(z.string()),
  passed_totals: totals,
}

interface WindowColumns {
  readonly closed_measures: readonly string[]
  readonly closed_totals: readonly number[]
  readonly passed_measures: readonly string[]
  readonly passed_totals: readonly number[]
}

const paired = (measures: readonly string[], of: readonly number[]): WindowTotal[] =>
  measures.map((measure, at) => ({ measure, total: of[at] as number }))

/** The totals as an order context has them. */
export const windowsOf = (row: WindowColumns) => ({
  closed: paired(row.closed_measures, row.closed_totals),
  passed: paired(row.passed_measures, row.passed_totals),
})
