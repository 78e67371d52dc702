import { dayMs } from '@straylight/schemas/duration'

/** What an event of a labelled life is: its label and session, and when. */
export interface LifeLabel {
  readonly label: string
  readonly agent: string
  readonly session: string
  readonly time: number
}

export interface LifeWeek {
  readonly week: number
  readonly sessions: number
  readonly alerting: number
}

export interface LifeResult {
  readonly weeks: readonly LifeWeek[]
  readonly ordinary: { readonly sessions: number; readonly alerting: number }
  /** Changes that are nobody's attack: sessions, and those that alerted. */
  readonly benign: Readonly<Record<string, { readonly sessions: number; readonly alerting: number }>>
  readonly incidents: Readonly<Record<string, boolean>>
}

/** What came of a life: ordinary sessions that alerted by week, changes and incidents apart. */
export function judgeLife(
  labels: ReadonlyMap<string, LifeLabel>,
  lines: readonly { readonly id: string; readonly alert: boolean }[],
): LifeResult {
  const first = Math.min(...lines.map(({ id }) => labels.get(id)?.time ?? Number.POSITIVE_INFINITY))
  const from = Math.floor(first / dayMs) * dayMs
  const groups = new Map<string, { sessions: Set<string>; alerting: Set<string> }>()
  const incidents: Record<string, boolean> = {}
  for (const { id, alert } of lines) {
    const of = labels.get(id)
    if (of === undefined) continue
    // A phase of ordinary life may be called `incident` or `benign`: only with a name behind it is it one.
    const [kind, name] = of.label.split(':')
    if (kind === 'incident' && name !== undefined) {
      incidents[name] = incidents[name] === true || alert
      continue
    }
    const week = Math.floor((of.time - from) / (7 * dayMs))
    const key = kind === 'benign' && name !== undefined ? `benign:${name}` : String(week)
    const group = groups.get(key) ?? { sessions: new Set(), alerting: new Set() }
    groups.set(key, group)
    group.sessions.add(`${of.agent}/${of.session}`)
    if (alert) group.alerting.add(`${of.agent}/${of.session}`)
  }
  const weeks: LifeWeek[] = []
  const benign: Record<string, { sessions: number; alerting: number }> = {}
  for (const [key, { sessions, alerting }] of groups) {
    const sizes = { sessions: sessions.size, alerting: alerting.size }
    if (key.startsWith('benign:')) benign[key.slice('benign:'.length)] = sizes
    else weeks.push({ week: Number(key) + 1, ...sizes })
  }
  weeks.sort((one, other) => one.week - other.week)
  const sum = (pick: (week: LifeWeek) => number) => weeks.reduce((total, week) => total + pick(week), 0)
  const ordinary = { sessions: sum(({ sessions }) => sessions), alerting: sum(({ alerting }) => alerting) }
  return { weeks, ordinary, benign, incidents }
}
