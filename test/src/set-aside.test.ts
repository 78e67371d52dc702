import assert from 'node:assert/strict'
import { test } from 'node:test'
import { profilesFromHours } from '@straylight/baseline/profiles/profile-counts'
import { latestKnowledge } from '@straylight/events/knowledge-log'
import { Profile } from '@straylight/models/profile/profile'
import type { NewRecord } from '@straylight/runtime/log/log'
import type { Query } from '@straylight/runtime/store/store'
import { hourMs } from '@straylight/schemas/duration'
import { SetAside } from '@straylight/schemas/set-aside'
import { topics } from '@straylight/schemas/topics'
import { profilesOfAgents } from '@straylight/score/profiles/profile-query'
import { stageNames } from 'straylight/deployment/stage-names'
import { z } from 'zod'
import { type EmbeddedRun, openEmbeddedRun, recordsOfTopic, revokingPolicy } from '../test-support/embedded-run.ts'
import { lentCredential, nativeRecord } from '../test-support/native-line.ts'

// Promise 10: a record that a stage can't work with costs that record and no other.

const noon = Date.parse('2026-11-22T12:00:00.000Z')
const now = () => noon + hourMs

const asideRows: Query<Record<string, never>, { what: string; sha256: string }> = {
  name: 'what was set aside',
  sql: `SELECT concat(stage, ' ', code, ' ', topic, ' ', target_table) AS what, sha256 FROM set_aside FINAL ORDER BY what, sha256`,
  row: z.object({ what: z.string(), sha256: z.string() }),
}
const eventCount: Query<Record<string, never>, { events: number }> = {
  name: 'stored events',
  sql: 'SELECT count() AS events FROM events FINAL',
  row: z.object({ events: z.number() }),
}
const stored = async ({ store }: EmbeddedRun) => (await store.query(eventCount, {}))[0]?.events
const asides = async ({ store }: EmbeddedRun) => (await store.query(asideRows, {})).map(({ what }) => what.trim())

const calls = (from: number, count: number): NewRecord[] =>
  Array.from({ length: count }, (_, at) => {
    const n = from + at
    const call = { id: `call-${n}`, agent: 'invoice-bot', time: noon + n * 1_000, session: `s${n % 7}` }
    return nativeRecord({ ...call, bytes_sent: n, action: `act-${n % 5}` })
  })

/** What whoever may write a topic can put there, topic by topic. */
function junk(): NewRecord[] {
  const read = [
    topics.events,
    topics.credentials,
    topics.findings,
    topics.verdicts,
    topics.results,
    topics.sessions,
    topics.rejected,
    topics.setAside,
    topics.knowledge,
  ]
  const values = ['{', '[]', '"x"', '{"__proto__":{"then":1}}', '\u0000', '{"id":{"toString":1},"position":[]}']
  return read.flatMap(({ name: topic }) =>
    values.map((value): NewRecord => ({ topic, key: 'k', value, headers: { version: '7' } })),
  )
}

const event = (change: object): NewRecord => ({
  topic: topics.events.name,
  key: 'default|invoice-bot',
  value: JSON.stringify({
    ...{ id: 'x', time: noon, tenant: 'default', agent: 'invoice-bot', system: 'crm', action: 'read' },
    ...{ format: 'native', registered: false, content_hash: '0123456789abcdef' },
    position: { topic: 'agent.audit.v1', partition: 0, offset: 1e9, index: 0 },
    ...change,
  }),
})

test('junk on every topic is set aside, by each stage that reads it, once however often it is read; honest work goes on', async () => {
  const run = await openEmbeddedRun({ now, policy: revokingPolicy })
  try {
    const wrong = [{ bytes_sent: '12' }, { time: 1e308 }, { signals: { x: 'y' } }, { credential: [] }, { source: 1 }]
    await run.log.append([...calls(0, 40), ...junk(), ...wrong.map(event), ...calls(40, 20)])
    await run.log.append([topics.events, topics.credentials].flatMap(({ name: topic }) => bogusMarkers(topic)))
    await run.log.append(lentCredential({ name: 'key-1', time: noon + 100_000, lender: 'a', borrower: 'b' }))
    await run.drain()
    await run.baseline().publishKnowledge(now())
    await run.drain()
    assert.equal(await stored(run), 62)
    assert.ok([...run.respond().alerts()].length > 0, 'what strays is reported all the same')
    const found = await asides(run)
    const counted = new Map<string, number>()
    for (const what of found) counted.set(what, (counted.get(what) ?? 0) + 1)
    assert.deepEqual(Object.fromEntries([...counted].sort()), {
      // Six values, five events of wrong types and a marker in each of two partitions.
      'baseline unreadable agent.events.v1': 13,
      'score unreadable agent.events.v1': 13,
      'score unreadable agent.credentials.v1': 8,
      'baseline unreadable agent.findings.v1': 6,
      'respond unreadable agent.findings.v1': 6,
      'baseline unreadable agent.verdicts.v1': 6,
      'respond unreadable agent.verdicts.v1': 6,
      'baseline unreadable agent.revocations.results.v1': 6,
      'respond unreadable agent.revocations.results.v1': 6,
      'baseline unreadable agent.sessions.v1': 6,
      'baseline unreadable agent.audit.rejected.v1': 6,
      'baseline unreadable agent.set_aside.v1': 6,
      'baseline unreadable agent.knowledge.v1': 6,
    })
    // A stage that dies between effect and commit reads the same again.
    for (const stage of stageNames) await run.restart(stage)
    await run.log.append([...junk(), ...calls(60, 10)])
    for (const stage of ['baseline', 'score', 'respond'] as const) await dieOnce(run, stage)
    await run.drain()
    const twice = await asides(run)
    assert.equal(await stored(run), 72)
    assert.equal(twice.length, found.length + junkAgain, 'each place once, though its records were read twice')
  } finally {
    await run.close()
  }
})

