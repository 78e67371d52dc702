import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { latestKnowledge } from '@straylight/events/knowledge-log'
import { CountTable } from '@straylight/models/profile/count-table'
import { Profile } from '@straylight/models/profile/profile'
import { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { agentKeyOf, groupKeyOf, learnHistory } from '@straylight/models/training/learn-history'
import { type EmbeddedLog, openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import type { LogRecord } from '@straylight/runtime/log/log'
import { openStageRunner } from '@straylight/runtime/process/run-stage'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Query, Store } from '@straylight/runtime/store/store'
import { Agent } from '@straylight/schemas/agent'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs } from '@straylight/schemas/duration'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import { topics } from '@straylight/schemas/topics'
import { z } from 'zod'
import { firstDay, fleetEvents, model } from '../test-support/small-fleet.ts'
import { type BaselineOptions, createBaseline } from './create-baseline.ts'

const profileKey = 'fedcba9876543210fedcba9876543210'
const partitions = 2
const now = () => 1_790_000_000_000

let directory: string
let store: Store
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-baseline-'))
  store = await openStore({ directory: join(directory, 'store') })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

const tables = [
  'events',
  'held_out',
  'corrections',
  'agent_hours',
  'profiles',
  'knowledge',
  'agent_groups',
  'findings',
  'alerts',
]

/** A log of its own and an empty store: chDB takes one folder a process, so tests share the engine. */
async function fresh(t: { after(work: () => Promise<void>): void }): Promise<EmbeddedLog> {
  for (const table of tables) await store.run({ name: 'empty', sql: `TRUNCATE TABLE ${table}` }, {})
  const folder = await mkdtemp(join(directory, 'log-'))
  const log = await openEmbeddedLog({ directory: folder, durable: false })
  t.after(() => log.close())
  await log.ensureTopics(Object.values(topics), partitions)
  return log
}

const settings = (log: EmbeddedLog, changes: Partial<BaselineOptions> = {}): BaselineOptions => ({
  ...{ log, store, registry: [], model, sessionAlertRate: 0.001, profileKey, now, publishes: 'when_called' },
  ...changes,
})

async function append(log: EmbeddedLog, events: readonly AgentEvent[]): Promise<void> {
  const records = events.map((event) => ({
    topic: topics.events.name,
    partition: Number(event.agent.at(-1)) % partitions,
    key: agentKeyOf(event),
    value: JSON.stringify(event),
    timestamp: event.time,
  }))
  await log.append(records)
}

async function recordsOf(log: EmbeddedLog, topic: string, partition: number): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  const end = await log.endOffset({ topic, partition })
  for await (const record of log.read({ topic, partition }, 0, end)) records.push(record)
  return records
}

const rowsOf = (sql: string): Promise<Record<string, unknown>[]> => {
  const query: Query<Record<string, never>, Record<string, unknown>> = {
    name: 'look',
    sql,
    row: z.record(z.string(), z.unknown()),
  }
  return store.query(query, {})
}

/** All but the offset: each restart gives the markers again, which moves what comes after. */
const allRows = () =>
  rowsOf(
    'SELECT * EXCEPT (stored_at, log_time, log_offset) FROM events AS e FINAL ORDER BY tenant, agent, log_partition, log_offset',
  )

test('history is learnt as the models learn it: profiles, clocks, shared levels, to the last count', async (t) => {
  const log = await fresh(t)
  const events = [
    ...fleetEvents({ agents: 4, days: 40, perDay: 12 }),
    ...fleetEvents({ agents: 2, days: 3, perDay: 5, tenant: 'other' }),
  ]
  const again = events.slice(100, 150)
  const summary = await createBaseline(settings(log)).importHistory([...events, ...again])
  assert.deepEqual(summary, { events: events.length, repeats: again.length, agents: 6, version: 1, shared_only: 0 })

  const { knowledge } = (await latestKnowledge(log)) ?? assert.fail('no knowledge')
  assert.equal(knowledge.origin_day, firstDay)
  const groups = new Map(Object.entries(knowledge.groups))
  assert.equal(groups.size, 6)
  const learnt = learnHistory(events, { hasher: new ProfileKeyHasher(profileKey), originDay: firstDay, groups })

  for (const row of await rowsOf('SELECT tenant, agent, as_of_offset, state FROM profiles FINAL')) {
    const stored = Profile.fromState(String(row.state))
    const expected = learnt.profiles.get(partitionKeyOf(String(row.tenant), String(row.agent)))
    assert.equal(row.as_of_offset, -1)
    assert.deepEqual(stored.table.entries(), expected?.table.entries())
    const { events: count, first_time, last_time, clock } = stored
    assert.deepEqual([count, first_time, last_time], [expected?.events, expected?.first_time, expected?.last_time])
    assert.equal(clock.clock, expected?.clock.clock)
    assert.deepEqual([...clock.sessions], [...(expected?.clock.sessions ?? [])])
  }
  assert.equal(knowledge.levels.length, learnt.levels.size)
  for (const level of knowledge.levels) {
    const expected = learnt.levels.get(groupKeyOf(level.tenant, level.group))
    assert.deepEqual(
      CountTable.unpack(level.table).entries(),
      expected?.table.entries(),
      `${level.tenant} ${level.group}`,
    )
    assert.equal(level.events, expected?.events)
  }
  for (let partition = 0; partition < partitions; partition++) {
    const [marker, ...others] = await recordsOf(log, topics.events.name, partition)
    assert.equal(marker?.headers.type, 'marker')
    assert.equal(others.length, 0)
  }
})

