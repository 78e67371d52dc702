import { SetAside } from '@straylight/schemas/set-aside'
import { topics } from '@straylight/schemas/topics'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { NewRecord } from '../log/log.ts'
import { SetAsideCounts } from '../set-aside/set-aside-counts.ts'
import type { StageProgress } from './run-stage.ts'
import type { Stage } from './stage.ts'

/** What the loop of the stages counts, for `/metrics`. One object a process; each stage adds its own to the registry. */
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
      help: 'Records a stage has given to the log.',
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
    setAside: new SetAsideCounts(registers),
    retainedRecords: new Gauge({
      name: 'straylight_retained_records',
      help: 'Records that the log keeps of a topic.',
      labelNames: ['topic'] as const,
      registers,
    }),
    stageUp: stageUpGauge(registers),
  }
}

const stageUpGauge = (registers: Registry[]) =>
  new Gauge({
    name: 'straylight_stage_up',
    help: '1 while a stage runs in this process.',
    labelNames: ['stage'] as const,
    registers,
  })

type Registered = Pick<Metrics, 'registry'>
interface MetricSpec<Label extends string> {
  readonly name: string
  readonly help: string
  readonly labelNames?: readonly Label[]
}

export const counterOf = <Label extends string = never>({ registry }: Registered, spec: MetricSpec<Label>) =>
  new Counter<Label>({ ...spec, registers: [registry] })

/** A number that a stage sets; `gaugeOf` is one that is asked for. */
export const settableGaugeOf = <Label extends string = never>({ registry }: Registered, spec: MetricSpec<Label>) =>
  new Gauge<Label>({ ...spec, registers: [registry] })

/** A number that is asked for when somebody looks, such as how much a stage holds in memory. */
export function gaugeOf({ registry }: Registered, spec: { name: string; help: string; read: () => number }): void {
  const gauge: Gauge = new Gauge({
    name: spec.name,
    help: spec.help,
    registers: [registry],
    collect: (): void => gauge.set(spec.read()),
  })
}

/** Counts a turn of a stage whose effect stands. */
export function countProgress(metrics: Metrics, progress: StageProgress, nowMs: number): void {
  const { stage, batches, seconds } = progress
  for (const { topic, partition, records, lag } of batches) {
    metrics.recordsRead.inc({ stage, topic }, records.length)
    metrics.lagRecords.set({ stage, topic, partition }, lag)
    // The oldest record of a batch waited longest.
    const oldest = records[0]
    if (oldest !== undefined) metrics.latencySeconds.observe({ stage }, Math.max(0, nowMs - oldest.timestamp) / 1000)
  }
  metrics.batchSeconds.observe({ stage }, seconds)
}

/**
 * The same stage, its output counted on the way to the log (again, where a crash makes it write again); `onWritten` is for what a stage
 * counts by what stands in its records.
 */
export function meteredStage(stage: Stage, metrics: Metrics, onWritten: (record: NewRecord) => void): Stage {
  const counted = (output: readonly NewRecord[]): readonly NewRecord[] => {
    for (const record of output) {
      metrics.recordsWritten.inc({ stage: stage.name, topic: record.topic })
      onWritten(record)
      if (record.topic === topics.setAside.name) countSetAside(metrics, record)
    }
    return output
  }
  const { name, topics: read, batchRecordsMax, rest } = stage
  return {
    name,
    topics: read,
    batchRecordsMax,
    rest,
    assigned: async (partitions) => stage.assigned?.(partitions),
    revoked: async (partitions) => stage.revoked?.(partitions),
    process: async (batches, ahead) =>
      counted(await stage.process(batches, ahead && ((output) => ahead(counted(output))))),
    heldBack: () => stage.heldBack?.() ?? [],
    committed: async () => stage.committed?.(),
    due: async (nowMs) => counted((await stage.due?.(nowMs)) ?? []),
    close: async () => stage.close?.(),
  }
}

/** A stage writes few of them. The topic is one that it reads, so labels stay few. */
function countSetAside(metrics: Metrics, record: NewRecord): void {
  const { stage, code, place } = SetAside.parse(JSON.parse(record.value.toString()))
  metrics.setAside.add({ stage, of: place.topic, code }, `${place.topic}/${place.partition}/${place.offset}`)
}
