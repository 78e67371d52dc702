import { bytesText } from './counts-in-words.ts'
import { featureFamily, inPart, type Sentence } from './feature-family.ts'
import { dataFlow } from './flow/data-flow.ts'
import { explainTaintedValue } from './flow/explain-flow.ts'
import { bytesReadBefore } from './reading-family.ts'

/** 'to came only from mail/read (call 3), after 12.3 kB read in the session' against how often the argument held that value. */
const taintedWriteSentence: Sentence = (comparison) => {
  const { seen, expected } = explainTaintedValue(comparison)
  return { seen: `${seen}, after ${bytesText(bytesReadBefore(comparison))} read in the session`, expected }
}

/**
 * Either alone is daily work: agents look things up by what they just read, and write what they were asked to.
 */
export const taintedWriteFamily = featureFamily({
  name: 'tainted write',
  question: 'Did a value out of an output go out again?',
  features: {
    tainted_value_written: {
      ...inPart,
      formula: 'tainted_value_new × write_after_reading',
      needs: ['argument_values', 'session', 'bytes_received', 'bytes_sent'],
      cause: dataFlow,
      title: 'New value from tool output, sent on',
      sentence: taintedWriteSentence,
      weights: { with_provenance: { weight: 8, cap: 1 } },
    },
  },
  reads: ['tainted_value_new', 'write_after_reading'],
  measure(_, out, at) {
    out[at.tainted_value_written] = (out[at.tainted_value_new] as number) * (out[at.write_after_reading] as number)
  },
})
