import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { calibrate } from '@straylight/models/scoring/calibration'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { budgetFeedback } from './budget-feedback.ts'

const start = 7 * dayMs * 2_950
const calibration = calibrate(Array.from({ length: 2_000 }, (_, at) => -Math.log((at + 0.5) / 2_000)))
const model = { name: 'm', calibration } as ModelArtifact

let directory: string
let store: Store
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-feedback-'))
  store = await openStore({ directory })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})
beforeEach(async () => {
  for (const table of ['findings', 'held_out', 'sessions'])
    await store.run({ name: 'empty', sql: `TRUNCATE TABLE ${table}` }, {})
})

let offset = 0
interface Ended {
  readonly agent: string
  readonly week: number
  readonly risk: number
  readonly model?: string
  readonly tenant?: string
}

function ended(sessions: readonly Ended[]): Promise<void> {
  const rows = sessions.map(({ agent, week, risk, model: name = 'm', tenant = 'acme' }) => {
    offset++
    const at = start + week * 7 * dayMs + (offset % 160) * hourMs
    const place = { log_partition: 0, log_offset: offset, log_time: at }
    const times = { started_at: at - 60_000, ended_at: at }
    const about = { tenant, agent, session: `s${offset}`, ...times, events: 3, highest_score: 1 }
    const record = JSON.stringify({ model: name })
    return { ...about, ...place, highest_risk: risk, knowledge_version: 1, record }
  })
  return store.insert('sessions', rows)
}

/** Weeks of ten agents with 20 sessions each, of which so many a week are risky. */
const life = (weeks: number, risky: number, change: { agent?: string; model?: string } = {}): Ended[] =>
  Array.from({ length: weeks }, (_, week) =>
    Array.from({ length: 200 }, (__, at) => ({
      ...{ agent: `bot-${at % 10}`, week, risk: at < risky ? 30 : 0 },
      ...change,
    })),
  ).flat()

const factorAfter = async (weeks: number, has = (_agent: { agent: string }) => true) => {
  const eventTime = start + weeks * 7 * dayMs + hourMs
  const options = { eventTime, model, sessionAlertRate: 0.01, judged: [], counted: { has } }
  return (await budgetFeedback(store, options)).map(({ factor }) => factor)
}

test('from whole weeks alone: nothing is said before one is over', async () => {
  await ended(life(1, 20))
  assert.deepEqual(await factorAfter(0), [])
  const [first] = await factorAfter(1)
  assert.ok(first !== undefined && first > 1.2, `${first}`)
})

test('promise 19: too many alerting sessions raise p-values, none lower them a little, and the budget leaves them', async () => {
  await ended(life(4, 20))
  const [many] = await factorAfter(4)
  await store.run({ name: 'empty', sql: 'TRUNCATE TABLE sessions' }, {})
  await ended(life(4, 0))
  const [none] = await factorAfter(4)
  await store.run({ name: 'empty', sql: 'TRUNCATE TABLE sessions' }, {})
  await ended(life(4, 2))
  const [kept] = await factorAfter(4)
  assert.ok((many ?? 0) > 3, `${many}`)
  assert.ok((none ?? 0) >= 2 / 3 && (none ?? 0) < 0.7, `${none}`)
  assert.equal(kept, 1)
})

test('agents that do not count, sessions of another model and what was called true change nothing', async () => {
  await ended(life(2, 0))
  const [quiet] = await factorAfter(2)
  await ended(life(2, 50, { agent: 'made-up' }))
  await ended(life(2, 50, { model: 'older' }))
  const [same] = await factorAfter(2, ({ agent }) => agent !== 'made-up')
  assert.equal(same, quiet)

  const time = start + hourMs
  const times = { started_at: time - 1, ended_at: time }
  const about = { tenant: 'acme', agent: 'bot-1', session: 'stolen' }
  const place = { log_partition: 0, log_offset: 999_999, log_time: time }
  await store.insert('sessions', [
    {
      ...about,
      ...times,
      ...place,
      events: 3,
      highest_score: 1,
      highest_risk: 99,
      knowledge_version: 1,
      record: '{"model":"m"}',
    },
  ])
  const [alerting] = await factorAfter(2)
  const source = { source_partition: 0, source_offset: 1, source_index: 0 }
  const said = { tenant: 'acme', agent: 'bot-1', time, event_id: 'e' }
  const record = JSON.stringify({ target: 't' })
  await store.insert('findings', [
    {
      ...said,
      ...source,
      ...place,
      severity: 'high',
      score: 30,
      held_out: 0,
      id: 'fnd_1',
      session: 'stolen',
      cause: 'volume',
      risk: 99,
      record,
    },
  ])
  const mark = {
    hour: 1,
    source_topic: 'agent.audit.v1',
    state: 'confirmed',
    why: 'verdict_true',
    revision: 9,
    was_held: 0,
  }
  await store.insert('held_out', [
    { ...said, ...source, ...mark, finding_id: 'fnd_1', alert_id: 'alr_1', marked_at: time },
  ])
  const [confirmed] = await factorAfter(2)
  assert.ok((confirmed ?? 9) < (alerting ?? 0), `${alerting} to ${confirmed}`)
})

test('promise 19: one agent with risky sessions by the thousand takes no places of others, in no tenant', async () => {
  await ended(life(2, 20))
  const [alone] = await factorAfter(2)
  for (const tenant of ['acme', 'loud'])
    await ended(Array.from({ length: 21_000 }, (_, at) => ({ tenant, agent: 'bot-0', week: at % 2, risk: 90 })))
  const factors = await factorAfter(2)
  assert.equal(factors.length, 2)
  const [beside = 0] = factors
  assert.ok(alone !== undefined && alone > 1.2, `${alone}`)
  assert.ok(beside > 0.8 * alone && beside < 1.5 * alone, `${alone} alone, ${beside} beside the storm`)
})
