import type { FeatureCause } from '../feature-family.ts'

/** A value went where it does not usually go: what indirect prompt injection looks like from outside. */
export const dataFlow: FeatureCause = {
  name: 'data_flow',
  techniques: ['OWASP:ASI01', 'OWASP:LLM01:2025', 'ATLAS:AML.T0051.001'],
}
