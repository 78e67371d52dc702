import { agentKeyOf } from '@straylight/models/training/learn-history'
import { partitionOf } from '@straylight/runtime/log/key-partition'
import { createLagWatch, type WatchedStage } from '@straylight/runtime/log/lag-watch'
import type { Log, TopicPartition } from '@straylight/runtime/log/log'
import type { Lifecycle } from '@straylight/runtime/process/lifecycle'
import type { Logger } from '@straylight/runtime/process/logger'
import { gaugeOf, type Metrics } from '@straylight/runtime/process/metrics'
import type { Readiness } from '@straylight/runtime/process/ops-server'
import { repeatEvery } from '@straylight/runtime/process/repeat-every'
import type { AllSettings } from '@straylight/runtime/settings/config'
import { counted } from '@straylight/schemas/counted'
import { hourMs } from '@straylight/schemas/duration'
import type { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import { type StageName, stageNames } from '../deployment/stage-names.ts'
import { slowsSenders, watchesAll } from '../deployment/stage-rights.ts'

/**
 * How the detector is, seen from its log. Where respond runs, that is all stages, also those that other processes run,
 * since nothing may be revoked while one is behind; elsewhere it is the stages that run here.
 */
export interface Health {
  readiness(): Readiness
  /**
   * Why nothing should be revoked over this finding now, or null: what is wrong with all there is, and what is behind in the partitions
   * that hold its evidence. What is wrong elsewhere, with other agents, does not count.
   */
  unwell(finding: EvidencePlace): string | null
  /** Resolves when it is ready for the first time. */
  readonly ready: Promise<void>
  /**
   * More for /readyz to tell, asked each time: it says what hinders the program, and speaks against no finding. A sentence a reason;
   * no path, no secret.
   */
  tell(more: () => readonly string[]): void
  /** The same for what hinders nothing: the program stays ready. */
  note(more: () => readonly string[]): void
  behind(stage: StageName): number
  /** Records that the stage for which too much comes in has yet to read; of several, the one with the most. */
  overload(): number
  /** Resolves when a look has found a first version of the knowledge: until then nobody can tell whether all is well. */
  readonly looked: Promise<void>
}

/** Whose finding it is, and where its evidence stands: in the topic it was judged from, and in that of source records. */
export type EvidencePlace = Pick<Finding, 'tenant' | 'agent' | 'log' | 'source'>

/** A broker is asked over the network, some dozen times a look. */
const everyMs = { embedded: 1_000, kafka: 5_000 } as const
/** Until a first look finds all well: a start must not wait for a turn. */
const startingEveryMs = 100
/** A version is due with every day of events: three days without one, and what is usual is no longer known. */
const staleHours = 72

const nothingKnown = 'nothing is known yet: baseline has not published a first version'

/** Reasons that one answer of /readyz holds; the rest are a number. */
const reasonsMax = 20
/** Source records may be junk, which is thrown away as fast as it is read: only when it lasts is anybody's evidence late. */
const unreadPatienceMs = 30_000

/** Topics by which a stage's lag is reported: those that grow with what agents do. */
const watched: readonly (WatchedStage & { name: StageName })[] = [
  { name: 'ingest', topics: [topics.audit.name], patienceMs: unreadPatienceMs },
  { name: 'baseline', topics: [topics.events.name] },
  { name: 'score', topics: [topics.events.name] },
  { name: 'respond', topics: [topics.findings.name] },
]

/** Looks after the lag of stages and the age of the knowledge until the lifecycle stops. */
export function watchHealth(ground: {
  log: Log
  settings: Pick<AllSettings, 'STRAYLIGHT_READY_LAG_RECORDS'>
  metrics: Metrics
  lifecycle: Lifecycle
  logger: Logger
  /** Those that run here; all when nothing is said. */
  stages?: readonly StageName[]
}): Health {
  const { log, metrics, lifecycle, logger, stages = stageNames } = ground
  const respondRuns = stages.includes(watchesAll)
  const looksAfter = (name: StageName) => respondRuns || stages.includes(name)
  const lag = createLagWatch({
    log,
    stages: watched.filter(({ name }) => looksAfter(name)),
    recordsMax: ground.settings.STRAYLIGHT_READY_LAG_RECORDS,
    metrics,
  })
  // Whoever takes events in slows their senders down for all stages, and is ready however far the others are behind.
  const beside = createLagWatch({
    log,
    stages: watched.filter(({ name }) => stages.includes(slowsSenders) && !looksAfter(name)),
    recordsMax: Number.POSITIVE_INFINITY,
  })
  // Ingest compares nothing with anything.
  const needsKnowledge = stages.some((stage) => stage !== 'ingest')
  let knowledge: string | null = nothingKnown
  let onReady = () => {}
  let wasReady = false
  const ready = new Promise<void>((resolve) => {
    onReady = resolve
  })
  let onLooked = () => {}
  const looked = new Promise<void>((resolve) => {
    onLooked = resolve
  })
  const newestTime = timeReader(log)
  let partitions = 1
  const reported: (() => readonly string[])[] = []
  const noted: (() => readonly string[])[] = []
  const known = () => (knowledge === null ? [] : [knowledge])
  const ending = () => (lifecycle.ending() === null ? [] : [`the program ends: ${lifecycle.ending()?.reason}`])
  const reasons = () => [
    ...ending(),
    ...lag.reasons(),
    ...beside.reasons(),
    ...known(),
    ...reported.flatMap((more) => more()),
  ]

  const look = async () => {
    await Promise.all([lag.refresh(), beside.refresh()])
    if (respondRuns) partitions = await log.partitionCount(topics.events.name)
    knowledge = needsKnowledge ? await knowledgeFault(log, newestTime) : null
    if (knowledge !== nothingKnown) onLooked()
    if (reasons().length > 0) return
    wasReady = true
    onReady()
  }
  gaugeOf(metrics, {
    name: 'straylight_ready',
    help: '1 while /readyz of this process says ready: stages keep up and what is known is fresh.',
    read: () => (reasons().length === 0 ? 1 : 0),
  })
  lifecycle.opened(
    'health watch',
    repeatEvery(
      () => (wasReady || log.kind !== 'embedded' ? everyMs[log.kind] : startingEveryMs),
      look,
      (error) => logger.error({ err: error }, 'health could not be read'),
    ),
  )
  return {
    readiness: () =>
      readinessOf(
        reasons(),
        noted.flatMap((more) => more()),
      ),
    unwell: (finding) => [...lag.reasonsOf(placesOf(finding, partitions)), ...known()].join('; ') || null,
    tell: (more) => void reported.push(more),
    note: (more) => void noted.push(more),
    ready,
    looked,
    behind: (stage) => lag.behind(stage),
    overload: () => Math.max(...stageNames.map((stage) => Math.max(lag.overloaded(stage), beside.overloaded(stage)))),
  }
}

/** Readable however much is wrong. */
function readinessOf(reasons: readonly string[], notes: readonly string[]): Readiness {
  const shown = reasons.slice(0, reasonsMax)
  const more = reasons.length > reasonsMax ? [`and ${reasons.length - reasonsMax} more`] : []
  const noted = notes.length === 0 ? {} : { notes }
  return { ready: reasons.length === 0, reasons: [...shown, ...more], ...noted }
}

/**
 * The partitions that hold what speaks for or against a finding: its event, what its agent did besides, and their source. What
 * respond itself has not read yet is not among them: findings of others, whose flood must disarm nobody. Whether its own comes too late
 * a finding says itself: past its expiry no command goes out.
 */
function placesOf(finding: EvidencePlace, partitions: number): TopicPartition[] {
  return [
    finding.log,
    { topic: topics.events.name, partition: partitionOf(agentKeyOf(finding), partitions) },
    { topic: topics.audit.name, partition: finding.source.partition },
  ]
}

/** What is wrong with the knowledge that events are compared with, or null. */
async function knowledgeFault(log: Log, newestTime: ReturnType<typeof timeReader>): Promise<string | null> {
  const published = await newestTime(topics.knowledge.name, 0)
  if (published === undefined) return nothingKnown
  const partitions = await log.partitionCount(topics.events.name)
  const times = await Promise.all(
    Array.from({ length: partitions }, (_, partition) => newestTime(topics.events.name, partition)),
  )
  const hours = (Math.max(...times.map((time) => time ?? 0)) - published) / hourMs
  if (hours <= staleHours) return null
  return `what is known is ${counted(Math.floor(hours), 'hour')} older than the newest event: does baseline run?`
}

/** Reads the log time of the last record of a partition, again only when there is a newer one. */
function timeReader(log: Log): (topic: string, partition: number) => Promise<number | undefined> {
  const known = new Map<string, { end: number; time: number }>()
  return async (topic, partition) => {
    const name = `${topic}/${partition}`
    const end = await log.endOffset({ topic, partition })
    if (known.get(name)?.end !== end) {
      for await (const { timestamp } of log.read({ topic, partition }, Math.max(0, end - 1), end)) {
        known.set(name, { end, time: timestamp })
      }
    }
    return known.get(name)?.time
  }
}
