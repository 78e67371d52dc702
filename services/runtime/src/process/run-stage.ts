import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer, Log, LogBatch, PollResult, TopicOffset, TopicPartition } from '../log/log.ts'
import { nameOf } from '../log/topic-partition.ts'
import { reaches } from './fault-point.ts'
import { passes } from './kill-point.ts'
import type { Stage } from './stage.ts'
import { TurnAppend } from './turn-append.ts'

/** What the loop tells metrics after a poll whose effect stands. */
export interface StageProgress {
  readonly stage: Stage['name']
  /** Their `lag` is the stage's; their records were handled. */
  readonly batches: readonly LogBatch[]
  readonly records: number
  /** Records that the stage wrote. */
  readonly written: number
  /** From the poll's return until what it wrote stands, and is committed where that was due. */
  readonly seconds: number
}

export interface StageRunnerOptions {
  /** Wall clock for `due`, in milliseconds since 1970; `replay` gives its own. */
  readonly now?: () => number
  /** How long one step waits for records, in milliseconds. Default 0. */
  readonly waitMs?: number
  /** Calls of `due` are at least so far apart, in milliseconds. Default 0: one a step. */
  readonly dueEveryMs?: number
  /**
   * Commits are at least so far apart, in milliseconds, but for one at the end. Default 0: one a step. What a crash leaves uncommitted
   * comes again, and readers drop it.
   */
  readonly commitEveryMs?: number
  readonly observe?: (progress: StageProgress) => void
  /** For tests: called between the effect and its commit; throwing here is a crash at the worst moment. */
  readonly faults?: { readonly afterAppend?: () => void }
}

export interface StageRunner {
  /** One turn of the loop; returns the number of records handled. Throws what the stage throws, with its work uncommitted. */
  step(): Promise<number>
  /** Leaves the group, then closes the stage. */
  close(): Promise<void>
}

/** What is due by time may wait so long while records come: respond looks through all of its alerts for it. */
const dueEveryMs = 100
/**
 * Live, a turn has some dozen records, and a commit costs it, and the broker, as much as appending what it wrote; in the next turn's way
 * it stands as well. After a silence, and with a backlog, each turn commits.
 */
const commitEveryMs = 100
/** How long `runStage` waits for records: also the time until it notices an abort, and the pace of `due` when all is quiet. */
const idleWaitMs = 200

/**
 * Runs a stage until `signal` aborts: it finishes the batch, appends, commits, leaves the group and closes.
 * Rejects with what the stage, or the log past its retries, throws.
 */
export async function runStage(
  stage: Stage,
  log: Log,
  options: StageRunnerOptions & { readonly signal: AbortSignal },
): Promise<void> {
  let lag = 0
  const observe = (progress: StageProgress) => {
    lag = progress.batches.reduce((sum, batch) => sum + batch.lag, 0)
    options.observe?.(progress)
  }
  const runner = await openStageRunner(stage, log, {
    waitMs: idleWaitMs,
    dueEveryMs,
    commitEveryMs,
    ...options,
    observe,
  })
  try {
    while (!options.signal.aborted) {
      const records = await runner.step()
      if (stage.rest !== undefined && records > 0 && lag < stage.rest.belowLag)
        // Rejects only when the stop begins, which the loop's condition sees.
        await sleep(stage.rest.ms(records), undefined, { signal: options.signal }).catch(() => undefined)
    }
  } finally {
    await runner.close()
  }
}

/** Joins the group `straylight-<stage>` and hands out the loop one step at a time. */
export async function openStageRunner(stage: Stage, log: Log, options: StageRunnerOptions = {}): Promise<StageRunner> {
  const { now = Date.now, waitMs = 0, dueEveryMs = 0 } = options
  const consumer = await log.subscribe({ group: consumerGroupOf(stage), topics: stage.topics })
  const done = openDone(stage, consumer, options.commitEveryMs ?? 0)
  let failed = false
  let dueAtMs = Number.NEGATIVE_INFINITY

  async function appendDue(): Promise<void> {
    if (performance.now() < dueAtMs) return
    dueAtMs = performance.now() + dueEveryMs
    await reaches(`${stage.name}.due`)
    const due = (await stage.due?.(now())) ?? []
    if (due.length > 0) passes('after-due-before-append')
    await log.append(due)
  }

  async function step(): Promise<number> {
    const polled = await consumer.poll({ recordsMax: stage.batchRecordsMax, waitMs: Math.min(waitMs, done.dueInMs()) })
    done.forget(polled.revoked)
    await handOver(stage, polled)
    const records = await handle(stage, log, done, polled.batches, options)
    await appendDue()
    if (done.dueInMs() <= 0 && (await done.commit())) await stage.committed?.()
    return records
  }

  async function leave(): Promise<void> {
    try {
      if (!failed && (await done.commit())) await stage.committed?.()
    } finally {
      await consumer.close()
    }
  }

  return {
    async step() {
      try {
        return await step()
      } catch (error) {
        failed = true
        throw error
      }
    },
    async close() {
      try {
        await leave()
      } finally {
        await reaches(`${stage.name}.close`)
        await stage.close?.()
      }
    },
  }
}

