/**
 * Whether the store gives profiles and takes checkpoints, as the last call of each kind reported. One object a stage: the judge hears
 * that a profile was not to be had, the stage that one came, the writer of checkpoints how an insert ended.
 */
export class StoreAvailability {
  private reads = true
  private writes = true

  /** While it does not, nobody in the loop asks: those who wait are asked for beside it (`LateProfiles`). */
  get givesProfiles(): boolean {
    return this.reads
  }

  /** While it does not, memory may hold twice as many profiles before the stage stops. */
  get acceptsCheckpoints(): boolean {
    return this.writes
  }

  profileWasNotGiven(): void {
    this.reads = false
  }

  profilesCame(): void {
    this.reads = true
  }

  checkpointFailed(): void {
    this.writes = false
  }

  checkpointStands(): void {
    this.writes = true
  }
}
