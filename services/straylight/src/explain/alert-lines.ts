import { scoreAndRarity } from '@straylight/console/words/score-and-rarity'
import { decisionInWords } from '@straylight/respond/alert/decision-in-words'
import type { Alert } from '@straylight/schemas/alert'
import { counted } from '@straylight/schemas/counted'
import { findingLines } from './finding-lines.ts'

/** An alert in lines for a person: its summary, what was found, and what the policy made of it. */
export function alertLines(alert: Alert): string[] {
  const events = [...new Set(alert.findings.map(({ event_id }) => event_id))]
  return [
    `${alert.id} (${alert.state.replaceAll('_', ' ')}, ${alert.severity}): ${alert.summary}`,
    `${counted(alert.finding_count, 'finding')} ${between(alert)}`,
    ...alert.findings.flatMap(findingLines),
    ...(alert.findings.length === 0 ? [] : [scoreAndRarity]),
    ...events.map((id) => `How it was worked out: straylight explain ${id}`),
    ...decisionInWords(alert),
  ]
}

function between({ first_seen, last_seen }: Alert): string {
  const [first, last] = [first_seen, last_seen].map((ms) => new Date(ms).toISOString())
  return first === last ? `at ${first}` : `from ${first} to ${last}`
}
