import type { SumTerm } from '@straylight/models/scoring/transparent-sum'
import { aligned, figureText, share } from './figure-text.ts'
import { choices, type LeaveOneOut } from './leave-one-out.ts'
import type { FigureName, MeasuredRow } from './measured-row.ts'

const columns: readonly (readonly [FigureName, string])[] = [
  ['session_recall_1', 'sessions at 1 %'],
  ['session_recall_5', 'sessions at 5 %'],
  ['quiet_alerts_1', 'asked 1 %: quiet'],
  ['alert_recall_1', 'attacks'],
]

/** Each stream by each choice of weights, the means over streams, and the weights chosen; Markdown that reads as plain text too. */
export function leaveOneOutTable({ rows, chosen }: LeaveOneOut): string {
  const streams = [...new Set(rows.map(({ stream }) => stream))]
  const names = Object.values<string>(choices).filter((name) => rows.some(({ model }) => model === name))
  const head = ['weights', 'stream', ...columns.map(([, title]) => title)]
  const figures = names.flatMap((name) => {
    const of = rows.filter(({ model }) => model === name)
    return [
      ...of.map((row) => [name, row.stream, ...columns.map(([at]) => figureText(row.figures[at]))]),
      meanOf(name, of),
    ]
  })
  const sets = [...streams, 'all'].filter((name) => chosen.has(name))
  const weightHead = ['term: weight, cap', ...sets.map((name) => (name === 'all' ? 'on all' : `without ${name}`))]
  const terms = (chosen.get('all') ?? []).map(({ feature }) => feature)
  const weights = terms.map((feature) => [feature, ...sets.map((name) => weightText(chosen.get(name), feature))])
  return [...aligned([head, ...figures]), '', ...aligned([weightHead, ...weights]), ''].join('\n')
}

const meanOf = (name: string, rows: readonly MeasuredRow[]): string[] => [
  name,
  'mean',
  ...columns.map(([at]) => share(rows.reduce((sum, { figures }) => sum + figures[at].mean, 0) / rows.length, 3)),
]

function weightText(terms: readonly SumTerm[] | undefined, feature: string): string {
  const term = terms?.find((of) => of.feature === feature)
  return term === undefined || term.weight === 0 ? '–' : `${Number(term.weight.toPrecision(3))}, ${term.cap}`
}
