import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { groupOf } from './run-stage.ts'
import type { Stage } from './stage.ts'

/** How far stages are behind, as the log itself tells: also of stages that run in other processes. */
export interface LagWatch {
  /** Asks the log. A log that can't be asked is itself a reason, once the last answer is a minute old. */
  refresh(): Promise<void>
  /** One sentence a stage that is further behind than it may be; none when all keep up. */
  reasons(): readonly string[]
  /** Records that a stage was behind when last asked; 0 before. */
  behind(stage: Stage['name']): number
}

/** How long what the log said of lags is believed, should it say nothing more. */
const answerHoldsMs = 60_000

/** `recordsMax`: records that a stage may be behind over all its topics and partitions. */
export function createLagWatch(options: {
  log: Log
  stages: readonly Pick<Stage, 'name' | 'topics'>[]
  recordsMax: number
  metrics?: Pick<Metrics, 'lagRecords'>
}): LagWatch {
  const { log, stages, recordsMax, metrics } = options
  let reasons: readonly string[] = []
  let answeredMs = Number.NEGATIVE_INFINITY
  const last = new Map<Stage['name'], number>()

  async function lagOf(stage: Pick<Stage, 'name' | 'topics'>, extentOf: ReturnType<typeof askOnce>): Promise<number> {
    let behind = 0
    for (const topic of stage.topics) {
      for (const { partition, offset } of await log.committed(groupOf(stage), topic)) {
        const { start, end } = await extentOf(topic, partition)
        // What retention has dropped can't be read any more, so it is not work that waits; what was committed after the
        // end was asked for is no lag below zero.
        const next = Math.min(end, Math.max(offset, start))
        metrics?.lagRecords.set({ stage: stage.name, topic, partition }, end - next)
        behind += end - next
      }
    }
    return behind
  }

  return {
    async refresh() {
      try {
        const found: string[] = []
        const extentOf = askOnce(log)
        for (const stage of stages) {
          const behind = await lagOf(stage, extentOf)
          last.set(stage.name, behind)
          if (behind > recordsMax) found.push(`${stage.name} is ${behind} records behind, more than ${recordsMax}`)
        }
        reasons = found
        answeredMs = performance.now()
      } catch (error) {
        // A broker that restarts makes nobody blind: what is read after it is as fresh as ever.
        if (performance.now() - answeredMs < answerHoldsMs) return
        reasons = [`the log can't be asked: ${error instanceof Error ? error.message : String(error)}`]
      }
    },
    reasons: () => reasons,
    behind: (stage) => last.get(stage) ?? 0,
  }
}

/** Several stages read one topic: a round of looking asks a broker once for each partition. */
function askOnce(log: Log): (topic: string, partition: number) => Promise<{ start: number; end: number }> {
  const known = new Map<string, { start: number; end: number }>()
  return async (topic, partition) => {
    const at = { topic, partition }
    const name = `${topic}/${partition}`
    const extent = known.get(name) ?? { start: await log.startOffset(at), end: await log.endOffset(at) }
    known.set(name, extent)
    return extent
  }
}
