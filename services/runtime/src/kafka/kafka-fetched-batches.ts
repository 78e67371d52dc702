import { setTimeout as sleep } from 'node:timers/promises'
import type { EachBatchPayload } from 'kafkajs'
import type { LogRecord, TopicPartition } from '../log/log.ts'
import { byPartition, nameOf } from '../log/topic-partition.ts'
import type { FetchPace } from './fetch-pace.ts'
import { recordOf } from './kafka-record.ts'

/** A fetched batch that waits for the loop. */
export interface FetchedBatch extends TopicPartition {
  readonly records: readonly LogRecord[]
  /** Where the partition ended when this was fetched. */
  readonly end: number
  /** Records that the loop has had. */
  taken: number
  /** Lets the handler in kafkajs return: `taken` goes on behind the batch, `dropped` fetches it again. */
  readonly settle: (outcome: 'taken' | 'dropped') => void
}

/** Hands fetched batches from kafkajs's handlers to the loop. At most one a partition waits. */
export interface FetchedBatches {
  /** The handler for kafkajs: puts a batch down and returns when it is taken or dropped; heartbeats go on meanwhile. */
  put(payload: EachBatchPayload): Promise<void>
  /** In order of topic and partition. */
  all(): FetchedBatch[]
  drop(which?: (fetched: FetchedBatch) => boolean): void
  /** The loop is done with what it has taken, or has found nothing new in it: what was small is followed by the next fetch now. */
  turnOver(): void
}

/**
 * A batch of fewer records is fetched live. The next fetch then begins when the loop asks for more, with all that came meanwhile: begun
 * while the loop works, it would bring the first of them alone, and these would wait, and be a turn of their own.
 */
const liveRecordsMax = 256

export function openFetchedBatches(options: {
  readonly heartbeatMs: number
  /** Fetches are at least so far apart: kafkajs begins the next one when the handlers of the last have returned. */
  readonly pace: FetchPace
  readonly refuses: (partition: TopicPartition) => boolean
  readonly onBatch: () => void
}): FetchedBatches {
  const waiting = new Map<string, FetchedBatch>()
  let turn = openGate()

  function drop(which?: (fetched: FetchedBatch) => boolean): void {
    // Of a group that ends nobody waits for the turn's end.
    if (which === undefined) turnOver()
    for (const [name, fetched] of waiting) {
      if (which?.(fetched) === false) continue
      waiting.delete(name)
      fetched.settle('dropped')
    }
  }

  async function put({ batch, heartbeat, resolveOffset }: EachBatchPayload): Promise<void> {
    const at = { topic: batch.topic, partition: batch.partition }
    if (options.refuses(at)) return
    const cameMs = performance.now()
    const { promise, settle: resolve } = pending()
    /** The turn in which it was taken: by the time that this goes on, the next one may have begun, and come upon it again. */
    let own: Gate | undefined
    const settle: FetchedBatch['settle'] = (outcome) => {
      if (own !== undefined) return
      own = turn
      if (outcome === 'taken') options.pace.turnBegins()
      resolve(outcome)
    }
    const records = batch.messages.map((message) => recordOf(at, message))
    const fetched: FetchedBatch = { ...at, records, end: Number(batch.highWatermark), taken: 0, settle }
    waiting.set(nameOf(at), fetched)
    options.onBatch()
    try {
      const outcome = await keepAlive(promise, heartbeat, options.heartbeatMs)
      if (outcome !== 'taken') return
      resolveOffset(batch.lastOffset())
      if (records.length < liveRecordsMax) await keepAlive((own ?? turn).over, heartbeat, options.heartbeatMs)
      const restMs = options.pace.everyMs() - (performance.now() - cameMs)
      if (restMs > 0) await sleep(restMs)
    } catch (error) {
      // The group is being shared out anew: no other batch of this fetch may hold that up.
      drop()
      throw error
    } finally {
      // A dropped one ends late: by then its place may hold the next.
      if (waiting.get(nameOf(at)) === fetched) waiting.delete(nameOf(at))
    }
  }

  function turnOver(): void {
    options.pace.turnEnds()
    turn.open()
    turn = openGate()
  }

  return { put, drop, turnOver, all: () => [...waiting.values()].sort(byPartition) }
}

function pending() {
  let settle: FetchedBatch['settle'] = () => undefined
  const promise = new Promise<'taken' | 'dropped'>((resolve) => {
    settle = resolve
  })
  return { promise, settle }
}

interface Gate {
  readonly over: Promise<true>
  readonly open: () => void
}

function openGate(): Gate {
  let open: () => void = () => undefined
  const over = new Promise<true>((resolve) => {
    open = () => resolve(true)
  })
  return { over, open }
}

/** Waits for a batch to be taken, or for its turn to be over, with a heartbeat in between: the stage may work longer than a session lasts. */
async function keepAlive<T>(waited: Promise<T>, heartbeat: () => Promise<void>, everyMs: number): Promise<T> {
  for (;;) {
    let timer: NodeJS.Timeout | undefined
    const beat = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), everyMs)
    })
    const result = await Promise.race([waited, beat])
    clearTimeout(timer)
    if (result !== undefined) return result
    await heartbeat()
  }
}