test('logs of long ago, imported first, do not use up the days for which weights grow', async (t) => {
  const log = await fresh(t)
  const old = fleetEvents({ agents: 2, days: 2, perDay: 5 })
  const later = () => (firstDay + 3 * 365) * dayMs
  await createBaseline(settings(log, { now: later })).importHistory(old)
  const { knowledge } = (await latestKnowledge(log)) ?? assert.fail('no knowledge')
  assert.equal(knowledge.origin_day, firstDay + 2 * 365 + 5)
})

test('history imported again, or from the middle on after a crash, changes nothing that stands', async (t) => {
  const log = await fresh(t)
  const events = fleetEvents({ agents: 3, days: 3, perDay: 20 })
  const halfway = (function* () {
    yield* events
    throw new Error('power cut')
  })()
  await assert.rejects(createBaseline(settings(log)).importHistory(halfway), /power cut/)
  await createBaseline(settings(log)).importHistory(events)
  const rows = await allRows()
  assert.equal(rows.length, events.length)
  const summary = await createBaseline(settings(log)).importHistory(events)
  assert.deepEqual([summary.events, summary.repeats, summary.version], [0, events.length, 2])
  assert.deepEqual(await allRows(), rows)
})

test('an import beside living profiles that ended before its version is learnt whole by the next, once', async (t) => {
  const log = await fresh(t)
  const importing = (events: Iterable<AgentEvent>) =>
    createBaseline(settings(log)).importHistory(events, { beside: true })
  await createBaseline(settings(log)).publishKnowledge(now())
  // More than is stored at a time.
  const events = fleetEvents({ agents: 3, days: 3, perDay: 560 })
  const cut = (function* () {
    yield* events
    throw new Error('power cut')
  })()
  await assert.rejects(importing(cut), /power cut/)
  const stored = (await allRows()).length
  assert.ok(stored > 0)
  const summary = await importing(events)
  assert.deepEqual([summary.events, summary.repeats, summary.agents], [events.length - stored, stored, 3])
  const learnt = async () => (await latestKnowledge(log))?.knowledge.corrections.map(({ event }) => event.id).sort()
  assert.deepEqual(await learnt(), events.map(({ id }) => id).sort())
  await importing(events)
  assert.deepEqual(await learnt(), [])
})

test('cut anywhere, killed before its commit and started again, the stage stores the same rows', async (t) => {
  const history = fleetEvents({ agents: 4, days: 1, perDay: 10 })
  const live = fleetEvents({ agents: 4, days: 2, perDay: 40, firstDay: firstDay + 1 })
  const first = await fresh(t)
  await createBaseline(settings(first)).importHistory(history)
  await append(first, live)
  const whole = await openStageRunner(createBaseline(settings(first)), first)
  while ((await whole.step()) > 0);
  await whole.close()
  const expected = await allRows()
  assert.equal(expected.length, history.length + live.length)

  const second = await fresh(t)
  await createBaseline(settings(second)).importHistory(history)
  let crashes = 0
  for (let from = 0, size = 1; from < live.length; from += size, size = (size * 7) % 31) {
    await append(second, live.slice(from, from + size))
    const afterAppend = () => {
      if (crashes++ % 3 !== 2) throw new Error('killed')
    }
    for (let done = false; !done; ) {
      const runner = await openStageRunner(createBaseline(settings(second)), second, { faults: { afterAppend } })
      done = await runner.step().then(
        () => true,
        () => false,
      )
      await runner.close()
    }
  }
  assert.ok(crashes > 10)
  assert.deepEqual(await allRows(), expected)
})

