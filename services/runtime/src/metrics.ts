import { topics } from '@straylight/schemas/topics'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { LogBatch, NewRecord } from './log.ts'

/** What the program counts about itself, for `/metrics`. One object a process. */
export type Metrics = ReturnType<typeof createMetrics>

/** Bounds in seconds, from one batch in memory to a stage that hangs. */
const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/**
 * Labels are stages, topics, partitions, reasons and webhooks: all bounded. Never an agent or a tenant, whose number
 * an attacker chooses.
 */
export function createMetrics(options: { processMetrics: boolean } = { processMetrics: true }) {
  const registry = new Registry()
  if (options.processMetrics) collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
    registry,
    recordsRead: new Counter({
      name: 'straylight_records_read_total',
      help: 'Records a stage has taken from the log.',
      labelNames: ['stage', 'topic'] as const,
      registers,
    }),
    recordsWritten: new Counter({
      name: 'straylight_records_written_total',
      help: 'Records a stage has written, acknowledged by the log.',
      labelNames: ['stage', 'topic'] as const,
      registers,
    }),
    lagRecords: new Gauge({
      name: 'straylight_lag_records',
      help: 'Records behind the batch a stage took last.',
      labelNames: ['stage', 'topic', 'partition'] as const,
      registers,
    }),
    batchSeconds: new Histogram({
      name: 'straylight_batch_seconds',
      help: 'Time from taking a batch to its commit.',
      labelNames: ['stage'] as const,
      buckets: secondsBuckets,
      registers,
    }),
    latencySeconds: new Histogram({
      name: 'straylight_latency_seconds',
      help: 'Time from the moment the log took a record to the commit of the stage that read it.',
      labelNames: ['stage'] as const,
      buckets: secondsBuckets,
      registers,
    }),
    rejections: new Counter({
      name: 'straylight_rejections_total',
      help: 'Records that could not be read, by reason.',
      labelNames: ['code'] as const,
      registers,
    }),
    deliveries: new Counter({
      name: 'straylight_deliveries_total',
      help: 'Attempts to deliver to a webhook, by how they ended.',
      labelNames: ['webhook', 'outcome'] as const,
      registers,
    }),
    breakerOpen: new Gauge({
      name: 'straylight_breaker_open',
      help: '1 while a breaker keeps the responder from revoking.',
      labelNames: ['breaker'] as const,
      registers,
    }),
    retainedRecords: new Gauge({
      name: 'straylight_retained_records',
      help: 'Records that the log keeps of a topic.',
      labelNames: ['topic'] as const,
      registers,
    }),
    stageUp: new Gauge({
      name: 'straylight_stage_up',
      help: '1 while a stage runs in this process.',
      labelNames: ['stage'] as const,
      registers,
    }),
  }
}

/** Counts one committed round of a stage: what it took, what it wrote, and how long both took. */
export function countRound(
  metrics: Metrics,
  round: {
    stage: string
    batches: readonly LogBatch[]
    output: readonly NewRecord[]
    startedMs: number
    nowMs: number
  },
): void {
  const { stage, batches, output, nowMs } = round
  for (const batch of batches) {
    const { topic, partition, records, lag } = batch
    metrics.recordsRead.inc({ stage, topic }, records.length)
    metrics.lagRecords.set({ stage, topic, partition }, lag)
    const newest = records.at(-1)
    // The newest record of a batch waited least: with the batch's own time it bounds what a live record waits.
    if (newest !== undefined) metrics.latencySeconds.observe({ stage }, Math.max(0, nowMs - newest.timestamp) / 1000)
  }
  if (batches.length > 0) metrics.batchSeconds.observe({ stage }, Math.max(0, nowMs - round.startedMs) / 1000)
  for (const record of output) {
    metrics.recordsWritten.inc({ stage, topic: record.topic })
    if (record.topic === topics.rejected.name) metrics.rejections.inc({ code: rejectionCode(record) })
  }
}

/** The code stands at the start of the JSON; the record behind it can be 100 kB, so it is not parsed for a count. */
function rejectionCode(record: NewRecord): string {
  const head = record.value.slice(0, 200).toString()
  return /"code":"([a-z_]{1,60})"/.exec(head)?.[1] ?? 'unknown'
}
