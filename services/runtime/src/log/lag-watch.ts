import { counted } from '@straylight/schemas/counted'
import { minuteMs } from '@straylight/schemas/duration'
import { errorText } from '@straylight/schemas/error-text'
import type { Metrics } from '../process/metrics.ts'
import { consumerGroupOf } from '../process/run-stage.ts'
import type { Stage } from '../process/stage.ts'
import type { Log, TopicPartition } from './log.ts'
import { nameOf } from './topic-partition.ts'

/** How far stages are behind, as the log itself tells: also of stages that run in other processes. */
export interface LagWatch {
  /** Asks the log. A log that can't be asked is itself a reason, once the last answer is a minute old. */
  refresh(): Promise<void>
  /** One sentence a stage that is further behind than it may be; none when all keep up. */
  reasons(): readonly string[]
  /** Those of them that concern what stands in one of these partitions. */
  reasonsOf(places: readonly TopicPartition[]): readonly string[]
  /** Records that a stage was behind when last asked; 0 before. */
  behind(stage: Stage['name']): number
  /**
   * The same of those partitions alone in which the stage reads on: what comes in is too much for it. Where it stands still, it waits
   * for something else, such as a store that is away, and senders who wait as well would not help.
   */
  overloaded(stage: Stage['name']): number
}

/** How long what the log said of lags is believed, should it say nothing more. */
const answerHoldsMs = minuteMs

/** A stage that has read nothing on for so long stands still. */
const standsStillMs = 15_000

/** A stage to look after. */
export interface WatchedStage extends Pick<Stage, 'name' | 'topics'> {
  /**
   * Milliseconds for which more may wait than should, before it counts as lag; default 0. For a stage whose input nobody has read
   * yet: a flood of what is rejected goes by faster than evidence gets stale.
   */
  readonly patienceMs?: number
}

/** What a stage has yet to read of a partition. */
interface Backlog extends TopicPartition {
  /** Offset of the oldest record that waits. */
  readonly next: number
  readonly end: number
}

/** A reason, and the partitions that it concerns; null: all. */
interface Late {
  readonly reason: string
  readonly partitions: ReadonlySet<string> | null
}

/**
 * A stage is late when more than `recordsMax` records wait over all its topics and partitions, and then in those partitions
 * that hold more than their share of these: what floods one partition says nothing of what stands in another.
 */
export function createLagWatch(options: {
  log: Log
  stages: readonly WatchedStage[]
  recordsMax: number
  metrics?: Pick<Metrics, 'lagRecords'>
}): LagWatch {
  const { log, stages, recordsMax, metrics } = options
  const waits = watchWaits()
  let late: readonly Late[] = []
  let answeredMs = Number.NEGATIVE_INFINITY
  const last = new Map<Stage['name'], number>()
  const lastRead = new Map<Stage['name'], number>()

  function lateness({ name, patienceMs = 0 }: WatchedStage, backlogs: readonly Backlog[]): Late[] {
    const behind = last.get(name) ?? 0
    if (behind <= recordsMax) return []
    const share = recordsMax / backlogs.length
    const partitions = backlogs
      .filter((backlog) => backlog.end - backlog.next > share && waits.waitedMs(name, backlog) >= patienceMs)
      .map(nameOf)
    if (partitions.length === 0) return []
    return [
      {
        reason: `${name} is ${counted(behind, 'record')} behind, more than ${recordsMax}`,
        partitions: new Set(partitions),
      },
    ]
  }

  async function look(): Promise<Late[]> {
    const found: Late[] = []
    const extentOf = askOnce(log)
    for (const stage of stages) {
      const backlogs = await backlogsOf(log, stage, extentOf)
      for (const backlog of backlogs) {
        const { topic, partition, next, end } = backlog
        metrics?.lagRecords.set({ stage: stage.name, topic, partition }, end - next)
        waits.saw(stage.name, backlog)
      }
      last.set(stage.name, recordsOf(backlogs))
      lastRead.set(
        stage.name,
        recordsOf(backlogs.filter((backlog) => waits.stillMs(stage.name, backlog) < standsStillMs)),
      )
      found.push(...lateness(stage, backlogs))
    }
    return found
  }

  return {
    async refresh() {
      try {
        late = await look()
        answeredMs = performance.now()
      } catch (error) {
        // A broker that restarts makes nobody blind: what is read after it is as fresh as ever.
        if (performance.now() - answeredMs < answerHoldsMs) return
        const reason = `the log can't be asked: ${errorText(error)}`
        late = [{ reason, partitions: null }]
      }
    },
    reasons: () => late.map(({ reason }) => reason),
    reasonsOf: (places) => {
      const names = places.map(nameOf)
      const concerned = late.filter(
        ({ partitions }) => partitions === null || names.some((name) => partitions.has(name)),
      )
      return concerned.map(({ reason }) => reason)
    },
    behind: (stage) => last.get(stage) ?? 0,
    overloaded: (stage) => lastRead.get(stage) ?? 0,
  }
}

