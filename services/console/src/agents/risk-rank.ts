import { Severity } from '@straylight/schemas/finding'
import type { AgentRow } from '../contract/agent-row.ts'

/** Risks beyond count as this one. */
const riskMax = 1e5

/** How urgently an agent is to be looked at, a whole number: by its worst open alert, then by its risk; of none it is known least. */
export function riskRank({ risk, worst_severity }: Pick<AgentRow, 'risk' | 'worst_severity'>): number {
  const open = worst_severity === null ? 0 : Severity.options.indexOf(worst_severity) + 1
  const bounded = Math.min(Math.max(risk ?? -riskMax, -riskMax), riskMax)
  return open * 1e12 + Math.round(bounded * 1e6)
}
