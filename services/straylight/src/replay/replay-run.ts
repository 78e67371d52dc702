import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Baseline, createBaseline } from '@straylight/baseline/create-baseline'
import { pastMaxima } from '@straylight/baseline/profiles/past-maxima'
import { createIngest } from '@straylight/ingest/create-ingest'
import type { InputRecord } from '@straylight/ingest/files/input-record'
import type { Formats } from '@straylight/ingest/formats/create-formats'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { openKeys } from '@straylight/respond/command/signing-keys'
import { createRespond, type Respond } from '@straylight/respond/create-respond'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import type { Log } from '@straylight/runtime/log/log'
import { openStageRunner, type StageRunner } from '@straylight/runtime/process/run-stage'
import type { Stage } from '@straylight/runtime/process/stage'
import { migrateStore } from '@straylight/runtime/store/migrate-store'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import type { Registry } from '@straylight/schemas/agent'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { counted } from '@straylight/schemas/counted'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import type { Policy } from '@straylight/schemas/policy'
import { topics } from '@straylight/schemas/topics'
import { createScore, type Score } from '@straylight/score/create-score'
import { learntAsAsked } from '../deployment/learnt-as-asked.ts'
import { type SetAsideKind, setAsideKinds } from '../doctor/set-aside-kinds.ts'
import { type Beside, beside } from './beside.ts'
import { dropViews } from './drop-views.ts'
import { feedByDay, InputOrder } from './replay-feed.ts'
import { ReplayJudgements } from './replay-judgements.ts'

export interface ReplayInput {
  /** Records in order of event time. */
  readonly records: AsyncIterable<InputRecord>
  /** Learnt as vetted at every level, not scored. */
  readonly history: AsyncIterable<AgentEvent>
  readonly registry: Registry
  /** What is read; the formats that are built in where it is left out. */
  readonly formats?: Formats | undefined
  readonly policy: Policy
  readonly model: ModelArtifact
  readonly tenant: string | undefined
  readonly partitions: number
  readonly scoreInstances: number
  /** Id of an event whose judgement is kept for telling. */
  readonly explain?: string | undefined
  readonly onProgress?: (sentence: string) => void
}

/** A replay that has run, its log still open for reading; `close` throws log and store away. */
export interface ReplayRun {
  readonly log: Log
  readonly order: InputOrder
  readonly judgements: ReplayJudgements
  readonly counts: {
    events: number
    rejected: number
    repeats: number
    findings: number
    alerts: number
    commands: number
    history: number
  }
  /** Values that are known by name and tell of no action, by that name. */
  readonly passedOver: ReadonlyMap<string, number>
  /** Records that a stage could not work with, and rows that the store refused. */
  readonly setAside: readonly SetAsideKind[]
  close(): Promise<void>
}

/** The key of a store that is thrown away: any will do, and the same one makes two runs the same. */
const replayKey = '5374726179206c6967687420726570ff'

/**
 * Runs the very same stages over files, on a log and a store of its own, in lockstep: every turn each stage works until
 * nothing is left, so that the result is a function of the input alone. Nothing is delivered.
 */
export async function runReplay(input: ReplayInput): Promise<ReplayRun> {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-replay-'))
  const log = await openEmbeddedLog({ directory: join(folder, 'log'), durable: false })
  const store = await openStore({ directory: join(folder, 'store') })
  const close = async () => {
    await store.close()
    await log.close()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await log.ensureTopics(Object.values(topics), input.partitions)
    await migrateStore(store)
    await dropViews(store)
    return { ...(await replayOver(input, { log, store, folder })), log, close }
  } catch (error) {
    await close()
    throw error
  }
}

interface Ground {
  readonly log: Log
  readonly store: Store
  readonly folder: string
}

async function replayOver(input: ReplayInput, ground: Ground) {
  const judgements = new ReplayJudgements(input.explain)
  const order = new InputOrder(input.partitions)
  let clock = 0
  const passedOver = new Map<string, number>()
  const stages = await makeStages(input, ground, { judgements, now: () => clock, passedOver })
  const imported = await stages.baseline.importHistory(input.history)
  input.onProgress?.(`learnt ${counted(imported.events, 'event')} of history`)
  const runners = await openRunners(stages, ground.log, () => clock)
  const storing = beside(() => drained(runners.storing))
  const drain = () => drainJudging(runners, storing)
  const drainAll = async () => {
    do await drain()
    while ((await storing.settled()) > 0)
  }
  try {
    await drainAll()
    const fed = await feedByDay(input.records, ground.log, {
      partitions: input.partitions,
      order,
      drain,
      dayEnded: async (endMs) => {
        await drainAll()
        clock = endMs
        await stages.baseline.publishKnowledge(endMs)
        await drain()
      },
      onProgress: (records) => input.onProgress?.(counted(records, 'record')),
    })
    clock = fed.lastTime
    await drainAll()
  } finally {
    // Nobody works on what is about to be closed.
    await storing.ended()
  }
  for (const runner of [...runners.ingest, ...runners.storing, ...runners.judging]) await runner.close()
  const counts = await countAll(ground.log, stages, judgements, imported.events)
  return { order, judgements, counts, passedOver, setAside: await setAsideKinds(ground.store) }
}

