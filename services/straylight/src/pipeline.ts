import assert from 'node:assert/strict'
import type { Baseline } from '@straylight/baseline/create-baseline'
import type { StageHealth } from '@straylight/console/console-ground'
import type { Console } from '@straylight/console/server/create-console'
import { createIngest } from '@straylight/ingest/create-ingest'
import { type EventEndpointOptions, registerEventEndpoint } from '@straylight/ingest/endpoint/register-event-endpoint'
import type { Formats } from '@straylight/ingest/formats/create-formats'
import { gaugeAgentsSeen } from '@straylight/ingest/ingest-metrics'
import { type AgentRegistry, createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { AgentsSeen } from '@straylight/ingest/record/agents-seen'
import { oncePerKind } from '@straylight/ingest/record/reader-faults'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { openKeys } from '@straylight/respond/command/signing-keys'
import { createRespond, type Respond } from '@straylight/respond/create-respond'
import { backlogReasons } from '@straylight/respond/deliver/webhook-backlog'
import { createWebhookDelivery } from '@straylight/respond/deliver/webhook-delivery'
import { webhookFormatFault } from '@straylight/respond/deliver/webhook-format-fault'
import { webhookUrl } from '@straylight/respond/deliver/webhook-url'
import type { Log } from '@straylight/runtime/log/log'
import { logFaults } from '@straylight/runtime/log/log-faults'
import { type DataFolder, openDataFolder } from '@straylight/runtime/process/data-folder'
import { reaches } from '@straylight/runtime/process/fault-point'
import type { Lifecycle } from '@straylight/runtime/process/lifecycle'
import type { Logger } from '@straylight/runtime/process/logger'
import { startOpsServer } from '@straylight/runtime/process/ops-server'
import type { Stage } from '@straylight/runtime/process/stage'
import type { StageFault } from '@straylight/runtime/set-aside/set-asides'
import type { AllSettings } from '@straylight/runtime/settings/config'
import type { Store } from '@straylight/runtime/store/store'
import { createScore, type Score } from '@straylight/score/create-score'
import { countSessions, showSizes } from '@straylight/score/score-metrics'
import { deploymentBaseline } from './deployment/deployment-baseline.ts'
import { type DeploymentFiles, readDeploymentFiles } from './deployment/deployment-files.ts'
import { deploymentFormats } from './deployment/deployment-formats.ts'
import { createDeploymentMetrics, type DeploymentMetrics } from './deployment/deployment-metrics.ts'
import { answerImports } from './deployment/import-requests.ts'
import { keepLog } from './deployment/keep-log.ts'
import { learnFiles } from './deployment/learn-files.ts'
import { openDeploymentLog, openDeploymentStore } from './deployment/open-deployment.ts'
import { announceRunning } from './deployment/running-program.ts'
import { type StageName, stageNames } from './deployment/stage-names.ts'
import { topicsOf } from './deployment/stage-rights.ts'
import { setAsideNotes, tellRefused } from './doctor/set-aside-notes.ts'
import { type Health, watchHealth } from './health/health.ts'
import { programVersion } from './program-version.ts'
import { runStages } from './run-stages.ts'

export interface PipelineOptions {
  readonly settings: AllSettings
  readonly logger: Logger
  /** Closes what is opened here, in reverse order; a stage that fails stops it. */
  readonly lifecycle: Lifecycle
  /** All four, when nothing is said. */
  readonly stages?: readonly StageName[]
  /** Serve the console too. */
  readonly console?: boolean
  /** Runs when all is open and no stage runs yet: the place to import history. */
  readonly beforeStart?: (parts: { log: Log; store: Store; baseline: Baseline; formats: Formats }) => Promise<void>
}

/** A running deployment, or the part of one that this process runs. */
export interface Pipeline {
  readonly log: Log
  /** Absent where no stage here needs it. */
  readonly store: Store | undefined
  readonly baseline: Baseline | undefined
  readonly respond: Respond | undefined
  /** What this deployment reads. */
  readonly formats: Formats
  /** Of /healthz, /readyz, /metrics and POST /v1/events. */
  readonly url: string
  /** Absent where nobody asked for it. */
  readonly console: Console | undefined
  /** Resolves when a first knowledge version stands and no stage is far behind; rejects when the program stops before. */
  readonly ready: Promise<void>
  /** Resolves with the exit code when all is closed. */
  stop(): Promise<number>
}

/**
 * The whole system on one page: what is opened, in which order, and which stage gets what. `straylight up` and the
 * demo run it; `replay` drives the same stages step by step over a log of its own.
 */
export function openPipeline(options: PipelineOptions): Promise<Pipeline> {
  return options.lifecycle.start(() => openAll(options))
}

async function openAll(options: PipelineOptions): Promise<Pipeline> {
  const { settings, logger, lifecycle, stages: wanted = stageNames } = options
  // What people wrote is read before anything is opened: a mistake in it leaves no trace.
  await reaches('read files')
  const files = await readDeploymentFiles(settings)
  const ground = await openGround(options, files)
  const { log, store, metrics, health } = ground

  // The stages, in the order in which an event meets them.
  const runs = async <Made>(name: StageName, make: () => Made | Promise<Made>): Promise<Made | undefined> => {
    if (!wanted.includes(name)) return undefined
    await reaches(`make ${name}`)
    return make()
  }
  const ingest = await runs('ingest', () => makeIngest(ground))
  const baseline = await runs('baseline', () => makeBaseline(ground))
  const score = await runs('score', () => makeScore(ground))
  const respond = await runs('respond', () => makeRespond(ground))

  // Now it may begin: history first, then the loops, and the endpoint last, when somebody is there to take what comes in.
  if (store !== undefined && baseline !== undefined)
    await options.beforeStart?.({ log, store, baseline, formats: ground.formats })
  const stages = [ingest, baseline, score, respond].filter((stage) => stage !== undefined)
  runStages(stages, { log, metrics, lifecycle, health })
  // A data folder's store takes one program: what another wants learnt is learnt here.
  if (baseline !== undefined)
    lifecycle.opened(
      'imports',
      await answerImports(settings.STRAYLIGHT_DATA, (request) =>
        learnFiles(baseline, settings, { request, formats: ground.formats, beside: true }),
      ),
    )
  await reaches('open server')
  const url = await openServer(ground, { endpoint: ingest !== undefined })
  const served = await serveConsole(ground)
  const shown = served === undefined ? {} : { console: served.url }
  logger.info({ url, ...shown, log: log.kind, store: store?.kind, stages: wanted }, 'straylight is up')
  const ready = Promise.race([health.ready, stoppedEarly(lifecycle)])
  // Who does not wait for it hears of the stop from the lifecycle.
  ready.catch(() => undefined)
  const opened = { log, store, baseline, respond, formats: ground.formats, url, console: served, ready }
  return { ...opened, stop: () => lifecycle.stop('asked to') }
}

async function stoppedEarly(lifecycle: Lifecycle): Promise<never> {
  await lifecycle.stopped
  throw new Error('The program stopped before it was ready; the line before says why.')
}

/** What the stages stand on. */
interface Ground extends PipelineOptions, DeploymentFiles {
  readonly agents: AgentRegistry
  readonly folder: DataFolder
  readonly log: Log
  readonly store: Store | undefined
  readonly metrics: DeploymentMetrics
  readonly health: Health
  /** Called where a stage failed on a record, which it set aside. */
  readonly onFault: (fault: StageFault) => void
}

/** One folder, one log, one store; what is opened first closes last. */
async function openGround(options: PipelineOptions, files: DeploymentFiles): Promise<Ground> {
  const { settings, logger, lifecycle, stages: wanted = stageNames } = options
  const agents = createAgentRegistry(files.registry)
  await reaches('open data folder')
  const folder = await openDataFolder({ path: settings.STRAYLIGHT_DATA, program: programVersion, now: new Date() })
  lifecycle.opened('data folder', folder.close)
  await reaches('open log')
  const log = await openDeploymentLog(settings, logger)
  lifecycle.opened('log', () => log.close())
  // Only what these stages touch: each may have rights of its own at the brokers, and none that it does not need.
  const touched = topicsOf(wanted, { console: options.console === true })
  await reaches('make topics')
  await log.ensureTopics(touched, settings.STRAYLIGHT_PARTITIONS)
  // Without it detection and revocation go on: only these two keep something there.
  const needsStore = wanted.includes('baseline') || wanted.includes('score') || options.console === true
  await reaches('open store')
  const metrics = createDeploymentMetrics()
  const onSetAside = tellRefused(metrics, logger)
  const store = needsStore ? await openDeploymentStore(settings, { onSetAside }) : undefined
  if (store !== undefined) lifecycle.opened('store', () => store.close())
  const health = watchHealth({ log, settings, metrics, lifecycle, logger, stages: wanted })
  health.note(() => setAsideNotes(metrics))
  keepLog({ log, metrics, lifecycle, logger, topics: touched })
  const formats = await deploymentFormats(files.formats, settings, folder.keys)
  return { ...options, ...files, formats, agents, folder, log, store, metrics, health, onFault: logFaults(logger) }
}

function makeIngest(ground: Ground): Stage {
  const { agents, settings, metrics, formats } = ground
  const onReaderFault = reportReaderFault(ground, 'log')
  const seen = new AgentsSeen(ground.registry.agents)
  gaugeAgentsSeen(metrics, seen)
  return createIngest({
    registry: agents,
    formats,
    now: Date.now,
    live: true,
    waitMs: settings.STRAYLIGHT_SPAN_WAIT_SECONDS * 1000,
    tenant: settings.STRAYLIGHT_TENANT,
    onReaderFault,
    onDroppedFields: (fields) => {
      for (const field of fields) metrics.droppedFields.inc({ field })
    },
    onAgentRejected: (of) => metrics.agentRejections.inc(of),
    onAgent: (of) => seen.observe(of),
    onPassedOver: (kind) => metrics.passedOver.inc({ kind }),
  })
}

/** Counted each time, logged once a kind: it is a bug of ours, and whoever found it may send it again and again. */
function reportReaderFault({ metrics, logger }: Ground, place: 'log' | 'endpoint'): (error: unknown) => void {
  const log = oncePerKind((error) =>
    logger.error(
      { err: error },
      'the reader failed on a value and rejected it as reader_fault: report this with its bytes',
    ),
  )
  return (error) => {
    metrics.readerFaults.inc({ place })
    log(error)
  }
}

async function makeBaseline(ground: Ground): Promise<Baseline> {
  const { store } = ground
  assert(store !== undefined)
  return deploymentBaseline({ ...ground, store, keys: ground.folder.keys })
}

/** Scoring needs its engine, and leaves what it learnt in the store when it ends. */
async function makeScore({ settings, logger, log, store, lifecycle, metrics, onFault }: Ground): Promise<Score> {
  assert(store !== undefined)
  const engine = await openTensorBackend(settings.STRAYLIGHT_TENSORFLOW)
  logger.info({ engine: engine.name }, `scores by ${engine.description}`)
  const score = createScore({
    log,
    store,
    profilesMax: settings.STRAYLIGHT_PROFILES_MAX,
    checkpointEvents: settings.STRAYLIGHT_CHECKPOINT_EVENTS,
    onJudgement: (judgement) => countSessions(metrics, judgement),
    onStoreAway: (error) => logger.warn({ err: error }, 'no checkpoint: the store is away; scoring goes on'),
    onFault,
  })
  showSizes(metrics, score)
  // Opened before the loops, so it runs after they have ended.
  lifecycle.opened('last checkpoint', () => score.checkpoint())
  return score
}

async function makeRespond({
  log,
  policy,
  settings,
  folder,
  health,
  logger,
  metrics,
  onFault,
}: Ground): Promise<Respond> {
  const keys = await openKeys(folder.keys)
  // Made now, not at the first alert: whoever runs a receiver asks `doctor` for the secret before anything has happened.
  for (const { name } of policy.webhooks) await keys.webhookSecret(name)
  // No reason to stay down: what can't be delivered waits, and is reported.
  for (const webhook of policy.webhooks)
    await webhookUrl(webhook).catch((error: Error) =>
      logger.error({ reason: error.message }, 'a webhook has no address'),
    )
  for (const webhook of policy.webhooks) {
    const fault = await webhookFormatFault(webhook)
    if (fault !== null) logger.error({ reason: fault.found, mend: fault.mend }, 'a webhook refuses what it is sent')
  }
  const respond = createRespond({
    log,
    policy,
    keys,
    issuer: `/straylight/${settings.STRAYLIGHT_NAME}`,
    now: Date.now,
    deliver: createWebhookDelivery({ secretOf: keys.webhookSecret, now: Date.now }),
    health: health.unwell,
    logger,
    metrics,
    onFault,
  })
  const lateMs = settings.STRAYLIGHT_READY_WEBHOOK_SECONDS * 1000
  health.tell(() => backlogReasons(respond.backlogs(), Date.now(), lateMs))
  return respond
}

/** Health, metrics and, where ingest runs, the endpoint for events; resolves with the address. */
async function openServer(ground: Ground, { endpoint }: { endpoint: boolean }): Promise<string> {
  const { settings, log, tokens, agents, formats, health, metrics, folder, lifecycle, logger } = ground
  const server = await startOpsServer({
    host: settings.STRAYLIGHT_HOST,
    port: settings.STRAYLIGHT_PORT,
    metrics,
    readiness: health.readiness,
    dying: () => (lifecycle.ending()?.failure ? (lifecycle.ending()?.reason ?? null) : null),
    requestSecondsMax: settings.STRAYLIGHT_BODY_SECONDS_MAX + 10,
    register: (app) => {
      if (!endpoint) return
      registerEventEndpoint(app, {
        log,
        tokens,
        registry: agents,
        formats,
        lag: health.overload,
        unread: () => health.behind('ingest'),
        lagRecordsMax: settings.STRAYLIGHT_ENDPOINT_LAG_RECORDS_MAX,
        ...endpointLimits(settings),
        metrics,
        onReaderFault: reportReaderFault(ground, 'endpoint'),
        onFault: (error) => logger.error({ err: error }, 'POST /v1/events failed inside'),
      })
    },
  })
  lifecycle.opened('server', () => server.close())
  await reaches('announce')
  lifecycle.opened('announcement', await announceRunning(folder.path, server.url))
  return server.url
}

/** What people open in a browser, last of all: whoever signs in finds all there is. */
async function serveConsole(ground: Ground): Promise<Console | undefined> {
  const { settings, log, store, policy, registry, logger, folder, health, lifecycle, stages = stageNames } = ground
  if (ground.console !== true) return undefined
  assert(store !== undefined)
  await reaches('open console')
  // Loaded where somebody asked for it: a stage alone starts without.
  const { openConsole } = await import('./console/open-console.ts')
  const parts = { settings, log, store, policy, registry, logger, keys: folder.keys }
  const served = await openConsole({ ...parts, health: () => stageHealth(health, stages) })
  lifecycle.opened('console', served.close)
  return served
}

/** How the stages of this process are; one that runs none can't tell. */
function stageHealth(health: Health, stages: readonly StageName[]): StageHealth {
  const { ready, reasons, notes = [] } = health.readiness()
  const lag = stages.map((stage) => ({ stage, records: health.behind(stage) }))
  return {
    ready: stages.length === 0 ? null : ready,
    reasons: [...reasons],
    notes: [...notes],
    stages: [...stages],
    lag,
  }
}

const endpointLimits = (settings: AllSettings): Pick<EventEndpointOptions, 'tokenLimits' | 'bodyPace'> => ({
  tokenLimits: {
    bytesInFlightMax: settings.STRAYLIGHT_TOKEN_BYTES_IN_FLIGHT_MAX,
    recordsPerMinute: settings.STRAYLIGHT_TOKEN_RECORDS_PER_MINUTE_MAX,
    connectionsMax: settings.STRAYLIGHT_TOKEN_CONNECTIONS_MAX,
    rejectionsPerMinute: settings.STRAYLIGHT_TOKEN_REJECTIONS_PER_MINUTE_MAX,
  },
  bodyPace: {
    secondsMax: settings.STRAYLIGHT_BODY_SECONDS_MAX,
    bytesPerSecondMin: settings.STRAYLIGHT_BODY_BYTES_PER_SECOND_MIN,
  },
})
