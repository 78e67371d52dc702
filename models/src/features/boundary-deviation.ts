import type { Comparison, Registered } from './comparison.ts'
import { featureIndex } from './feature.ts'

const at = featureIndex('outside_boundary')

/** What of an event lies outside what the registry lets its agent do; `null`: nothing, or nothing is said. */
export function outsideBoundary(
  shape: { readonly system: string; readonly step: string },
  registered: Registered | undefined,
): 'system' | 'action' | null {
  const { systems, actions } = registered?.boundary ?? {}
  if (systems !== undefined && !systems.includes(shape.system)) return 'system'
  // An action is named alone or with its system: `export` or `erp/export`.
  const action = shape.step.slice(shape.system.length + 1)
  if (actions !== undefined && !actions.includes(action) && !actions.includes(shape.step)) return 'action'
  return null
}

/** outside_boundary (0 or 1): a system or action that the registry's boundary does not name. Needs a registry entry with one. */
export function boundaryDeviation(comparison: Comparison, out: Float64Array): void {
  out[at] = outsideBoundary(comparison.shape, comparison.registered) === null ? 0 : 1
}
