import type { AgentEvent } from '@straylight/schemas/agent-event'
import { amountBin, leastOfBin } from '../event/amount-bin.ts'
import { type HypothesisGround, type HypotheticalOutcome, judgeHypothesis } from './judge-hypothesis.ts'

export type AmountField = 'bytes_sent' | 'bytes_received' | 'records'

/** Largest amount that an event may have (1 PiB). */
const amountMax = 2 ** 50

export interface AmountThreshold {
  /** The least amount found that alerts; null: none does. Amounts are looked at in quarter octaves, as they are counted. */
  readonly least: number | null
  readonly outcome: HypotheticalOutcome
}

/** From which amount on one call alerts. `callWith` makes it. More is taken never to be less strange. */
export function amountThreshold(ground: HypothesisGround, callWith: (amount: number) => AgentEvent): AmountThreshold {
  const judged = (bin: number) => judgeHypothesis(ground, [callWith(Math.min(leastOfBin(bin), amountMax))])
  let alerting = amountBin(amountMax)
  let outcome = judged(alerting)
  if (!outcome.alerts) return { least: null, outcome }
  let ordinary = -1
  while (alerting - ordinary > 1) {
    const middle = Math.floor((alerting + ordinary) / 2)
    const tried = judged(middle)
    if (tried.alerts) [alerting, outcome] = [middle, tried]
    else ordinary = middle
  }
  return { least: leastOfBin(alerting), outcome }
}
