import { type Baseline, createBaseline } from '@straylight/baseline/create-baseline'
import { pastMaxima } from '@straylight/baseline/past-maxima'
import { createAgentRegistry } from '@straylight/ingest/agent-registry'
import { createIngest } from '@straylight/ingest/create-ingest'
import { registerEventDoor } from '@straylight/ingest/register-event-door'
import { openTensorBackend } from '@straylight/models/tensor-backend'
import { createRespond, type Respond } from '@straylight/respond/create-respond'
import { openKeys } from '@straylight/respond/signing-keys'
import { createWebhookDelivery } from '@straylight/respond/webhook-delivery'
import type { AllSettings } from '@straylight/runtime/config'
import { openDataFolder } from '@straylight/runtime/data-folder'
import type { Lifecycle } from '@straylight/runtime/lifecycle'
import type { Log } from '@straylight/runtime/log'
import type { Logger } from '@straylight/runtime/logger'
import { createMetrics } from '@straylight/runtime/metrics'
import { startOpsServer } from '@straylight/runtime/ops-server'
import type { Store } from '@straylight/runtime/store'
import { topics } from '@straylight/schemas/topics'
import { createScore, type Score } from '@straylight/score/create-score'
import { readDeploymentFiles } from './deployment-files.ts'
import { watchHealth } from './health.ts'
import { keepLog } from './keep-log.ts'
import { openDeploymentLog, openDeploymentStore } from './open-deployment.ts'
import { deploymentProfileKey } from './profile-key-file.ts'
import { programVersion } from './program-version.ts'
import { runStages } from './run-stages.ts'
import { announceRunning } from './running-program.ts'
import { type StageName, stageNames } from './stage-names.ts'

export interface PipelineOptions {
  readonly settings: AllSettings
  readonly logger: Logger
  /** Closes what is opened here, in reverse order; a stage that fails stops it. */
  readonly lifecycle: Lifecycle
  /** All four, when nothing is said. */
  readonly stages?: readonly StageName[]
  /** Runs when all is open and no stage runs yet: the place to import history. */
  readonly beforeStart?: (parts: { log: Log; store: Store; baseline: Baseline }) => Promise<void>
}

/** A running deployment, or the part of one that this process runs. */
export interface Pipeline {
  readonly log: Log
  /** Absent where no stage here needs it. */
  readonly store: Store | undefined
  readonly baseline: Baseline | undefined
  readonly respond: Respond | undefined
  /** Of /healthz, /readyz, /metrics and POST /v1/events. */
  readonly url: string
  /** Resolves when a first knowledge version stands and no stage is far behind. */
  readonly ready: Promise<void>
  /** Resolves with the exit code when all is closed. */
  stop(): Promise<number>
}

/**
 * The whole system on one page: what is opened, in which order, and which stage gets what. `straylight up` and the
 * demo run it; `replay` drives the same stages step by step over a log of its own.
 */
export async function openPipeline(options: PipelineOptions): Promise<Pipeline> {
  const { settings, logger, lifecycle, stages: wanted = stageNames } = options
  const runs = (name: StageName) => wanted.includes(name)

  // What people wrote is read before anything is opened: a mistake in it leaves no trace.
  const { policy, registry, model, tokens } = await readDeploymentFiles(settings)
  const agents = createAgentRegistry(registry)

  // The ground. What is opened first closes last.
  const folder = await openDataFolder({ path: settings.STRAYLIGHT_DATA, program: programVersion, now: new Date() })
  lifecycle.opened('data folder', folder.close)
  const log = await openDeploymentLog(settings, logger)
  lifecycle.opened('log', () => log.close())
  await log.ensureTopics(Object.values(topics), settings.STRAYLIGHT_PARTITIONS)
  const store = runs('baseline') || runs('score') ? await openDeploymentStore(settings) : undefined
  if (store !== undefined) lifecycle.opened('store', () => store.close())
  const metrics = createMetrics()
  const health = watchHealth({ log, settings, metrics, lifecycle, logger })
  keepLog({ log, metrics, lifecycle, logger })

  // The stages, in the order in which an event meets them.
  const ingest = runs('ingest')
    ? createIngest({ registry: agents, now: Date.now, live: true, tenant: settings.STRAYLIGHT_TENANT })
    : undefined

  const baseline =
    runs('baseline') && store !== undefined
      ? createBaseline({
          log,
          store,
          now: Date.now,
          registry: registry.agents,
          model,
          sessionAlertRate: policy.budget.session_alert_rate,
          profileKey: await deploymentProfileKey(settings, folder.keys),
          finishProfiles: pastMaxima(store),
        })
      : undefined

  const score = runs('score') && store !== undefined ? await openScore({ ...options, log, store }) : undefined

  const keys = await openKeys(folder.keys)
  const respond = runs('respond')
    ? createRespond({
        log,
        policy,
        keys,
        issuer: `/straylight/${settings.STRAYLIGHT_NAME}`,
        now: Date.now,
        deliver: createWebhookDelivery({ secretOf: keys.webhookSecret, now: Date.now }),
        health: health.unwell,
        logger,
        metrics,
      })
    : undefined

  // Now it may begin: history first, then the loops, and the door last, when somebody is there to take what comes in.
  if (store !== undefined && baseline !== undefined) await options.beforeStart?.({ log, store, baseline })
  const stages = [ingest, baseline, score, respond].filter((stage) => stage !== undefined)
  runStages(stages, { log, metrics, lifecycle })

  const server = await startOpsServer({
    host: settings.STRAYLIGHT_HOST,
    port: settings.STRAYLIGHT_PORT,
    metrics,
    readiness: health.readiness,
    register: (app) => {
      if (!runs('ingest')) return
      registerEventDoor(app, {
        log,
        tokens,
        registry: agents,
        lag: () => health.behind('ingest'),
        onFault: (error) => logger.error({ err: error }, 'POST /v1/events failed inside'),
      })
    },
  })
  lifecycle.opened('server', () => server.close())
  lifecycle.opened('announcement', await announceRunning(folder.path, server.url))
  logger.info({ url: server.url, log: log.kind, store: store?.kind, stages: wanted }, 'straylight is up')

  return { log, store, baseline, respond, url: server.url, ready: health.ready, stop: () => lifecycle.stop('asked to') }
}

/** Scoring needs its engine, and leaves what it learnt in the store when it ends. */
async function openScore(parts: PipelineOptions & { log: Log; store: Store }): Promise<Score> {
  const { settings, logger, log, store, lifecycle } = parts
  const engine = await openTensorBackend(settings.STRAYLIGHT_TENSORFLOW)
  logger.info({ engine: engine.name }, `scores by ${engine.description}`)
  const score = createScore({
    log,
    store,
    profilesMax: settings.STRAYLIGHT_PROFILES_MAX,
    checkpointEvents: settings.STRAYLIGHT_CHECKPOINT_EVENTS,
    onStoreAway: (error) => logger.warn({ err: error }, 'no checkpoint: the store is away; scoring goes on'),
  })
  // Opened before the loops, so it runs after they have ended.
  lifecycle.opened('last checkpoint', () => score.checkpoint())
  return score
}
