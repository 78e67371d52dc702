import type { EmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import type { Log } from '@straylight/runtime/log/log'
import type { Lifecycle } from '@straylight/runtime/process/lifecycle'
import type { Logger } from '@straylight/runtime/process/logger'
import type { Metrics } from '@straylight/runtime/process/metrics'
import { repeatEvery } from '@straylight/runtime/process/repeat-every'
import { minuteMs } from '@straylight/schemas/duration'
import type { Topic } from '@straylight/schemas/topics'

const everyMs = 10 * minuteMs

interface KeptLog {
  readonly log: Log
  readonly metrics: Metrics
  readonly logger: Logger
  /** To tell of. */
  readonly topics: readonly Topic[]
}

/** Keeps the log to its retention, and tells how much of each topic there is. */
export function keepLog(ground: KeptLog & { lifecycle: Lifecycle }): void {
  const { lifecycle, logger } = ground
  const stop = repeatEvery(
    everyMs,
    () => keepOnce(ground),
    (error) => logger.error({ err: error }, 'retention failed; it is tried again'),
  )
  lifecycle.opened('retention', stop)
}

async function keepOnce({ log, metrics, logger, topics }: KeptLog): Promise<void> {
  if (isEmbedded(log)) {
    const dropped = await log.retain(Date.now())
    if (dropped > 0) logger.info({ dropped }, 'dropped records past their retention')
  }
  for (const { name } of topics) {
    let kept = 0
    for (let partition = 0; partition < (await log.partitionCount(name)); partition += 1) {
      kept += (await log.endOffset({ topic: name, partition })) - (await log.startOffset({ topic: name, partition }))
    }
    metrics.retainedRecords.set({ topic: name }, kept)
  }
}

/** Kafka keeps to its retention by itself. */
function isEmbedded(log: Log): log is EmbeddedLog {
  return log.kind === 'embedded'
}