const recordsOf = (backlogs: readonly Backlog[]): number => backlogs.reduce((sum, { next, end }) => sum + end - next, 0)

async function backlogsOf(
  log: Log,
  stage: Pick<Stage, 'name' | 'topics'>,
  extentOf: ReturnType<typeof askOnce>,
): Promise<Backlog[]> {
  const backlogs: Backlog[] = []
  for (const topic of stage.topics) {
    const committed = await log.committed(consumerGroupOf(stage), topic)
    // Asked for together, so that brokers are asked once for the topic.
    const extents = await Promise.all(committed.map(({ partition }) => extentOf(topic, partition)))
    for (const [at, { partition, offset }] of committed.entries()) {
      const { start, end } = extents[at] as Extent
      // What retention has dropped can't be read any more, so it is not work that waits; what was committed after the
      // end was asked for is no lag below zero.
      backlogs.push({ topic, partition, next: Math.min(end, Math.max(offset, start)), end })
    }
  }
  return backlogs
}

/**
 * For how long at least the oldest record of a partition has waited, as seen from here: log times are the producer's to choose,
 * and reading them takes a right that whoever revokes need not have. Holds two marks a stage and partition.
 */
function watchWaits() {
  const marks = new Map<string, { end: number; atMs: number }>()
  const reached = new Map<string, { next: number; atMs: number }>()
  const markOf = (stage: string, place: TopicPartition) => `${stage} ${nameOf(place)}`
  return {
    saw(stage: string, { next, end, ...place }: Backlog): void {
      const name = markOf(stage, place)
      const mark = marks.get(name)
      const before = reached.get(name)?.next
      if (before !== next)
        reached.set(name, { next, atMs: before === undefined ? Number.NEGATIVE_INFINITY : performance.now() })
      // What waits at the first look may have waited for days.
      if (mark === undefined) marks.set(name, { end, atMs: next < end ? Number.NEGATIVE_INFINITY : performance.now() })
      // All that waited at the mark has been read: what waits now came later.
      else if (next >= mark.end) marks.set(name, { end, atMs: performance.now() })
    },
    waitedMs(stage: string, place: TopicPartition): number {
      return performance.now() - (marks.get(markOf(stage, place))?.atMs ?? Number.NEGATIVE_INFINITY)
    },
    /** How long ago it was seen to have read on. */
    stillMs(stage: string, place: TopicPartition): number {
      return performance.now() - (reached.get(markOf(stage, place))?.atMs ?? Number.NEGATIVE_INFINITY)
    },
  }
}

interface Extent {
  readonly start: number
  readonly end: number
}

/** Several stages read one topic: a round of looking asks a broker once for each partition. */
function askOnce(log: Log): (topic: string, partition: number) => Promise<Extent> {
  const known = new Map<string, Promise<Extent>>()
  const ask = async (at: TopicPartition): Promise<Extent> => {
    const [start, end] = await Promise.all([log.startOffset(at), log.endOffset(at)])
    return { start, end }
  }
  return (topic, partition) => {
    const at = { topic, partition }
    const extent = known.get(nameOf(at)) ?? ask(at)
    known.set(nameOf(at), extent)
    return extent
  }
}