test('what was delivered twice and what a shipper sent twice is one row', async (t) => {
  const log = await fresh(t)
  const events = fleetEvents({ agents: 2, days: 1, perDay: 20 })
  const repeat = events
    .slice(0, 5)
    .map((event, at) => ({ ...event, position: { ...event.position, offset: 1_000 + at } }))
  await append(log, [...events, ...events.slice(30), ...repeat])
  const baseline = createBaseline(settings(log))
  const runner = await openStageRunner(baseline, log)
  while ((await runner.step()) > 0);
  await runner.close()
  assert.equal((await allRows()).length, events.length)
  assert.deepEqual(baseline.counts, { repeats: 5, redelivered: 10, unreadable: 0 })
})

test('a version comes when a day of event time has passed, and learns live hours that have aged', async (t) => {
  const log = await fresh(t)
  const registry = ['agent-0', 'agent-1'].map((agent) => Agent.parse({ tenant: 'acme', agent }))
  const baseline = createBaseline(settings(log, { publishes: 'daily', registry }))
  const runner = await openStageRunner(baseline, log)
  const versions: [number, number, number][] = []
  const look = async () => {
    const { knowledge } = (await latestKnowledge(log)) ?? assert.fail('no knowledge')
    const tenant = knowledge.levels.find(({ group }) => group === '*')
    versions.push([knowledge.version, knowledge.learnt_until / dayMs, tenant?.events ?? 0])
  }
  await runner.step()
  await look()
  for (let day = 0; day < 4; day++) {
    await append(
      log,
      fleetEvents({ agents: 2, days: 1, perDay: 6, firstDay: firstDay + day }).map((event) => ({
        ...event,
        position: { ...event.position, offset: event.position.offset + day * 12 },
      })),
    )
    while ((await runner.step()) > 0);
    await look()
  }
  await runner.close()
  // Late events fall into the hour before, so a day is learnt whole, and one day after the next one began.
  assert.deepEqual(versions, [
    [1, 0, 0],
    [1, 0, 0],
    [1, 0, 0],
    [2, firstDay + 1, 12],
    [3, firstDay + 2, 24],
  ])
})

test('a crash between writing a version and its markers is made good by the next owner', async (t) => {
  const log = await fresh(t)
  await createBaseline(settings(log)).importHistory(fleetEvents({ agents: 2, days: 1, perDay: 6 }))
  const { append: appendRecords } = log
  const broken: EmbeddedLog = {
    ...log,
    append: async (records) => {
      if (records.some(({ headers }) => headers?.type === 'marker')) throw new Error('killed')
      await appendRecords.call(log, records)
    },
  }
  await assert.rejects(createBaseline(settings(broken)).publishKnowledge((firstDay + 1) * dayMs), /killed/)
  await store.run({ name: 'lose the copy', sql: 'TRUNCATE TABLE knowledge' }, {})
  const runner = await openStageRunner(createBaseline(settings(log)), log)
  await runner.step()
  await runner.step()
  await runner.close()
  for (let partition = 0; partition < partitions; partition++) {
    const markers = await recordsOf(log, topics.events.name, partition)
    assert.deepEqual(
      markers.map(({ value }) => String(value)),
      ['{"version":1}', '{"version":2}'],
    )
  }
  assert.deepEqual(await rowsOf('SELECT version FROM knowledge FINAL'), [{ version: 2 }])
})

test('another profile key than the one that was counted with is refused', async (t) => {
  const log = await fresh(t)
  await createBaseline(settings(log)).publishKnowledge(now())
  const other = createBaseline(settings(log, { profileKey: '0'.repeat(32) }))
  await assert.rejects(other.publishKnowledge(now()), /STRAYLIGHT_PROFILE_KEY/)
})

test('a backlog is stored as the same rows, however it is cut', async (t) => {
  // More of one partition than are parsed at a time.
  const events = fleetEvents({ agents: 4, days: 20, perDay: 40 })
  async function rowsWhenCut(recordsMax: number): Promise<Record<string, unknown>[]> {
    const log = await fresh(t)
    await append(log, events)
    const baseline = Object.assign(createBaseline(settings(log)), { batchRecordsMax: recordsMax })
    const runner = await openStageRunner(baseline, log)
    while ((await runner.step()) > 0);
    await runner.close()
    return allRows()
  }
  const whole = await rowsWhenCut(events.length)
  assert.equal(whole.length, events.length)
  assert.deepEqual(await rowsWhenCut(177), whole)
})
