import type { Registered } from './comparison.ts'
import { type FeatureCause, featureFamily, onOff, type Sentence } from './feature-family.ts'
import { inBothSums } from './sum-weights.ts'

const outsideBoundaryCause: FeatureCause = {
  name: 'outside_boundary',
  techniques: ['OWASP:ASI02', 'OWASP:ASI03', 'OWASP:LLM06:2025', 'ATLAS:AML.T0053'],
}

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

const boundarySentence: Sentence = ({ shape, registered }) => {
  const { systems = [], actions = [] } = registered?.boundary ?? {}
  const what = outsideBoundary(shape, registered)
  const allowed = what === 'system' ? systems : actions
  const list = allowed.slice(0, 5).join(', ') + (allowed.length > 5 ? ` and ${allowed.length - 5} more` : '')
  return {
    expected: `the registry allows only ${list || 'nothing'}`,
    seen: what === 'system' ? `system ${shape.system}` : shape.step,
  }
}

export const boundaryFamily = featureFamily({
  name: 'boundary',
  question: 'Does the registry allow it?',
  features: {
    outside_boundary: {
      ...onOff,
      formula: '1 where the boundary of the registry does not name the system or action',
      needs: ['registry: boundary'],
      cause: outsideBoundaryCause,
      title: 'Outside its boundary',
      sentence: boundarySentence,
      weights: inBothSums(45, 1),
    },
  },
  reads: [],
  measure(comparison, out, at) {
    out[at.outside_boundary] = outsideBoundary(comparison.shape, comparison.registered) === null ? 0 : 1
  },
})
