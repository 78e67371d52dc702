import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBaseline } from '@straylight/baseline/create-baseline'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { openKafkaLog } from '@straylight/runtime/kafka/kafka-log'
import type { Log, LogRecord, NewRecord } from '@straylight/runtime/log/log'
import { openStageRunner } from '@straylight/runtime/process/run-stage'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs } from '@straylight/schemas/duration'
import { topics } from '@straylight/schemas/topics'
import { createScore } from '@straylight/score/create-score'
import { readArtifact } from 'straylight/deployment/read-artifact'
import { startClickhouseFront } from './clickhouse-front.ts'
import { startKafka } from './kafka-broker.ts'

/** What a takeover of all partitions at once took, and what of it was spent where; seconds and records. */
export interface Takeover {
  readonly agents: number
  readonly events: number
  /** From the moment the partitions came until the next event could be scored. */
  readonly seconds: number
  /** Of these: waiting for the log, and for the store. */
  readonly log_seconds: number
  readonly store_seconds: number
  /** Records read again: for what comes twice, and behind the checkpoint. */
  readonly records_read: number
  /** The first batch after it, of 2,000 events of as many agents, whose profiles come from the store. */
  readonly first_batch_seconds: number
}

const partitions = 4
const eventsAnAgent = 3
/** Not longer ago than a topic keeps its records. */
const start = Date.now() - dayMs
const chunk = 5_000

/**
 * Fills a real Kafka with events of so many agents, lets one score work through them and end as if killed (no last
 * checkpoint), and measures how long another one needs to take all partitions over.
 */
export async function measureTakeover(agents: number, say: (line: string) => void): Promise<Takeover> {
  const kafka = await startKafka({ own: true })
  if ('absent' in kafka) throw new Error(kafka.absent)
  const folder = await mkdtemp(join(tmpdir(), 'straylight-takeover-'))
  const front = await startClickhouseFront({ directory: join(folder, 'clickhouse') })
  const log = await openKafkaLog({
    ...{ brokers: kafka.brokers, clientId: 'takeover', replicationFactor: 1 },
    log: () => undefined,
  })
  const store = await openStore({ url: front.url, database: 'straylight' })
  try {
    await prepare(log, store)
    const events = agents * eventsAnAgent
    for (let from = 0; from < events; from += chunk)
      await log.append(
        Array.from({ length: Math.min(chunk, events - from) }, (_, at) => eventRecord(from + at, agents)),
      )
    say(`${agents} agents: ${events} events are in the log`)
    const first = await openScore(log, store, agents)
    await first.drain(events)
    await first.runner.close()
    say(`${agents} agents: one score has worked through them`)
    await log.append(
      Array.from({ length: 2_000 }, (_, at) => eventRecord(events + at * Math.floor(agents / 2_000), agents)),
    )
    return { agents, events, ...(await measureOne(log, store, agents)) }
  } finally {
    await store.close()
    await log.close()
    await front.close()
    await kafka.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function prepare(log: Log, store: Store): Promise<void> {
  await log.ensureTopics(Object.values(topics), partitions)
  await openTensorBackend('wasm')
  const baseline = createBaseline({
    ...{ log, store, registry: [], model: await readArtifact(undefined), sessionAlertRate: 0.001 },
    suppression: { days: 14, days_max: 90, score_factor: 1.25, per_tenant_max: 500 },
    profileKey: '00112233445566778899aabbccddeeff',
    now: () => start,
  })
  await baseline.publishKnowledge(start)
}

async function openScore(log: Log, store: Store, agents: number) {
  const score = createScore({ log, store, profilesMax: agents + 1 })
  const runner = await openStageRunner(score, log, { waitMs: 200 })
  const drain = async (events: number) => {
    for (let handled = 0; handled < events; ) handled += await runner.step()
  }
  return { score, runner, drain }
}

async function measureOne(log: Log, store: Store, agents: number): Promise<Omit<Takeover, 'agents' | 'events'>> {
  const spent = { log: 0, store: 0, records: 0 }
  const score = createScore({ log: timedLog(log, spent), store: timedStore(store, spent), profilesMax: agents + 1 })
  const { assigned, process } = { assigned: score.assigned?.bind(score), process: score.process.bind(score) }
  let seconds = 0
  let takenOver = { ...spent }
  const batches: number[] = []
  Object.assign(score, {
    assigned: async (given: Parameters<NonNullable<typeof assigned>>[0]) => {
      const before = performance.now()
      await assigned?.(given)
      seconds += (performance.now() - before) / 1_000
      takenOver = { ...spent }
    },
    process: async (given: Parameters<typeof process>[0]) => {
      const before = performance.now()
      const output = await process(given)
      batches.push((performance.now() - before) / 1_000)
      return output
    },
  })
  const runner = await openStageRunner(score, log, { waitMs: 200 })
  for (let handled = 0; handled < 2_000; ) handled += await runner.step()
  await runner.close()
  const rounded = (value: number) => Math.round(value * 100) / 100
  return {
    seconds: rounded(seconds),
    log_seconds: rounded(takenOver.log),
    store_seconds: rounded(takenOver.store),
    records_read: takenOver.records,
    first_batch_seconds: rounded(batches.reduce((sum, one) => sum + one, 0)),
  }
}

/** Counts what is waited for between records. */
function timedLog(log: Log, spent: { log: number; records: number }): Log {
  async function* read(...given: Parameters<Log['read']>): AsyncGenerator<LogRecord> {
    const records = log.read(...given)[Symbol.asyncIterator]()
    for (;;) {
      const before = performance.now()
      const next = await records.next()
      spent.log += (performance.now() - before) / 1_000
      if (next.done) return
      spent.records++
      yield next.value
    }
  }
  return Object.assign(Object.create(log) as Log, { read })
}

function timedStore(store: Store, spent: { store: number }): Store {
  const query: Store['query'] = async (asked, parameters) => {
    const before = performance.now()
    const rows = await store.query(asked, parameters)
    spent.store += (performance.now() - before) / 1_000
    return rows
  }
  return { ...bound(store), query }
}

const bound = (store: Store): Store => ({
  kind: store.kind,
  query: store.query.bind(store),
  run: store.run.bind(store),
  insert: store.insert.bind(store),
  close: store.close.bind(store),
})

/** Number `at` of the source: agents take turns, each with some systems and people of its own. */
function eventRecord(at: number, agents: number): NewRecord {
  const agent = `agent-${at % agents}`
  const event: AgentEvent = {
    ...{ id: `e${at}`, time: start + at * 10, tenant: 'acme', agent, session: `s${at % agents}` },
    ...{
      system: `system-${at % 7}`,
      action: `read-${at % 13}`,
      format: 'native',
      registered: false,
      outcome: 'success',
    },
    ...{ destinations: [`mailto:u${at % 11}@acme.example`], bytes_sent: 100 + (at % 900), argument_names: ['month'] },
    content_hash: at.toString(16).padStart(16, '0'),
    position: { topic: 'agent.audit.v1', partition: 0, offset: at, index: 0 },
  }
  return { topic: topics.events.name, key: `acme|${agent}`, value: JSON.stringify(event), timestamp: start + at * 10 }
}
