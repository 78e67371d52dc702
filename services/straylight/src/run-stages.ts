import { setTimeout as sleep } from 'node:timers/promises'
import { latestKnowledge } from '@straylight/events/knowledge-log'
import { countRejection } from '@straylight/ingest/ingest-metrics'
import type { Log } from '@straylight/runtime/log/log'
import type { Lifecycle } from '@straylight/runtime/process/lifecycle'
import { countProgress, meteredStage } from '@straylight/runtime/process/metrics'
import { runStage } from '@straylight/runtime/process/run-stage'
import type { Stage } from '@straylight/runtime/process/stage'
import type { DeploymentMetrics } from './deployment/deployment-metrics.ts'
import type { Health } from './health/health.ts'

/**
 * Runs stages side by side until the lifecycle stops; each finishes its batch then. One that fails stops the whole
 * program: its work is uncommitted, and who restarts it reads again.
 */
export function runStages(
  stages: readonly Stage[],
  {
    log,
    metrics,
    lifecycle,
    health,
  }: { log: Log; metrics: DeploymentMetrics; lifecycle: Lifecycle; health: Pick<Health, 'looked'> },
): void {
  const stopping = new AbortController()
  const running = stages.map(async (stage) => {
    metrics.stageUp.set({ stage: stage.name }, 1)
    try {
      if (stage.name === 'score') await firstKnowledge(log, stopping.signal)
      // A finding taken before the first look would only be alerted, since nothing is known of how the detector is.
      if (stage.name === 'respond') await Promise.race([health.looked, aborted(stopping.signal)])
      await runStage(
        meteredStage(stage, metrics, (record) => countRejection(metrics, record)),
        log,
        {
          signal: stopping.signal,
          observe: (progress) => countProgress(metrics, progress, Date.now()),
        },
      )
    } catch (error) {
      // Not awaited: the stop waits for this very stage to end.
      void lifecycle.fail(`${stage.name} stopped`, error)
    } finally {
      metrics.stageUp.set({ stage: stage.name }, 0)
    }
  })
  lifecycle.opened('stages', async () => {
    stopping.abort()
    await Promise.all(running)
  })
}

/**
 * Before a first version stands there is nothing to compare with. Baseline publishes one, empty, as soon as it runs, here or
 * in another process; until then events wait in the log, and health says what is missing.
 */
async function firstKnowledge(log: Log, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await latestKnowledge(log)) === undefined) {
    // Rejects only when the stop begins, which the loop's condition sees.
    await sleep(100, undefined, { signal }).catch(() => undefined)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
