import { setImmediate as breathe } from 'node:timers/promises'
import type { NewRecord } from '@straylight/runtime/log/log'
import type { AppendAhead } from '@straylight/runtime/process/stage'

/** Records judged before what came of them goes out: some 20 ms on a quiet core, more where it is shared. */
const recordsBetween = 250

/**
 * What a turn writes. Behind a stall, or on a machine that is busy, a turn has thousands of records and takes a second: a finding
 * of its first ones does not wait for the last.
 */
export class TurnOutput {
  private readonly ahead: AppendAhead | undefined
  private output: NewRecord[] = []
  private since = 0

  /** Without `ahead` all of it waits for the turn's end. */
  constructor(ahead?: AppendAhead) {
    this.ahead = ahead
  }

  add(records: readonly NewRecord[]): void {
    for (const record of records) this.output.push(record)
  }

  /** So many records more are judged; lets the process send what came of them, and hear what came in. */
  async judged(records: number): Promise<void> {
    this.since += records
    if (this.ahead === undefined || this.since < recordsBetween) return
    this.since = 0
    if (this.output.length > 0) this.ahead(this.output)
    this.output = []
    await breathe()
  }

  /** What has not gone out. */
  left(): readonly NewRecord[] {
    return this.output
  }
}
