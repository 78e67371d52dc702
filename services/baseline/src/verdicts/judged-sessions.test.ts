import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { dayMs } from '@straylight/schemas/duration'
import type { Knowledge } from '@straylight/schemas/knowledge'
import { judgedSessions } from './judged-sessions.ts'
import { sessionCorrectionRows, sessionCorrectionsDue } from './session-corrections.ts'

const minute = 60_000
const start = 1_790_000_000_000

let directory: string
let store: Store
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-judged-'))
  store = await openStore({ directory })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})
beforeEach(async () => {
  for (const table of ['findings', 'held_out', 'sessions', 'session_corrections'])
    await store.run({ name: 'empty', sql: `TRUNCATE TABLE ${table}` }, {})
})

let offset = 0
interface Found {
  readonly session: string
  readonly risk?: number
  readonly word?: 'true' | 'false'
  readonly agent?: string
  readonly time?: number
  readonly model?: string
  readonly cause?: string
}

/** A finding, and what a person said of it. */
async function finding(of: Found): Promise<void> {
  const { session, risk = 9, word, agent = 'bot', time = start, model = 'm', cause = 'volume' } = of
  offset++
  const [id, about] = [`fnd_${offset}`, { tenant: 'acme', agent, time, event_id: `e-${offset}` }]
  const source = { source_partition: 0, source_offset: offset, source_index: 0 }
  const record = JSON.stringify({ evidence: { model } })
  const place = { log_partition: 0, log_offset: offset, log_time: time, severity: 'high', score: 30, held_out: 0 }
  await store.insert('findings', [{ ...about, ...source, ...place, id, session, cause, risk, record }])
  if (word === undefined) return
  const state = word === 'false' ? 'released' : 'confirmed'
  const mark = { hour: 1, source_topic: 'agent.audit.v1', state, why: `verdict_${word}`, revision: 9, was_held: 0 }
  await store.insert('held_out', [{ ...about, ...source, ...mark, finding_id: id, alert_id: 'alr_1', marked_at: time }])
}

async function ended(session: string, usual: boolean | undefined, change: { agent?: string; at?: number } = {}) {
  const { agent = 'bot', at = start } = change
  offset++
  const place = { log_partition: 0, log_offset: offset, log_time: at }
  const times = { started_at: at - minute, ended_at: at + minute }
  const about = { tenant: 'acme', agent, session, ...times, events: 3, highest_score: 30, highest_risk: 9 }
  const record = JSON.stringify({ ...about, ...(usual === undefined ? {} : { usual }) })
  await store.insert('sessions', [{ ...about, ...place, knowledge_version: 1, record }])
}

const judged = () =>
  judgedSessions(store, {
    eventTime: start + minute,
    model: 'm',
    counted: { has: ({ agent }) => !agent.startsWith('made-up') },
  })
const due = async () =>
  (await sessionCorrectionsDue(store)).map(({ agent, session, sign }) => `${sign} ${agent} ${session}`)

test('a session called false counts once, with its highest risk, among those that ended', async () => {
  await finding({ session: 'a', risk: 5, word: 'false' })
  await finding({ session: 'a', risk: 7, word: 'false' })
  await finding({ session: 'b', risk: 3, word: 'false', agent: 'peer' })
  await finding({ session: 'c', risk: 99 })
  for (const session of ['a', 'b', 'c', 'd']) await ended(session, true)
  assert.deepEqual(await judged(), [{ tenant: 'acme', sessions: 4, risks: [3, 7] }])
})

test('promise 11: sessions of agents that do not count are neither called ordinary nor counted among those that ended', async () => {
  await finding({ session: 'a', risk: 5, word: 'false' })
  for (const session of ['a', 'b']) await ended(session, true)
  const before = await judged()
  for (let agent = 0; agent < 40; agent++) {
    await finding({ session: 's', risk: 50, word: 'false', agent: `made-up-${agent}` })
    await ended('s', true, { agent: `made-up-${agent}` })
  }
  assert.deepEqual(await judged(), before)
})

test('no session of which a part is true, no other model, no cause that says nothing of risk, nothing too old', async () => {
  await finding({ session: 'a', word: 'false' })
  await finding({ session: 'a', word: 'true' })
  await finding({ session: 'b', word: 'false', model: 'older' })
  await finding({ session: 'c', word: 'false', cause: 'credential_shared' })
  await finding({ session: 'd', word: 'false', time: start - 91 * dayMs })
  assert.deepEqual(await judged(), [])
})

test('one agent gives so many risks and no more', async () => {
  for (let at = 0; at < 14; at++) await finding({ session: `s${at}`, risk: at, word: 'false', time: start + at })
  assert.deepEqual(await judged(), [{ tenant: 'acme', sessions: 10, risks: [4, 5, 6, 7, 8, 9, 10, 11, 12, 13] }])
})

test('a session called true leaves the usual ones, one called false joins them, each once and in its own time', async () => {
  await finding({ session: 'stolen', word: 'true' })
  await ended('stolen', true)
  await finding({ session: 'strange', word: 'false' })
  await ended('strange', false)
  await finding({ session: 'known', word: 'false' })
  await ended('known', true)
  await finding({ session: 'held', word: 'true' })
  await ended('held', false)
  // The same name at another time, and a record that does not say: nothing is known of either.
  await ended('stolen', true, { at: start + 600 * minute })
  await finding({ session: 'old', word: 'true', agent: 'peer' })
  await ended('old', undefined, { agent: 'peer' })
  assert.deepEqual((await due()).sort(), ['-1 bot stolen', '1 bot strange'])

  const session_corrections = await sessionCorrectionsDue(store)
  const rows = sessionCorrectionRows({ version: 4, session_corrections } as unknown as Knowledge)
  await store.insert('session_corrections', rows)
  await store.insert('session_corrections', rows)
  assert.deepEqual(await due(), [])
})
