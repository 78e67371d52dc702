import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { markerRecords, writeKnowledge } from '@straylight/events/knowledge-log'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import type { Log, NewRecord } from '@straylight/runtime/log/log'
import { openStageRunner, type StageRunner, type StageRunnerOptions } from '@straylight/runtime/process/run-stage'
import type { Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { Finding } from '@straylight/schemas/finding'
import type { Knowledge } from '@straylight/schemas/knowledge'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import type { Session } from '@straylight/schemas/session'
import { SetAside } from '@straylight/schemas/set-aside'
import { topics } from '@straylight/schemas/topics'
import { createScore, type Score, type ScoreOptions } from '../src/create-score.ts'

export const partitions = 2

/** A log of its own in a folder of its own. */
export class ScoreWorld {
  readonly log: Log
  readonly store: Store
  private readonly directory: string

  private constructor(log: Log, store: Store, directory: string) {
    this.log = log
    this.store = store
    this.directory = directory
  }

  /** Empties the store's profiles: one engine serves a whole test file. */
  static async open(store: Store, knowledge: readonly Knowledge[]): Promise<ScoreWorld> {
    const directory = await mkdtemp(join(tmpdir(), 'straylight-score-'))
    for (const table of ['profiles', 'partition_checkpoints'])
      await store.run({ name: `empty ${table}`, sql: `TRUNCATE TABLE ${table}` }, {})
    const log = await openEmbeddedLog({ directory, durable: false })
    await log.ensureTopics(Object.values(topics), partitions)
    for (const version of knowledge) await writeKnowledge(log, version)
    return new ScoreWorld(log, store, directory)
  }

  async close(): Promise<void> {
    await this.log.close()
    await rm(this.directory, { recursive: true, force: true })
  }

  /**
   * A new instance of the stage, which takes everything over. Its steps wait for what it writes beside them, so that a run goes
   * the same way each time; `waits: false` leaves them alone.
   */
  async start(
    options: Partial<ScoreOptions> & { recordsMax?: number; waits?: boolean } & Pick<StageRunnerOptions, 'faults'> = {},
  ) {
    const { recordsMax = 2_000, faults, waits = true, ...rest } = options
    const { store, settled } = followed(rest.store ?? this.store)
    const score = createScore({ log: this.log, ...rest, store })
    Object.assign(score, { batchRecordsMax: recordsMax })
    const runner = await openStageRunner(score, rest.log ?? this.log, faults ? { faults } : {})
    const step = async () => {
      const records = await runner.step()
      if (waits) await settled()
      return records
    }
    return { score, runner: { ...runner, step } }
  }

  /** A whole run in one instance. */
  async run(options: Parameters<ScoreWorld['start']>[0] = {}): Promise<Score> {
    const { score, runner } = await this.start(options)
    await drain(runner)
    await runner.close()
    return score
  }

  /** Every finding, each once, by place; what was written twice must be the same. */
  async findings(): Promise<Finding[]> {
    const byId = new Map<string, Finding>()
    for (const finding of await this.all<Finding>(topics.findings.name, 1)) {
      const before = byId.get(finding.id)
      if (before) assert.deepEqual(finding, before)
      byId.set(finding.id, finding)
    }
    const place = ({ log: { topic, partition, offset } }: Finding) =>
      `${topic}/${partition}/${String(offset).padStart(9, '0')}`
    return [...byId.values()].sort((a, b) => (place(a) < place(b) ? -1 : 1))
  }

  /** Sessions that ended, each once. */
  async sessions(): Promise<Session[]> {
    const rows = await this.all<Session>(topics.sessions.name, partitions)
    const texts = new Set(rows.map((row) => JSON.stringify(row)))
    return [...texts].sort().map((text) => JSON.parse(text) as Session)
  }

  /** What was set aside, each once. */
  async setAside(): Promise<SetAside[]> {
    const rows = await this.all<SetAside>(topics.setAside.name, 1)
    return [...new Set(rows.map((row) => JSON.stringify(row)))].map((text) => SetAside.parse(JSON.parse(text)))
  }

  private async all<Row>(topic: string, count: number): Promise<Row[]> {
    const rows: Row[] = []
    for (let partition = 0; partition < count; partition++) {
      const to = await this.log.endOffset({ topic, partition })
      for await (const record of this.log.read({ topic, partition }, 0, to))
        rows.push(JSON.parse(record.value.toString()) as Row)
    }
    return rows
  }
}

/** A store that says when the inserts begun so far have ended, well or not. */
function followed(store: Store): { store: Store; settled: () => Promise<unknown> } {
  let last: Promise<unknown> = Promise.resolve()
  const insert: Store['insert'] = (...args) => {
    const inserted = store.insert(...args)
    last = Promise.allSettled([last, inserted])
    return inserted
  }
  return { store: Object.assign(Object.create(store) as Store, { insert }), settled: () => last }
}

/** Steps until nothing comes any more. The first step of an instance may only take partitions over. */
export async function drain(runner: StageRunner): Promise<void> {
  for (let quiet = 0; quiet < 2; ) quiet = (await runner.step()) === 0 ? quiet + 1 : 0
}

export const eventRecordOf = (event: AgentEvent): NewRecord => ({
  topic: topics.events.name,
  key: partitionKeyOf(event.tenant, event.agent),
  value: JSON.stringify(event),
  timestamp: event.time + 500,
})

/** Switches a version on in all partitions at this place. */
export const markersOf = (version: number, timestamp: number): NewRecord[] =>
  markerRecords(version, partitions, timestamp)
