import { featureIndex } from './feature.ts'

const at = featureIndex('tainted_value_written')
const of = { taintedNew: featureIndex('tainted_value_new'), write: featureIndex('write_after_reading') }

/**
 * tainted_value_written = tainted_value_new × write_after_reading: a value that neither agent nor peers used came out of an output,
 * and goes out again with a call that writes. Either alone is daily work: agents look things up by what they just read, and
 * write what they were asked to. Made of features that stand in `out` already; needs what they need.
 */
export function taintedWriteDeviation(out: Float64Array): void {
  out[at] = (out[of.taintedNew] as number) * (out[of.write] as number)
}
