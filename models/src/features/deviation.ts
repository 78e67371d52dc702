import { argumentDeviation } from './argument-deviation.ts'
import { boundaryDeviation } from './boundary-deviation.ts'
import type { Comparison } from './comparison.ts'
import { credentialDeviation } from './credential-deviation.ts'
import { destinationDeviation } from './destination-deviation.ts'
import { featureIndex, features } from './feature.ts'
import { fieldDeviation } from './field-deviation.ts'
import { flowDeviation } from './flow-deviation.ts'
import { misplacedDeviation } from './misplaced-deviation.ts'
import { originDeviation } from './origin-deviation.ts'
import { outcomeDeviation } from './outcome-deviation.ts'
import { privilegeDeviation } from './privilege-deviation.ts'
import { privilegeStepDeviation } from './privilege-step-deviation.ts'
import { readingDeviation } from './reading-deviation.ts'
import { signalDeviation } from './signal-deviation.ts'
import { stepDeviation } from './step-deviation.ts'
import { taintedWriteDeviation } from './tainted-write-deviation.ts'
import { timeDeviation } from './time-deviation.ts'
import { volumeDeviation } from './volume-deviation.ts'
import { windowDeviation } from './window-deviation.ts'

const maturity = featureIndex('maturity')

/** Rows that share a buffer: one of its own for each costs more than most features. */
const sharedRows = 64
let rows = new Float64Array(0)
let rowsTaken = sharedRows

function emptyRow(): Float64Array {
  if (rowsTaken === sharedRows) {
    rows = new Float64Array(sharedRows * features.length)
    rowsTaken = 0
  }
  return new Float64Array(rows.buffer, 8 * features.length * rowsTaken++, features.length)
}

/** The features of one event against its profile, in the order of `features`. */
export function deviationOf(comparison: Comparison): Float64Array {
  const out = emptyRow()
  stepDeviation(comparison, out)
  destinationDeviation(comparison, out)
  argumentDeviation(comparison, out)
  volumeDeviation(comparison, out)
  misplacedDeviation(out)
  readingDeviation(comparison, out)
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
  taintedWriteDeviation(out)
  fieldDeviation(comparison, out)
  out[maturity] = Math.log1p(comparison.ownTotal(comparison.keys.step.own.of)) / 6
  return out
}
