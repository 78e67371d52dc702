import type { CountTable } from '../profile/count-table.ts'
import type { AmountBins } from './amount-tails.ts'
import { unseenWriteShare } from './priors.ts'

/** Steps whose share is kept. */
const keptMax = 4_096

/**
 * The share of a step's calls that send more than they get back, as a level knows it: near 1 for what writes (send, pay,
 * delete), near 0 for what reads. Out of the amounts that are counted anyway, as if what a call sends and what it gets
 * were independent. Kept until the level changes.
 */
export class WriteShares {
  private readonly kept = new Map<string, number>()

  forget(): void {
    if (this.kept.size > 0) this.kept.clear()
  }

  get(step: string): number | undefined {
    return this.kept.get(step)
  }

  keep(step: string, share: number): number {
    if (this.kept.size >= keptMax) this.kept.clear()
    this.kept.set(step, share)
    return share
  }
}

/**
 * Of all pairs of an amount sent and one received those where more is sent; equal bins count half. `sent` and `received`:
 * the bins of the step's two amounts; `scale` turns weighted counts into effective ones.
 */
export function writeShareOf(table: CountTable, sent: AmountBins, received: AmountBins, scale: number): number {
  let below = 0
  let more = 0
  let sentTotal = 0
  for (let bin = 0; bin < sent.keys.length; bin++) {
    const gets = table.count(received.keys[bin] as number) * scale
    const sends = table.count(sent.keys[bin] as number) * scale
    more += sends * (below + gets / 2)
    below += gets
    sentTotal += sends
  }
  return (more + unseenWriteShare) / (sentTotal * below + 1)
}
