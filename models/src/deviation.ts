import { argumentDeviation } from './argument-deviation.ts'
import { boundaryDeviation } from './boundary-deviation.ts'
import type { Comparison } from './comparison.ts'
import { credentialDeviation } from './credential-deviation.ts'
import { destinationDeviation } from './destination-deviation.ts'
import { featureIndex, features } from './feature.ts'
import { flowDeviation } from './flow-deviation.ts'
import { originDeviation } from './origin-deviation.ts'
import { outcomeDeviation } from './outcome-deviation.ts'
import { privilegeDeviation } from './privilege-deviation.ts'
import { privilegeStepDeviation } from './privilege-step-deviation.ts'
import { signalDeviation } from './signal-deviation.ts'
import { stepDeviation } from './step-deviation.ts'
import { timeDeviation } from './time-deviation.ts'
import { volumeDeviation } from './volume-deviation.ts'
import { windowDeviation } from './window-deviation.ts'

const maturity = featureIndex('maturity')

/** The features of one event against its profile, in the order of `features`. */
export function deviationOf(comparison: Comparison): Float64Array {
  const out = new Float64Array(features.length)
  stepDeviation(comparison, out)
  destinationDeviation(comparison, out)
  argumentDeviation(comparison, out)
  volumeDeviation(comparison, out)
  outcomeDeviation(comparison, out)
  privilegeDeviation(comparison, out)
  privilegeStepDeviation(comparison, out)
  windowDeviation(comparison, out)
  timeDeviation(comparison, out)
  credentialDeviation(comparison, out)
  originDeviation(comparison, out)
  boundaryDeviation(comparison, out)
  signalDeviation(comparison, out)
  flowDeviation(comparison, out)
  out[maturity] = Math.log1p(comparison.totals('step', '').own) / 6
  return out
}
