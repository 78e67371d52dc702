import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Knowledge } from '@straylight/schemas/knowledge'
import { topics } from '@straylight/schemas/topics'
import { ArrayLog } from '../test-support/array-log.ts'
import {
  BadKnowledge,
  holdsOnly,
  knowledgeEnd,
  knowledgeSince,
  latestKnowledge,
  markerRecords,
  readKnowledge,
  writeKnowledge,
} from './knowledge-log.ts'

const knowledgeOf = (version: number, changes: Partial<Knowledge> = {}): Knowledge => ({
  version,
  made_at: 1_790_000_000_000,
  learnt_until: 1_789_000_000_000,
  origin_day: 20_000,
  profile_key: '0'.repeat(32),
  groups: { 'acme|bot': 'role:finance' },
  levels: [],
  registry: [],
  model: { name: 'm' },
  session_alert_rate: 0.001,
  corrections: [],
  session_corrections: [],
  suppressions: [],
  judged: [],
  budget_feedback: [],
  ...changes,
})

const partition = { topic: topics.knowledge.name, partition: 0 }

test('a version comes back as it was written, in parts below the record limit', async () => {
  const log = new ArrayLog()
  const table = randomBytes(1_500_000).toString('base64')
  const large = knowledgeOf(2, { levels: [{ tenant: 'acme', group: '*', agents: 1, events: 1, table }] })
  await writeKnowledge(log.asLog(), knowledgeOf(1))
  await writeKnowledge(log.asLog(), large)
  const records = log.partition(partition)
  assert.ok(records.length > 3)
  for (const record of records) assert.ok(record.value.length < 530_000, `${record.value.length} bytes`)
  assert.deepEqual((await readKnowledge(log.asLog(), 1))?.knowledge, knowledgeOf(1))
  assert.deepEqual((await latestKnowledge(log.asLog()))?.knowledge, large)
  assert.equal(await readKnowledge(log.asLog(), 3), undefined)
})

test('who looks on from where he stopped finds each version once, however its parts come', async () => {
  const log = new ArrayLog()
  const whole = new ArrayLog()
  const table = randomBytes(900_000).toString('base64')
  for (const version of [1, 2, 3])
    await writeKnowledge(
      whole.asLog(),
      knowledgeOf(version, { levels: [{ tenant: 'acme', group: '*', agents: 1, events: version, table }] }),
    )
  const parts = whole.partition(partition)
  const found: number[] = []
  let stand = { from: 0, known: 0 }
  for (const { key, value, headers } of parts) {
    await log.asLog().append([{ ...partition, key, value, headers }])
    const { latest, next } = await knowledgeSince(log.asLog(), stand)
    if (latest !== undefined) found.push(latest.knowledge.version)
    stand = { from: next, known: latest?.knowledge.version ?? stand.known }
  }
  assert.ok(parts.length > 6, 'each version has several parts')
  assert.deepEqual(found, [1, 2, 3])
  assert.equal(stand.from, parts.length, 'what is done with is not read again')
})

test('a version that is not there whole is not there; written again it is', async () => {
  const log = new ArrayLog()
  const table = randomBytes(900_000).toString('base64')
  const large = knowledgeOf(2, { levels: [{ tenant: 'acme', group: '*', agents: 1, events: 1, table }] })
  await writeKnowledge(log.asLog(), knowledgeOf(1))
  await writeKnowledge(log.asLog(), large)
  log.partition(partition).pop()
  assert.equal((await latestKnowledge(log.asLog()))?.knowledge.version, 1)
  await writeKnowledge(log.asLog(), large)
  assert.equal((await latestKnowledge(log.asLog()))?.knowledge.version, 2)
})

test('of two contents under one number everyone takes the first whole one', async () => {
  const log = new ArrayLog()
  await writeKnowledge(log.asLog(), knowledgeOf(1, { session_alert_rate: 0.1 }))
  await writeKnowledge(log.asLog(), knowledgeOf(1, { session_alert_rate: 0.2 }))
  assert.equal((await latestKnowledge(log.asLog()))?.knowledge.session_alert_rate, 0.1)
  assert.equal((await readKnowledge(log.asLog(), 1))?.knowledge.session_alert_rate, 0.1)
})

test('a damaged version is refused, not read', async () => {
  const log = new ArrayLog()
  await writeKnowledge(log.asLog(), knowledgeOf(1))
  const [record] = log.partition(partition)
  assert.ok(record)
  const part = JSON.parse(record.value.toString())
  log.partition(partition)[0] = { ...record, value: Buffer.from(JSON.stringify({ ...part, piece: 'AAAA' })) }
  await assert.rejects(latestKnowledge(log.asLog()), BadKnowledge)
})

test('a marker goes to every partition of the topics that are judged', () => {
  const records = markerRecords(7, 3)
  assert.deepEqual(
    records.map(({ topic, partition: to, headers, value }) => [topic, to, headers?.type, String(value)]),
    ['agent.events.v1', 'agent.credentials.v1'].flatMap((topic) =>
      [0, 1, 2].map((to) => [topic, to, 'marker', '{"version":7}']),
    ),
  )
})

test('junk in the topic is reported and passed over, and a damaged version hides no sound one below it', async () => {
  const log = new ArrayLog()
  await writeKnowledge(log.asLog(), knowledgeOf(1))
  const header = (version: string) => ({ ...partition, key: 'k', headers: { version } })
  const part = { version: 9, part: 0, parts: 1, sha256: '0'.repeat(64), piece: 'AAAA' }
  await log.append([
    { ...header('2'), value: '{' },
    { ...header('3'), value: '{"version":3}' },
    { ...header('x'), value: 'null' },
    { ...header('4'), value: JSON.stringify({ ...part, version: 4, parts: 1e9 }) },
    { ...header('5'), value: JSON.stringify({ ...part, version: 5, part: 1 }) },
    { ...header('9'), value: JSON.stringify(part) },
  ])
  const reported: number[] = []
  const latest = await latestKnowledge(log.asLog(), ({ offset }) => reported.push(offset))
  assert.equal(latest?.knowledge.version, 1)
  assert.deepEqual(reported, [1, 2, 3, 4, 5])
  await assert.rejects(readKnowledge(log.asLog(), 9), BadKnowledge)
})

test('who wrote a version knows by its SHA-256 that it stands there whole and alone', async () => {
  const log = new ArrayLog()
  const from = () => knowledgeEnd(log.asLog())
  const table = randomBytes(900_000).toString('base64')
  const large = (version: number) =>
    knowledgeOf(version, { levels: [{ tenant: 'acme', group: '*', agents: 1, events: 1, table }] })
  const own = { from: await from(), sha256: await writeKnowledge(log.asLog(), large(1)) }
  assert.equal(await holdsOnly(log.asLog(), own), true)
  assert.equal(await holdsOnly(log.asLog(), { ...own, sha256: '0'.repeat(64) }), false)
  const end = await from()
  assert.equal(await holdsOnly(log.asLog(), { from: end, sha256: own.sha256 }), false)
  // Another wrote the same number before: the first whole one counts, whoever wrote the second.
  await writeKnowledge(log.asLog(), large(2))
  const second = await writeKnowledge(log.asLog(), knowledgeOf(2, { session_alert_rate: 0.2 }))
  assert.equal(await holdsOnly(log.asLog(), { from: end, sha256: second }), false)
  const last = await from()
  const cut = await writeKnowledge(log.asLog(), large(3))
  log.partition(partition).pop()
  assert.equal(await holdsOnly(log.asLog(), { from: last, sha256: cut }), false)
})