interface Stages {
  readonly ingest: Stage
  readonly baseline: Baseline
  readonly scores: readonly Score[]
  readonly respond: Respond
}

async function makeStages(
  input: ReplayInput,
  { log, store, folder }: Ground,
  seen: { judgements: ReplayJudgements; now: () => number; passedOver: Map<string, number> },
): Promise<Stages> {
  const { registry, policy, model, tenant } = input
  return {
    ingest: createIngest({
      registry: createAgentRegistry(registry),
      formats: input.formats,
      now: seen.now,
      live: false,
      wallClock: Date.now,
      tenant,
      // As many names as formats and wrappings pass over.
      onPassedOver: (name) => seen.passedOver.set(name, (seen.passedOver.get(name) ?? 0) + 1),
    }),
    baseline: createBaseline({
      log,
      store,
      ...learntAsAsked({ registry, model, policy }),
      profileKey: replayKey,
      now: seen.now,
      publishes: 'when_called',
      finishProfiles: pastMaxima(store),
    }),
    scores: Array.from({ length: input.scoreInstances }, () =>
      createScore({ log, store, onJudgement: (judgement) => seen.judgements.judged(judgement) }),
    ),
    respond: createRespond({
      log,
      policy,
      keys: await openKeys(join(folder, 'keys')),
      issuer: 'replay',
      now: seen.now,
      deliver: null,
      health: () => null,
      observe: ({ finding_id, outcome }) => {
        if (outcome !== 'observed' && outcome !== 'suppressed' && outcome !== 'withdrawn')
          seen.judgements.alerted(finding_id)
      },
    }),
  }
}

/** The runners of a replay. What baseline stores, nobody reads before a day has ended, so it works beside those that judge. */
interface Runners {
  readonly ingest: readonly StageRunner[]
  readonly storing: readonly StageRunner[]
  readonly judging: readonly StageRunner[]
}

async function openRunners(
  { ingest, baseline, scores, respond }: Stages,
  log: Log,
  now: () => number,
): Promise<Runners> {
  const open = async (stages: readonly Stage[]) => {
    const runners: StageRunner[] = []
    for (const stage of stages) runners.push(await openStageRunner(stage, log, { now }))
    return runners
  }
  return { ingest: await open([ingest]), storing: await open([baseline]), judging: await open([...scores, respond]) }
}

/**
 * Steps the stages that judge until a whole round finds nothing. What they wrote is stored beside them, and waited for where a day ends: until
 * then nobody reads it, and while the store takes rows, which is work of its own threads, the others go on.
 */
async function drainJudging({ ingest, judging }: Runners, storing: Beside): Promise<void> {
  for (;;) {
    const read = await drained(ingest)
    storing.go()
    const judged = await drained(judging)
    storing.go()
    if (read + judged === 0) return
  }
}

/** In the order of the flow, so that one round takes a record all the way. Returns how many records were handled. */
async function drained(runners: readonly StageRunner[]): Promise<number> {
  let records = 0
  for (const runner of runners)
    for (let stepped = await runner.step(); stepped > 0; stepped = await runner.step()) records += stepped
  return records
}

async function countAll(log: Log, stages: Stages, judgements: ReplayJudgements, history: number) {
  const recordsOf = async (topic: string) => {
    let records = 0
    for (let partition = 0; partition < (await log.partitionCount(topic)); partition++)
      records += await log.endOffset({ topic, partition })
    return records
  }
  const repeats = stages.scores.reduce((sum, score) => sum + score.sizes().repeats, 0)
  return {
    events: judgements.count,
    rejected: await recordsOf(topics.rejected.name),
    repeats,
    findings: await recordsOf(topics.findings.name),
    alerts: [...stages.respond.alerts()].length,
    commands: await recordsOf(topics.revocations.name),
    history,
  }
}