/** Junk on nine topics that are read, by one stage or two. */
const junkAgain = 6 * (2 + 1 + 2 + 2 + 2 + 1 + 1 + 1 + 1)

const bogusMarkers = (topic: string): NewRecord[] =>
  [0, 1].map((partition) => ({ topic, partition, key: 'marker', value: '{"version":99}', headers: { type: 'marker' } }))

/** Works once, dies before the commit, and comes back. */
async function dieOnce(run: EmbeddedRun, stage: 'baseline' | 'score' | 'respond'): Promise<void> {
  // The first turn after a restart may only take partitions over.
  if (stage !== 'baseline') await run.step(stage).catch(() => undefined)
  run.crash.afterAppend = (of) => {
    if (of === stage) throw new Error('killed')
  }
  await run.step(stage).catch((error: Error) => assert.equal(error.message, 'killed'))
  run.crash.afterAppend = () => undefined
  await run.restart(stage)
}

/** Of the one agent: what score holds, and what the hours of the store give. */
async function foldAndAggregate(run: EmbeddedRun) {
  await run.baseline().publishKnowledge(now())
  await run.drain()
  await run.score().checkpoint()
  const [row] = await run.store.query(profilesOfAgents, { tenants: ['default'], agents: ['invoice-bot'] })
  assert.ok(row !== undefined)
  const knowledge = (await latestKnowledge(run.log))?.knowledge
  const agents = [{ tenant: 'default', agent: 'invoice-bot' }]
  const originDay = knowledge?.origin_day ?? 0
  for await (const { profile } of profilesFromHours(run.store, { agents, originDay, hours: 'all' }))
    return { fold: Profile.fromState(row.state), aggregate: profile }
  return assert.fail('nothing was counted')
}

const failing = (n: number) => n % 9 === 4
const fails = ({ bytes_sent }: { bytes_sent?: number | undefined }): void => {
  if (failing(bytes_sent ?? 0)) throw new RangeError('planted')
}

test('an event that score fails on is learnt nowhere: what it folds is what the store counts, to the last count', async () => {
  const run = await openEmbeddedRun({ now, score: { faults: { onEvent: fails } } })
  try {
    await run.log.append(calls(0, 90))
    await run.drain()
    const { fold, aggregate } = await foldAndAggregate(run)
    assert.equal(await stored(run), 90)
    assert.ok(fold.events > 0 && fold.events <= 80, `${fold.events} folded`)
    assert.equal(aggregate.events, fold.events)
    assert.deepEqual(aggregate.table.entries(), fold.table.entries())
    const reported = (await recordsOfTopic(run.log, topics.setAside.name)).map((text) =>
      SetAside.parse(JSON.parse(text)),
    )
    assert.deepEqual(
      reported.map(({ code, event: of, reason }) => [code, of?.id, /RangeError: planted/.test(reason)]),
      Array.from({ length: 10 }, (_, at) => ['stage_fault', `call-${at * 9 + 4}`, true]),
    )
  } finally {
    await run.close()
  }
})

test('an event that baseline fails on is missing from the store, named there, and moves no other event of its session', async () => {
  const shape = async (faults: { onEvent?: typeof fails }) => {
    const run = await openEmbeddedRun({ now, baseline: { faults } })
    try {
      await run.log.append(calls(0, 90))
      await run.drain()
      const sql = 'SELECT event_id, order_context, session_events, session_after FROM events FINAL ORDER BY event_id'
      const rows = await run.store.query({ name: 'rows', sql, row: z.record(z.string(), z.unknown()) }, {})
      return { rows, aside: await asides(run) }
    } finally {
      await run.close()
    }
  }
  const whole = await shape({})
  const without = await shape({ onEvent: fails })
  const left = whole.rows.filter(({ event_id }) => !failing(Number(String(event_id).slice('call-'.length))))
  assert.equal(left.length, 80)
  assert.deepEqual(without.rows, left)
  assert.deepEqual(
    without.aside,
    Array.from({ length: 10 }, () => 'baseline stage_fault agent.events.v1'),
  )
})

test('a finding that respond fails on is set aside, and the next is answered', async () => {
  let failed = 0
  const onRecord = ({ value }: { value: Buffer }) => {
    if (!value.includes('key-1')) return
    failed++
    throw new TypeError('planted')
  }
  const reported: string[] = []
  const onFault = ({ stage, error }: { stage: string; error: unknown }) => reported.push(`${stage}: ${error}`)
  const run = await openEmbeddedRun({ now, policy: revokingPolicy, respond: { faults: { onRecord }, onFault } })
  try {
    const lent = ['key-1', 'key-2'].flatMap((name) =>
      lentCredential({ name, time: noon, lender: `lender-${name}`, borrower: `borrower-${name}` }),
    )
    await run.log.append(lent)
    await run.drain()
    assert.ok(failed > 0)
    assert.deepEqual(new Set(reported), new Set(['respond: TypeError: planted']))
    const alerts = JSON.stringify([...run.respond().alerts()])
    assert.ok(alerts.includes('key-2') && !alerts.includes('key-1'))
    assert.ok((await asides(run)).includes('respond stage_fault agent.findings.v1'))
  } finally {
    await run.close()
  }
})
