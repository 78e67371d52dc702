/**
 * How memory stands to the log. Between `begin` and `committed` it holds work that the log does not call done: a checkpoint written
 * then would have that work skipped when it comes again. A turn that fails never comes to `committed`, so nothing is written after it.
 */
export class CommitState {
  private open = false
  private sinceCommit = 0
  private sinceCheckpoint = 0

  /** A turn begins to change what is remembered. */
  begin(): void {
    this.open = true
  }

  /** The turn has handled so many records. */
  handled(records: number): void {
    this.sinceCommit += records
  }

  /** Output and commit stand; returns how many records that was. */
  committed(): number {
    const records = this.sinceCommit
    this.open = false
    this.sinceCommit = 0
    this.sinceCheckpoint += records
    return records
  }

  /** A checkpoint stands, has begun, or failed: the next one is due so many records from here. */
  checkpointed(): void {
    this.sinceCheckpoint = 0
  }

  /** Nothing in memory but what the log calls done. */
  get isCommitted(): boolean {
    return !this.open
  }

  /** Whether the last checkpoint lies so many records back. */
  isCheckpointDue(everyRecords: number): boolean {
    return this.sinceCheckpoint >= everyRecords
  }
}
