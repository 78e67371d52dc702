import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Baseline, type BaselineOptions, createBaseline } from '@straylight/baseline/create-baseline'
import { pastMaxima } from '@straylight/baseline/profiles/past-maxima'
import { createIngest } from '@straylight/ingest/create-ingest'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { type Keys, openKeys } from '@straylight/respond/command/signing-keys'
import { createRespond, type Respond } from '@straylight/respond/create-respond'
import type { RespondOptions } from '@straylight/respond/respond-options'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import type { Log } from '@straylight/runtime/log/log'
import { openStageRunner } from '@straylight/runtime/process/run-stage'
import type { Stage } from '@straylight/runtime/process/stage'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { Registry } from '@straylight/schemas/agent'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { Policy } from '@straylight/schemas/policy'
import { topics } from '@straylight/schemas/topics'
import { createScore, type Score, type ScoreOptions } from '@straylight/score/create-score'
import { readArtifact } from 'straylight/deployment/read-artifact'
import { type StageName, stageNames } from 'straylight/deployment/stage-names'

/** A deployment in this process whose stages a test steps by hand: real log, real store, a clock of the test's. */
export interface EmbeddedRun {
  readonly log: Log
  /** The one that was opened, whatever `storeOf` made of it. */
  readonly store: Store
  readonly keys: Keys
  readonly folder: string
  baseline(): Baseline
  score(): Score
  respond(): Respond
  /** One turn of a stage; the number of records handled. */
  step(stage: StageName): Promise<number>
  /** Steps stages until a whole round finds nothing; all of them, when none are named. */
  drain(only?: readonly StageName[]): Promise<void>
  /** Called between the effect of a stage's turn and its commit; throws where the stage shall die. */
  readonly crash: { afterAppend: (stage: StageName) => void }
  /** A new process of this stage, as after a crash: it remembers nothing. */
  restart(stage: StageName): Promise<void>
  close(): Promise<void>
}

export interface EmbeddedRunOptions {
  readonly registry?: unknown
  readonly policy?: unknown
  readonly partitions?: number
  /** Wall clock of all stages, milliseconds since 1970 UTC. */
  readonly now?: () => number
  /** What knowledge gets for a model instead of the one that ships. */
  readonly modelOf?: (shipped: ModelArtifact) => ModelArtifact
  /** What the stages get for a store instead of the one that was opened. */
  readonly storeOf?: (store: Store) => Store
  readonly score?: Pick<
    ScoreOptions,
    'profilesMax' | 'checkpointEvents' | 'onStoreAway' | 'onJudgement' | 'onFault' | 'faults'
  >
  readonly ingest?: Pick<Parameters<typeof createIngest>[0], 'onReaderFault' | 'onPassedOver'>
  /** What runs instead of a stage that was made: to plant a fault in it. */
  readonly stageOf?: (stage: Stage) => Stage
  readonly baseline?: Pick<BaselineOptions, 'onFault' | 'faults'>
  readonly respond?: Partial<Pick<RespondOptions, 'deliver' | 'health' | 'observe' | 'onFault' | 'faults'>>
}

const profileKey = '00112233445566778899aabbccddeeff'

export async function openEmbeddedRun(options: EmbeddedRunOptions = {}): Promise<EmbeddedRun> {
  const { partitions = 2, now = Date.now } = options
  const folder = await mkdtemp(join(tmpdir(), 'straylight-run-'))
  const log = await openEmbeddedLog({ directory: join(folder, 'log'), durable: false })
  await log.ensureTopics(Object.values(topics), partitions)
  const opened = await openStore({ directory: join(folder, 'store') })
  const store = options.storeOf?.(opened) ?? opened
  await openTensorBackend('wasm')
  const registry = Registry.parse(options.registry ?? { version: 1, agents: [] })
  const policy = Policy.parse(options.policy ?? {})
  const keys = await openKeys(join(folder, 'keys'))
  const shipped = await readArtifact(undefined)
  const model = options.modelOf?.(shipped) ?? shipped
  const answering = { log, policy, keys, issuer: '/straylight/test', now, deliver: null, health: () => null }
  const learning = { log, store, now, registry: registry.agents, model, profileKey, finishProfiles: pastMaxima(store) }
  const make = {
    ingest: () => createIngest({ registry: createAgentRegistry(registry), now, live: true, ...options.ingest }),
    baseline: () =>
      createBaseline({
        ...learning,
        ...options.baseline,
        sessionAlertRate: policy.budget.session_alert_rate,
        suppression: policy.suppression,
        historyRequired: policy.history_required,
        learningDays: policy.learning.days,
        roleChangeDays: policy.learning.role_change_days,
        growthLimits: policy.growth_limits,
      }),
    score: () => createScore({ log, store, ...options.score }),
    respond: () => createRespond({ ...answering, ...options.respond }),
  }
  const crash: EmbeddedRun['crash'] = { afterAppend: () => undefined }
  const run = async (stage: Stage) =>
    openStageRunner(options.stageOf?.(stage) ?? stage, log, {
      now,
      faults: { afterAppend: () => crash.afterAppend(stage.name) },
    })
  const stages = { ingest: make.ingest(), baseline: make.baseline(), score: make.score(), respond: make.respond() }
  const runners = {
    ingest: await run(stages.ingest),
    baseline: await run(stages.baseline),
    score: await run(stages.score),
    respond: await run(stages.respond),
  }
  // The first version: score starts when it stands.
  await runners.baseline.step()
  return {
    ...{ log, store: opened, keys, folder, crash },
    baseline: () => stages.baseline,
    score: () => stages.score,
    respond: () => stages.respond,
    step: (stage) => runners[stage].step(),
    drain: (only = stageNames) => drainRunners(only.map((name) => () => runners[name].step())),
    restart: async (stage) => {
      await runners[stage].close()
      Object.assign(stages, { [stage]: make[stage]() })
      runners[stage] = await run(stages[stage])
    },
    close: async () => {
      for (const runner of Object.values(runners)) await runner.close()
      await opened.close()
      await log.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function drainRunners(steps: readonly (() => Promise<number>)[]): Promise<void> {
  for (let records = 1; records > 0; ) {
    records = 0
    for (const step of steps) for (let stepped = await step(); stepped > 0; stepped = await step()) records += stepped
  }
}

/** The records of a topic as values, in order of partition and offset. */
export async function recordsOfTopic(log: Log, topic: string): Promise<string[]> {
  const values: string[] = []
  for (let partition = 0; partition < (await log.partitionCount(topic)); partition++) {
    const place = { topic, partition }
    for await (const record of log.read(place, 0, await log.endOffset(place))) values.push(record.value.toString())
  }
  return values
}

/** A policy that revokes at once, whatever the tier and however young the history: what a test of commands needs. */
export const revokingPolicy = {
  id: 'test',
  budget: { session_alert_rate: 0.001 },
  tiers: Object.fromEntries(
    ['low', 'medium', 'high', 'critical'].map((tier) => [
      tier,
      { low: 'revoke', medium: 'revoke', high: 'revoke', critical: 'revoke' },
    ]),
  ),
  history_required: { events: 0, days: 0 },
  learning: { days: 0 },
  revocation: { expires_after_seconds: 60, reply_within_seconds: 10 },
  breakers: { commands_per_minute: 1_000, agents_revoked_share_per_hour: 1, agents_revoked_minimum: 1 },
}

/** The same, but of a medium tier nothing is revoked: whatever is wrong with its agents is an alert. */
export const alertingPolicy = {
  ...revokingPolicy,
  tiers: { medium: { low: 'alert', medium: 'alert', high: 'alert', critical: 'alert' } },
}
