import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import type { Fleet } from '@straylight/demo/fleet/fleet'
import { fleetHistory } from '@straylight/demo/fleet/fleet-history'
import type { FleetEvent } from '@straylight/demo/fleet/native-event'
import { type AgentRegistry, createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { readRecord } from '@straylight/ingest/record/read-record'
import type { Log } from '@straylight/runtime/log/log'
import { createLifecycle } from '@straylight/runtime/process/lifecycle'
import { createLogger } from '@straylight/runtime/process/logger'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import type { Query, Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { counted } from '@straylight/schemas/counted'
import { dayMs } from '@straylight/schemas/duration'
import { z } from 'zod'
import { openPipeline, type Pipeline, type PipelineOptions } from '../pipeline.ts'
import type { SimulateFiles, SimulateFolder } from './simulate-folder.ts'
import type { Learnt } from './simulate-report.ts'

/** The embedded deployment that a simulation watches: the product, started as `straylight up` starts it. */
export interface SimulateDeployment {
  readonly log: Log
  readonly learnt: Learnt
  /** Sends events to POST /v1/events; resolves with the number refused when the log has the others. */
  send(events: readonly FleetEvent[]): Promise<number>
  /** Rejects when the pipeline stops by itself: a stage has failed. Its own log says why. */
  readonly failed: Promise<never>
  /** A link to the console that signs in once. Throws where the deployment was opened without. */
  consoleLink(): string
  close(): Promise<void>
}

export interface SimulateDeploymentOptions {
  readonly fleet: Fleet
  readonly folder: SimulateFolder
  readonly files: SimulateFiles
  readonly days: number
  /** End of the history, milliseconds since 1970 UTC. */
  readonly until: number
  /** Whether it serves the console as well. */
  readonly console: boolean
  readonly onProgress: (text: string) => void
}

/** Starts everything, the history learnt as vetted before anything is judged. */
export async function openSimulateDeployment(options: SimulateDeploymentOptions): Promise<SimulateDeployment> {
  const { fleet, folder, files } = options
  const settings = readSettings(AllSettings, {
    STRAYLIGHT_NAME: 'demo',
    STRAYLIGHT_DATA: folder.data,
    STRAYLIGHT_PORT: '0',
    STRAYLIGHT_TENANT: fleet.tenant,
    STRAYLIGHT_POLICY: files.policyFile,
    STRAYLIGHT_REGISTRY: files.registryFile,
    STRAYLIGHT_TOKENS: files.tokensFile,
    STRAYLIGHT_MODEL: readSettings(AllSettings).STRAYLIGHT_MODEL,
  })
  const logger = createLogger({ level: 'warn', readable: process.stderr.isTTY === true })
  const lifecycle = createLifecycle({ logger, stopWithinMs: settings.STRAYLIGHT_STOP_SECONDS * 1000 })
  let closing = false
  const failed = lifecycle.stopped.then((): Promise<never> => {
    // A stop that was asked for is no failure: nobody is informed.
    if (closing) return new Promise<never>(() => {})
    throw new Error('a stage of the simulated deployment has failed')
  })
  // Whoever races against it hears of it; without anybody it must not end the process a second time.
  failed.catch(() => undefined)
  try {
    const { pipeline, learnt } = await openLearnt(options, { settings, logger, lifecycle })
    await Promise.race([pipeline.ready, failed])
    return {
      log: pipeline.log,
      learnt,
      failed,
      consoleLink: () => {
        assert(pipeline.console !== undefined, 'the simulated deployment has no console')
        return pipeline.console.link()
      },
      send: (events) => send(`${pipeline.url}/v1/events`, folder.token, events),
      close: async () => {
        closing = true
        await lifecycle.stop('the simulation has ended')
      },
    }
  } catch (error) {
    closing = true
    await lifecycle.stop('the start failed')
    throw error
  }
}

async function openLearnt(
  options: SimulateDeploymentOptions,
  ground: Pick<PipelineOptions, 'settings' | 'logger' | 'lifecycle'>,
): Promise<{ pipeline: Pipeline; learnt: Learnt }> {
  const { fleet, days, console } = options
  let learnt: Learnt | undefined
  const pipeline = await openPipeline({
    ...ground,
    console,
    beforeStart: async ({ store, baseline }) => {
      const started = Date.now()
      await baseline.importHistory(historyOf(options))
      const seconds = Math.round((Date.now() - started) / 100) / 10
      learnt = { ...(await learntOf(store, fleet)), days, seconds }
    },
  })
  assert(learnt !== undefined, 'the pipeline started without its history')
  return { pipeline, learnt }
}

/** History as its records would be read from a file, with a line of progress for each week. */
async function* historyOf(options: SimulateDeploymentOptions): AsyncGenerator<AgentEvent> {
  const { fleet, files, days, until, onProgress } = options
  const registry = createAgentRegistry(files.registry)
  const weekMs = 7 * dayMs
  let offset = 0
  let week = 1
  for (const event of fleetHistory(fleet, { days, until })) {
    if (Date.parse(event.time) >= until - days * dayMs + week * weekMs) {
      onProgress(`week ${week} of ${Math.ceil(days / 7)}: ${counted(offset, 'event')} so far`)
      week++
    }
    yield readHistoryEvent(event, registry, offset++)
  }
  onProgress(`week ${week} of ${Math.ceil(days / 7)}: ${counted(offset, 'event')}; counting what is usual`)
}

function readHistoryEvent(event: FleetEvent, registry: AgentRegistry, offset: number): AgentEvent {
  const { events, rejections } = readRecord(
    Buffer.from(JSON.stringify(event)),
    {},
    { registry, tenant: event.tenant, time_max: null },
  )
  const [draft] = events
  if (!draft) throw new Error(`history of the demo, event ${event.id}: ${rejections[0]?.reason ?? 'nothing was read'}`)
  return { ...draft.event, id: event.id, position: { topic: 'history', partition: 0, offset, index: 0 } }
}

/** What the store holds, by its own count. */
export const countLearnt: Query<{ tenant: string }, Omit<Learnt, 'days' | 'seconds'>> = {
  name: 'what was learnt',
  sql: `
    SELECT count() AS events, uniqExact(agent) AS agents, uniqExact(agent, session) AS sessions,
      uniqExact(system) AS systems, uniqExact(step) AS actions,
      length(groupUniqArrayArray(destination_keys)) AS destinations
    FROM events FINAL WHERE tenant = {tenant:String} AND vetted = 1`,
  row: z.object({
    events: z.coerce.number(),
    agents: z.coerce.number(),
    sessions: z.coerce.number(),
    systems: z.coerce.number(),
    actions: z.coerce.number(),
    destinations: z.coerce.number(),
  }),
}

async function learntOf(store: Store, { tenant }: Fleet): Promise<Omit<Learnt, 'days' | 'seconds'>> {
  const [row] = await store.query(countLearnt, { tenant })
  if (!row) throw new Error('the store did not count what it learnt')
  return row
}

const Answer = z.object({ accepted: z.number(), rejected_total: z.number() })
const attemptsMax = 20

/** One NDJSON body; waits and sends again when the endpoint says that it is too busy. */
async function send(url: string, token: string, events: readonly FleetEvent[]): Promise<number> {
  const body = events.map((event) => JSON.stringify(event)).join('\n')
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' }
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const response = await fetch(url, { method: 'POST', headers, body })
    if (response.status === 202) return Answer.parse(await response.json()).rejected_total
    if (response.status !== 429) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
    await setTimeout(1000 * Number(response.headers.get('retry-after') ?? 1))
  }
  throw new Error(`${url} was too busy ${counted(attemptsMax, 'time')} in a row`)
}
