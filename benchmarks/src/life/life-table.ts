import type { LifeResult } from './judge-life.ts'

/** Results of several lives as Markdown: a row each, then its weeks. */
export function lifeTable(results: readonly { readonly name: string; readonly result: LifeResult }[]): string {
  const most = Math.max(...results.map(({ result }) => result.weeks.length))
  const weeks = Array.from({ length: most }, (_, at) => at + 1)
  const head = [
    'life',
    'ordinary sessions',
    'alerted',
    ...weeks.map((week) => `week ${week}`),
    'changes',
    'incidents',
    'missed',
  ]
  const rows = results.map(({ name, result }) => {
    const { ordinary, benign, incidents } = result
    const found = Object.values(incidents).filter(Boolean).length
    const missed = Object.keys(incidents).filter((incident) => !incidents[incident])
    const alerted = new Map(result.weeks.map(({ week, alerting }) => [week, alerting]))
    const changes = Object.entries(benign).map(([of, { sessions, alerting }]) => `${of} ${alerting}/${sessions}`)
    return [
      ...[name, String(ordinary.sessions), `${ordinary.alerting} (${percent(ordinary.alerting, ordinary.sessions)})`],
      ...weeks.map((week) => String(alerted.get(week) ?? '')),
      ...[changes.join(', '), `${found}/${Object.keys(incidents).length}`, missed.join(', ')],
    ]
  })
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(2)} %`
