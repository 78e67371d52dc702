import type { Signer } from '@straylight/respond/command/signing-keys'
import { temporaryKeys } from '@straylight/respond/command/signing-keys'
import type { StageFault } from '@straylight/runtime/set-aside/set-asides'
import { stageNames } from 'straylight/deployment/stage-names'
import { type EmbeddedRun, type EmbeddedRunOptions, openEmbeddedRun, revokingPolicy } from './embedded-run.ts'
import { accountsOf, addAccounts, type FuzzAccounts, noAccounts, noteRepeat, type Repeats } from './fuzz-accounts.ts'
import { createFeed, type FuzzFeed, fuzzTimeOf } from './fuzz-feed.ts'
import { fuzzIssuer, messageSamples } from './fuzz-samples.ts'

export interface FuzzOptions {
  readonly records: number
  readonly seed: number
  /** The record of this index alone. */
  readonly only?: number | undefined
  /** Called after each batch. */
  readonly onProgress?: (done: { records: number; seconds: number; throws: number }) => void
  /** For tests: what is planted, to see that it is found. */
  readonly planted?: Pick<EmbeddedRunOptions, 'stageOf' | 'storeOf' | 'score' | 'baseline'> | undefined
}

export interface FuzzSummary extends FuzzAccounts {
  readonly seed: number
  /** Times that a stage stopped, and records on which a guard caught what should not have been thrown. */
  readonly throws: number
  readonly seconds: number
  readonly passed: boolean
}

/** Records appended at a time, records of one deployment before the next begins anew, and records between two restarts of all stages. */
const batchRecords = 2_000
const deploymentRecords = 20_000
const restartEvery = 10_000
/** Stages that stopped, after which no more is learnt. */
const stopsMax = 10

/** Runs the stages over mutated records, embedded and in one process, and accounts for every one of them. */
export async function fuzz(options: FuzzOptions): Promise<FuzzSummary> {
  const startedMs = performance.now()
  const seconds = () => Math.round((performance.now() - startedMs) / 100) / 10
  const signer = (await temporaryKeys()).commands
  const feed = createFeed(options.seed, await messageSamples(), signer)
  const world: World = { options, feed, signer, total: noAccounts(), throws: 0, stops: 0 }
  const { only } = options
  const [from, to] = only === undefined ? [0, options.records] : [only, only + 1]
  for (let at = from; at < to && world.stops < stopsMax; )
    at = await oneDeployment(world, at, Math.min(to, at + deploymentRecords), (records) =>
      options.onProgress?.({ records: records - from, seconds: seconds(), throws: world.throws }),
    )
  const { total, throws } = world
  const passed = throws === 0 && total.refused_rows_unaccounted === 0 && total.unaccounted === 0
  return { ...total, seed: options.seed, throws, seconds: seconds(), passed }
}

interface World {
  readonly options: FuzzOptions
  readonly feed: FuzzFeed
  readonly signer: Signer
  readonly total: FuzzAccounts
  throws: number
  stops: number
}

/** One deployment over records from `from` to `to`; returns where the next goes on: earlier, where a stage stopped. */
async function oneDeployment(
  world: World,
  from: number,
  to: number,
  onBatch: (records: number) => void,
): Promise<number> {
  const { done, failure } = await worked(world, [from, to], onBatch)
  if (failure === undefined) return done
  world.throws++
  world.stops++
  // By now it is closed: one process has one store open.
  await nameCulprits(world, [Math.max(from, done - batchRecords), done], failure)
  return done
}

async function worked(
  world: World,
  [from, to]: readonly [number, number],
  onBatch: (records: number) => void,
): Promise<{ done: number; failure?: unknown }> {
  const moment = { index: from }
  const repeats: Repeats = new Map()
  const { run, close } = await open(world, { moment, repeats }, (fault) => {
    world.throws++
    note(world, -1, `${fault.stage} failed on ${fault.topic}/${fault.partition}/${fault.offset}: ${said(fault.error)}`)
  })
  try {
    for (let at = from; at < to; at += batchRecords) {
      const end = Math.min(to, at + batchRecords)
      moment.index = end
      const failure = await fed(run, world.feed, at, end)
      if (failure !== undefined) return { done: end, failure }
      if (end % restartEvery === 0) for (const stage of stageNames) await run.restart(stage)
      onBatch(end)
    }
    addAccounts(world.total, await accountsOf(run.log, run.store, repeats))
    return { done: to }
  } finally {
    await close()
  }
}

async function open(
  world: World,
  { moment, repeats }: { moment: { index: number }; repeats: Repeats },
  onFault: (fault: StageFault) => void,
) {
  const { planted = {} } = world.options
  const issuer = { name: fuzzIssuer, public_key: world.signer.publicKey.x, roles: ['analyst', 'approver', 'owner'] }
  const run = await openEmbeddedRun({
    ...planted,
    now: () => fuzzTimeOf(moment.index),
    policy: { ...revokingPolicy, issuers: [issuer] },
    // Profiles leave and come back, and checkpoints are written often.
    score: { ...planted.score, profilesMax: 200, checkpointEvents: 3_000, onFault },
    baseline: { ...planted.baseline, onFault },
    respond: { onFault },
    ingest: { onPassedOver: (name, position) => noteRepeat(repeats, name, position) },
  })
  // A stage that has stopped may not let itself be closed; the folder goes all the same.
  return { run, close: () => run.close().catch(() => undefined) }
}

/** Appends the records and lets every stage work on them; what a stage stopped with, if one did. */
async function fed(run: EmbeddedRun, feed: FuzzFeed, from: number, to: number): Promise<unknown> {
  const records = await Promise.all(Array.from({ length: to - from }, (_, at) => feed.record(from + at)))
  await run.log.append(records)
  return run.drain().then(
    () => undefined,
    (error: unknown) => error ?? new Error('nothing was said'),
  )
}

/** Halves the batch until one record alone stops a stage, each half in a deployment of its own. */
async function nameCulprits(world: World, [from, to]: readonly [number, number], failure: unknown): Promise<void> {
  let [low, high] = [from, to]
  let last = failure
  while (high - low > 1) {
    const half = (low + high) >> 1
    const [first, second] = [await stopsAlone(world, low, half), await stopsAlone(world, half, high)]
    last = first ?? second
    // Neither alone: what stopped the stage is how they stand together.
    if (last === undefined)
      return note(world, low, `records ${low} to ${high - 1} stop a stage together: ${said(failure)}`)
    ;[low, high] = first === undefined ? [half, high] : [low, half]
  }
  note(world, low, `stops a stage: ${said(last)}`)
}

async function stopsAlone(world: World, from: number, to: number): Promise<unknown> {
  const { run, close } = await open(world, { moment: { index: to }, repeats: new Map() }, () => undefined)
  try {
    return await fed(run, world.feed, from, to)
  } finally {
    await close()
  }
}

const note = ({ total }: World, index: number, what: string): void => {
  if (total.failing.length < 100) total.failing.push({ index, what })
}
const said = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 500)
