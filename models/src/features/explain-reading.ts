import type { Comparison } from './comparison.ts'
import { bytesText } from './counts-in-words.ts'
import { explainTaintedValue } from './explain-flow.ts'
import type { Explanation } from './explanation.ts'
import { bytesReadBefore } from './reading-deviation.ts'

/** 'bank/send_money after 12.3 kB read' against 'calls that read; of … in the tenant 8 % get back more than they send'. */
export function explainWriteAfterReading(comparison: Comparison): Explanation {
  const { step } = comparison.shape
  const reading = Math.round(100 * (1 - comparison.writeShare()))
  return {
    seen: `${step} after ${bytesText(bytesReadBefore(comparison))} read`,
    expected: `calls that read; of ${step} in the tenant ${reading} % get back more than they send`,
  }
}

/** 'to came only out of mail/read (call 3), after 12.3 kB read' against how often the argument held that value. */
export function explainTaintedWrite(comparison: Comparison): Explanation {
  const { seen, expected } = explainTaintedValue(comparison)
  return { seen: `${seen}, after ${bytesText(bytesReadBefore(comparison))} read`, expected }
}
