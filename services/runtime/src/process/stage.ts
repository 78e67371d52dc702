import type { LogBatch, NewRecord, TopicOffset, TopicPartition } from '../log/log.ts'

/** Appends output while the stage works on; the turn ends when the log has acknowledged it. */
export type AppendAhead = (output: readonly NewRecord[]) => void

/**
 * A stage turns one noun into the next: batches in, records out.
 * `runStage` owns the only loop; after `process` it appends the output, waits for the log's acknowledgement,
 * then commits. A stage that throws stops its process with the work uncommitted.
 */
export interface Stage {
  readonly name: 'ingest' | 'baseline' | 'score' | 'respond'
  readonly topics: readonly string[]
  /** Most records of a partition in one batch. */
  readonly batchRecordsMax: number
  /**
   * After a turn behind which fewer records wait than `belowLag`, the loop rests for so many milliseconds, by how many it had: for a stage of which
   * each turn costs as much as many records, and for which nobody waits.
   */
  readonly rest?: { readonly belowLag: number; ms(records: number): number } | undefined
  /** Called before the first batch of these partitions: recover what the stage must remember. */
  assigned?(partitions: readonly TopicOffset[]): Promise<void>
  revoked?(partitions: readonly TopicPartition[]): Promise<void>
  /**
   * All batches of one poll, in order of topic and partition. What is due to be read before the turn ends may go to `ahead`, in
   * order and before all that is returned.
   */
  process(batches: readonly LogBatch[], ahead?: AppendAhead): Promise<readonly NewRecord[]>
  /**
   * Partitions of which some processed records still wait inside the stage: nothing at or behind `offset` is committed, until a
   * later turn of `process` or `due` has done them.
   */
  heldBack?(): readonly TopicOffset[]
  /** After output and commit stand: the place to write checkpoints. */
  committed?(): Promise<void>
  /** Called after a poll, also when nothing came, some ten times a second: for what is due by time. Its output is appended like that of `process`. */
  due?(nowMs: number): Promise<readonly NewRecord[]>
  close?(): Promise<void>
}
