import type { DetectionQuality } from './detection-quality.ts'
import type { Mode } from './variant.ts'
import { wilsonInterval } from './wilson-interval.ts'

/** A figure over several seeds. */
export interface SeededFigure {
  readonly mean: number
  /** Standard deviation over the seeds; 0 where one was enough. */
  readonly spread: number
  /** 95 % interval of a share of attack sessions. */
  readonly interval?: { readonly low: number; readonly high: number }
}

/** Figures of the table by their JSON names. */
export const figureNames = [
  'event_auc',
  'session_recall_1',
  'session_recall_5',
  'quiet_alerts_1',
  'alert_recall_1',
  'quiet_alerts_01',
  'alert_recall_01',
] as const
export type FigureName = (typeof figureNames)[number]

/** One model on one stream under one condition. */
export interface MeasuredRow {
  readonly stream: string
  readonly mode: Mode
  readonly variant: string
  readonly model: string
  /** Seeds it was trained with; 1 where nothing is drawn. */
  readonly seeds: number
  readonly attack_events: number
  readonly attack_sessions: number
  readonly quiet_sessions: number
  readonly figures: Readonly<Record<FigureName, SeededFigure>>
  /** Of the first seed. */
  readonly curve: readonly { rate: number; recall: number }[]
}

/** Sums up the same model's runs, one a seed. */
export function measuredRow(
  place: Pick<MeasuredRow, 'stream' | 'mode' | 'variant' | 'model'>,
  runs: readonly DetectionQuality[],
): MeasuredRow {
  const [first] = runs
  if (!first) throw new RangeError(`${place.model}: no run to sum up`)
  const { attack_events, attack_sessions, quiet_sessions, curve } = first
  const figures = Object.fromEntries(
    figureNames.map((name) => {
      const figure = overSeeds(runs.map((run) => run[name]))
      const interval = name.includes('recall') ? { interval: wilsonInterval(figure.mean, attack_sessions) } : {}
      return [name, { ...figure, ...interval }]
    }),
  ) as Record<FigureName, SeededFigure>
  return { ...place, seeds: runs.length, ...{ attack_events, attack_sessions, quiet_sessions, figures, curve } }
}

function overSeeds(values: readonly number[]): { mean: number; spread: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  if (values.length < 2) return { mean, spread: 0 }
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, spread: Math.sqrt(squares / (values.length - 1)) }
}
