import { aligned, figureText, share } from './figure-text.ts'
import { modelNames } from './fit-zoo.ts'
import type { DetectionCost } from './measure-cost.ts'
import { type FigureName, figureNames, type MeasuredRow } from './measured-row.ts'
import { rivalSpeeds, rivals, rivalsAbout } from './rivals.ts'

const heads: Record<FigureName, string> = {
  event_auc: 'event AUC',
  session_recall_1: 'sessions at 1 %',
  session_recall_5: 'sessions at 5 %',
  quiet_alerts_1: 'asked 1 %: quiet',
  alert_recall_1: 'attacks',
  quiet_alerts_01: 'asked .1 %: quiet',
  alert_recall_01: 'attacks',
}

/** The whole report for people, as Markdown that reads as plain text too. */
export function detectionTable(rows: readonly MeasuredRow[], costs: readonly DetectionCost[]): string {
  return [...explanation, ...tablesOf(rows), ...rivalLines(rows), ...costLines(costs), ...summaryLines(rows)].join('\n')
}

const explanation = [
  'Share of attack sessions found where 1 % and 5 % of quiet sessions (clean, or attacked in vain) score higher; and at a',
  'threshold set beforehand for a budget: quiet sessions that alerted, attack sessions that did. Mean ± spread over the',
  'seeds, [95 % interval over attack sessions]. All models see the same deviations and learn the same events.',
]

function tablesOf(rows: readonly MeasuredRow[]): string[] {
  const groups = new Map<string, MeasuredRow[]>()
  for (const row of rows) {
    const key = `${row.stream}, ${row.mode}`
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups].flatMap(([key, group]) => {
    const { attack_sessions, quiet_sessions, attack_events } = group[0] as MeasuredRow
    const counts = `${attack_sessions} attack sessions (${attack_events} calls), ${quiet_sessions} quiet ones`
    const variants = [...new Set(group.map(({ variant }) => variant))]
    const table = variants.flatMap((variant) => group.filter((row) => row.variant === variant).map(cellsOf))
    return ['', `## ${key}: ${counts}`, '', ...aligned([headCells, ...table])]
  })
}

const headCells = ['condition', 'model', ...figureNames.map((name) => heads[name])]
const cellsOf = ({ variant, model, figures }: MeasuredRow): string[] => [
  variant,
  model,
  ...figureNames.map((name) => figureText(figures[name])),
]

function rivalLines(rows: readonly MeasuredRow[]): string[] {
  const places = [...new Map(rows.map(({ stream, mode }) => [`${stream}, ${mode}`, { stream, mode }])).values()]
  const known = places.filter(({ stream, mode }) => rivals.some(({ figures }) => figures[stream]?.[mode]))
  if (known.length === 0) return []
  const head = ['rival', ...known.map(({ stream, mode }) => `${stream}, ${mode}: event AUC · at 1 % / 5 %`)]
  const table = rivals.map(({ name, figures }) => [
    name,
    ...known.map(({ stream, mode }) => {
      const [auc, one, five] = figures[stream]?.[mode] ?? [Number.NaN, Number.NaN, Number.NaN]
      return `${share(auc, 3)} · ${share(one, 2)} / ${share(five, 2)}`
    }),
  ])
  return ['', '## Rivals', '', rivalsAbout, '', ...aligned([head, ...table])]
}

function costLines(costs: readonly DetectionCost[]): string[] {
  if (costs.length === 0) return []
  const whole = (value: number) => Math.round(value).toLocaleString('en')
  const own = costs.map((cost) => [
    `this detector on ${cost.stream}: order, features, score and learning, whole`,
    whole(cost.events_per_second),
    `table ${whole(cost.table_bytes_median)} / ${whole(cost.table_bytes_p99)}, checkpoint ${whole(cost.checkpoint_bytes_median)} / ${whole(cost.checkpoint_bytes_p99)}`,
  ])
  const parse = costs.map((cost) => [
    `bare JSON.parse of ${cost.stream}'s events`,
    whole(cost.json_parse_per_second),
    '',
  ])
  const others = rivalSpeeds.map(({ name, eventsPerSecond }) => [
    `${name} (measured beforehand, features not counted)`,
    whole(eventsPerSecond),
    '',
  ])
  const head = ['on one core', 'events/s of processor time', 'bytes an agent, median / p99']
  return ['', '## Cost', '', ...aligned([head, ...own, ...parse, ...others])]
}

/** Best model trained on the deployment itself by session recall at 1 %, with the 5 % figure to break ties. */
function summaryLines(rows: readonly MeasuredRow[]): string[] {
  const trained = new Set<string>(Object.values(modelNames))
  const groups = new Map<string, MeasuredRow[]>()
  for (const row of rows.filter(({ model }) => trained.has(model))) {
    const key = `${row.stream}, ${row.mode}, ${row.variant}`
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  const lines = [...groups].map(([key, group]) => {
    const best = group.reduce((a, b) => (rankOf(b) > rankOf(a) ? b : a))
    const { session_recall_1: one, session_recall_5: five } = best.figures
    return `${key}: ${best.model}, ${figureText(one)} at 1 %, ${figureText(five)} at 5 %`
  })
  return [
    '',
    '## Best of the models trained here, by session recall at 1 %',
    '',
    ...lines.map((line) => `- ${line}`),
    '',
  ]
}

const rankOf = ({ figures }: MeasuredRow): number =>
  Math.round(figures.session_recall_1.mean * 1e6) + figures.session_recall_5.mean
