import type { Log, NewRecord } from '../log/log.ts'

/**
 * Appends what one turn of a stage writes, as it comes, one call of the log after the other: behind records that the log did not take
 * nothing is written, or readers, who drop what is not above the highest position that they have seen, would drop these when they come
 * again.
 */
export class TurnAppend {
  /** Records given so far. */
  written = 0
  private readonly log: Pick<Log, 'append'>
  private waiting: NewRecord[] = []
  /** Stays when it has failed. */
  private going: Promise<void> | undefined

  constructor(log: Pick<Log, 'append'>) {
    this.log = log
  }

  add(output: readonly NewRecord[]): void {
    if (output.length === 0) return
    this.written += output.length
    for (const record of output) this.waiting.push(record)
    this.going ??= this.go()
    // Whoever asks for the end hears of it; a turn that fails for another reason asks no more.
    this.going.catch(() => undefined)
  }

  /** Resolves when the log has acknowledged all of it. */
  async done(): Promise<void> {
    await this.going
  }

  private async go(): Promise<void> {
    while (this.waiting.length > 0) {
      const records = this.waiting
      this.waiting = []
      await this.log.append(records)
    }
    this.going = undefined
  }
}