/** The consumer group of a stage; its committed offsets are the stage's progress. */
export function consumerGroupOf(stage: Pick<Stage, 'name'>): string {
  return `straylight-${stage.name}`
}

/** What has been processed and is not committed, since a commit is not due or the stage holds some of it back. */
interface Done {
  /** Output of what stands before these offsets has been acknowledged. */
  note(processed: readonly TopicOffset[]): void
  /** Milliseconds until a commit is due: Infinity while there is nothing to commit, 0 or less when it is. */
  dueInMs(): number
  /** Commits what is done by now; whether there was anything. */
  commit(): Promise<boolean>
  forget(partitions: readonly TopicPartition[]): void
}

function openDone(stage: Stage, consumer: Consumer, everyMs: number): Done {
  const open = new Map<string, TopicOffset>()
  /** Of `open`: processed since the last commit. */
  const fresh = new Set<string>()
  let committedAtMs = Number.NEGATIVE_INFINITY
  return {
    note(processed) {
      for (const offset of processed) {
        open.set(nameOf(offset), offset)
        fresh.add(nameOf(offset))
      }
    },
    dueInMs: () => (open.size === 0 ? Number.POSITIVE_INFINITY : committedAtMs + everyMs - performance.now()),
    async commit() {
      if (open.size === 0) return false
      const bounds = new Map((stage.heldBack?.() ?? []).map((bound) => [nameOf(bound), bound.offset]))
      const offsets: TopicOffset[] = []
      for (const [name, place] of [...open]) {
        const bound = bounds.get(name)
        if (bound === undefined) open.delete(name)
        // A bound alone is reported once, with the batch that it stands in.
        else if (!fresh.has(name)) continue
        offsets.push({ ...place, offset: Math.min(place.offset, bound ?? place.offset) })
      }
      fresh.clear()
      if (offsets.length > 0) await consumer.commit(offsets)
      committedAtMs = performance.now()
      return offsets.length > 0
    },
    forget(partitions) {
      for (const partition of partitions) {
        open.delete(nameOf(partition))
        fresh.delete(nameOf(partition))
      }
    },
  }
}

/** First what left, then what came: a partition that left and came back is recovered anew. */
async function handOver(stage: Stage, { revoked, assigned }: PollResult): Promise<void> {
  if (revoked.length > 0) await stage.revoked?.(revoked)
  if (assigned.length === 0) return
  await reaches(`${stage.name}.assigned`)
  await stage.assigned?.(assigned)
}

/**
 * Effect once: 1 work, 2 append (some of it while the work goes on) and wait for the acknowledgement, 3 commit, 4 checkpoint. Dying before 2 loses nothing,
 * between 2 and 3 the same output comes again and readers drop it by its source position, after 3 only the checkpoint is older.
 */
async function handle(
  stage: Stage,
  log: Log,
  done: Done,
  batches: readonly LogBatch[],
  { observe, faults }: StageRunnerOptions,
): Promise<number> {
  if (batches.length === 0) return 0
  const startedMs = performance.now()
  await reaches(`${stage.name}.process`)
  const turn = new TurnAppend(log)
  const output = await stage.process(batches, (ahead) => turn.add(ahead))
  passes('after-process-before-append')
  turn.add(output)
  await turn.done()
  passes('after-append-before-commit')
  faults?.afterAppend?.()
  done.note(offsetsAfter(batches))
  if (done.dueInMs() <= 0 && (await done.commit())) {
    passes('after-commit-before-checkpoint')
    await stage.committed?.()
  }
  const records = batches.reduce((sum, batch) => sum + batch.records.length, 0)
  const seconds = (performance.now() - startedMs) / 1000
  observe?.({ stage: stage.name, batches, records, written: turn.written, seconds })
  return records
}

/** The offset after each batch's last record: what to commit once the batch's effect stands. */
function offsetsAfter(batches: readonly LogBatch[]): TopicOffset[] {
  return batches.map(({ topic, partition, records }) => {
    const last = records.at(-1)
    assert(last !== undefined, 'a batch is never empty')
    return { topic, partition, offset: last.offset + 1 }
  })
}
