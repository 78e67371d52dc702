import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBaseline } from '@straylight/baseline/create-baseline'
import { createAgentRegistry } from '@straylight/ingest/agent-registry'
import { createIngest } from '@straylight/ingest/create-ingest'
import { openTensorBackend } from '@straylight/models/tensor-backend'
import { createRespond, type Respond } from '@straylight/respond/create-respond'
import type { RespondOptions } from '@straylight/respond/respond-options'
import { type Keys, openKeys } from '@straylight/respond/signing-keys'
import { openEmbeddedLog } from '@straylight/runtime/embedded-log'
import type { Log } from '@straylight/runtime/log'
import { openStore } from '@straylight/runtime/open-store'
import { openStageRunner, type StageRunner } from '@straylight/runtime/run-stage'
import type { Store } from '@straylight/runtime/store'
import { Registry } from '@straylight/schemas/agent'
import { Policy } from '@straylight/schemas/policy'
import { topics } from '@straylight/schemas/topics'
import { createScore, type Score, type ScoreOptions } from '@straylight/score/create-score'
import { readArtifact } from 'straylight/read-artifact'

/** A deployment in this process whose stages a test steps by hand: real log, real store, a clock of the test's. */
export interface EmbeddedRun {
  readonly log: Log
  readonly store: Store
  readonly keys: Keys
  readonly folder: string
  readonly score: Score
  readonly respond: Respond
  readonly runners: Readonly<Record<'ingest' | 'baseline' | 'score' | 'respond', StageRunner>>
  /** Steps stages until a whole round finds nothing; all of them, when none are named. */
  drain(only?: readonly (keyof EmbeddedRun['runners'])[]): Promise<void>
  close(): Promise<void>
}

export interface EmbeddedRunOptions {
  readonly registry?: unknown
  readonly policy?: unknown
  readonly partitions?: number
  /** Wall clock of all stages, milliseconds since 1970 UTC. */
  readonly now?: () => number
  /** What the stages get for a store instead of the one that was opened. */
  readonly storeOf?: (store: Store) => Store
  readonly score?: Pick<ScoreOptions, 'profilesMax' | 'checkpointEvents' | 'onStoreAway' | 'onJudgement'>
  readonly respond?: Partial<Pick<RespondOptions, 'deliver' | 'health' | 'observe'>>
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
  const score = createScore({ log, store, ...options.score })
  const respond = createRespond({
    ...{ log, policy, keys, issuer: '/straylight/test', now, deliver: null, health: () => null, ...options.respond },
  })
  const stages = {
    ingest: createIngest({ registry: createAgentRegistry(registry), now, live: true }),
    baseline: createBaseline({
      ...{ log, store, now, registry: registry.agents, model: await readArtifact(undefined), profileKey },
      sessionAlertRate: policy.budget.session_alert_rate,
    }),
    score,
    respond,
  }
  const runners = {
    ingest: await openStageRunner(stages.ingest, log, { now }),
    baseline: await openStageRunner(stages.baseline, log, { now }),
    score: await openStageRunner(stages.score, log, { now }),
    respond: await openStageRunner(stages.respond, log, { now }),
  }
  // The first version: score starts when it stands.
  await runners.baseline.step()
  return {
    ...{ log, store: opened, keys, folder, score, respond, runners },
    drain: (only) => drainRunners(Object.entries(runners).filter(([name]) => only?.includes(name as 'score') ?? true)),
    close: async () => {
      for (const runner of Object.values(runners)) await runner.close()
      await opened.close()
      await log.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function drainRunners(runners: readonly (readonly [string, StageRunner])[]): Promise<void> {
  for (let records = 1; records > 0; ) {
    records = 0
    for (const [, runner] of runners)
      for (let stepped = await runner.step(); stepped > 0; stepped = await runner.step()) records += stepped
  }
}

/** The records of a topic as values, in order of partition and offset. */
export async function recordsOf(log: Log, topic: string): Promise<string[]> {
  const values: string[] = []
  for (let partition = 0; partition < (await log.partitionCount(topic)); partition++) {
    const place = { topic, partition }
    for await (const record of log.read(place, 0, await log.endOffset(place))) values.push(record.value.toString())
  }
  return values
}
