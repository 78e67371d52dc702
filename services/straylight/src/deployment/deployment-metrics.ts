import { ingestMetrics } from '@straylight/ingest/ingest-metrics'
import { respondMetrics } from '@straylight/respond/respond-metrics'
import { createMetrics } from '@straylight/runtime/process/metrics'
import { scoreMetrics } from '@straylight/score/score-metrics'

export type DeploymentMetrics = ReturnType<typeof createDeploymentMetrics>

/** What the loop and all stages count. A process that runs some stages shows the others' series too, at zero: rules name them. */
export function createDeploymentMetrics(options?: Parameters<typeof createMetrics>[0]) {
  const metrics = createMetrics(options)
  return { ...metrics, ...ingestMetrics(metrics), ...scoreMetrics(metrics), ...respondMetrics(metrics) }
}
