import { counted } from '@straylight/schemas/counted'
import { cutText } from '@straylight/schemas/cut-text'
import pico from 'picocolors'
import { wrapText } from '../wrap-text.ts'
import type { ScenarioOutcome } from './scenario-outcome.ts'

const width = 78

/** What the whole run came to. */
export interface SimulateSummary {
  readonly scenarios: readonly ScenarioOutcome[]
  readonly false_alerts: number
  readonly ordinary_sessions: number
  readonly seconds: number
  /** What the SOC's receiver took, and turned away for a bad signature. */
  readonly webhook: { readonly received: readonly unknown[]; readonly refused: number }
}

interface Column {
  readonly title: string
  readonly width: number
  readonly cell: (outcome: ScenarioOutcome) => string
}

/** 76 characters in all; longer names lose their end. */
const columns: readonly Column[] = [
  { title: 'incident', width: 17, cell: ({ name }) => name },
  { title: 'agent', width: 22, cell: ({ agent }) => agent },
  { title: 'found', width: 5, cell: ({ findings }) => String(findings) },
  { title: 'alert', width: 5, cell: ({ webhook_status }) => (webhook_status === null ? '-' : String(webhook_status)) },
  { title: 'broker', width: 8, cell: ({ broker_status }) => broker_status ?? '-' },
  { title: 'after', width: 6, cell: ({ seconds_to_effect: s }) => (s === null ? '-' : `${s.toFixed(1)} s`) },
  { title: 'calls', width: 5, cell: ({ calls_made, calls }) => `${calls_made}/${calls}` },
]

/** The table at the end, the false alerts, and where to look next. */
export function simulateSummary(summary: SimulateSummary, color: boolean): string[] {
  const colors = pico.createColors(color)
  const row = (cells: readonly string[]) =>
    cells
      .map((cell, at) => fit(cell, columns[at]?.width ?? 0))
      .join(' ')
      .trimEnd()
  const header = row(columns.map(({ title }) => title))
  const rows = summary.scenarios.map((outcome) => {
    const text = row(columns.map(({ cell }) => cell(outcome)))
    return isStopped(outcome) ? colors.green(text) : colors.red(text)
  })
  const caught = summary.scenarios.filter(isStopped).length
  const inTime = summary.scenarios.filter((outcome) => isStopped(outcome) && outcome.calls_made < outcome.calls).length
  const { scenarios, false_alerts, ordinary_sessions, seconds, webhook } = summary
  const verdict = `${caught} of ${counted(scenarios.length, 'incident')} caught and stopped, ${inTime} before the last call; false alerts: ${false_alerts} in ${counted(ordinary_sessions, 'ordinary session')}; ${seconds.toFixed(0)} s in all.`
  const delivered = `The SOC's webhook took ${counted(webhook.received.length, 'message')}, every signature verified; ${webhook.refused} refused.`
  return [
    colors.bold(header),
    ...rows,
    '',
    ...wrapText(verdict, width).map((line) => colors.bold(line)),
    ...wrapText(delivered, width),
    '',
    ...legend,
  ]
}

const legend = [
  ...wrapText(
    'found: findings that count; alert: answer of the webhook; after: from the first stray call to the credential revoked; calls: made of those planned.',
    width,
  ),
]

/** An alert that reached the SOC, and a credential that is gone. */
export function isStopped({ alert, webhook_status, broker_status }: ScenarioOutcome): boolean {
  const delivered = webhook_status !== null && webhook_status >= 200 && webhook_status < 300
  return alert !== null && delivered && (broker_status === 'applied' || broker_status === 'already_applied')
}

const fit = (text: string, columnWidth: number): string =>
  text.length > columnWidth ? `${cutText(text, columnWidth - 1)}…` : text.padEnd(columnWidth)
