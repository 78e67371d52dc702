import type { SetAside } from '@straylight/schemas/set-aside'
import type { LogRecord, NewRecord } from '../log/log.ts'
import { StoreError } from '../store/store-error.ts'
import { type SetAsideReason, setAsideRecord } from './set-aside-record.ts'

type Placed = Pick<LogRecord, 'topic' | 'partition' | 'offset' | 'timestamp' | 'value'>

/** A stage failed on one record: a bug of ours. */
export interface StageFault {
  readonly stage: SetAside['stage']
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly error: unknown
}

/**
 * What a stage could not work with in this turn. Only pure work on one record is guarded: what fails in the log, the store or the
 * scoring engine is the world's failure, passes through, and stops the stage with its work uncommitted.
 * Bound: one for each record of the turn.
 */
export class SetAsides {
  private readonly stage: SetAside['stage']
  private readonly onFault: (fault: StageFault) => void
  private records: NewRecord[] = []

  constructor(stage: SetAside['stage'], onFault: (fault: StageFault) => void = () => undefined) {
    this.stage = stage
    this.onFault = onFault
  }

  unreadable(record: Placed, reason: string): void {
    this.records.push(setAsideRecord(this.stage, record, { code: 'unreadable', reason }))
  }

  /** `event`: what was left out of what the stage learns. */
  fault(record: Placed, error: unknown, event?: SetAsideReason['event']): void {
    if (isOfWorld(error)) throw error
    const { topic, partition, offset } = record
    this.onFault({ stage: this.stage, topic, partition, offset, error })
    // What is thrown can be anything, and not everything lets itself be made a text.
    const said = error instanceof Error ? `${error.name}: ${error.message}` : `a thrown ${typeof error}`
    const why = { code: 'stage_fault', reason: `${this.stage} failed on it: ${said}` } as const
    this.records.push(setAsideRecord(this.stage, record, event === undefined ? why : { ...why, event }))
  }

  /** Does the work; a record that it fails on is set aside, and then nothing comes of it. */
  guard<Result>(record: Placed, work: () => Result): Result | undefined {
    try {
      return work()
    } catch (error) {
      this.fault(record, error)
      return undefined
    }
  }

  /** What was set aside since, to be written with the turn's output. */
  take(): NewRecord[] {
    const { records } = this
    this.records = []
    return records
  }
}

/** `RuntimeError` is what WebAssembly throws: the scoring engine is broken, not a record. By name, since its class has no type here. */
const isOfWorld = (error: unknown): boolean =>
  error instanceof StoreError || (error instanceof Error && error.name === 'RuntimeError')
