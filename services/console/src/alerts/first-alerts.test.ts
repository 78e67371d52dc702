import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Query, Store } from '@straylight/runtime/store/store'
import fc from 'fast-check'
import type { Ask } from '../questions/ask.ts'
import { type AlertOrder, alertRowsQuestion } from './alert-rows.ts'
import { firstAlerts } from './first-alerts.ts'

// The first alerts are found without putting revisions together, which must answer what putting them together answers.

let folder: string
let store: Store
const asked: string[] = []
const ask = Object.assign(
  async <Parameters extends Record<string, unknown>, Row>(query: Query<Parameters, Row>, given: Parameters) => {
    asked.push(query.name)
    return store.query(query, given)
  },
  { waiting: () => 0 },
) satisfies Ask

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-first-alerts-'))
  store = await openStore({ directory: folder })
  // All revisions stay as they were stored.
  await store.run({ name: 'stop merges', sql: 'SYSTEM STOP MERGES alert_list' }, {})
})
after(async () => {
  await store?.close()
  await rm(folder, { recursive: true, force: true })
})

interface Revision {
  readonly alert: number
  readonly revision: number
  readonly severity: string
  readonly state: string
  readonly evidence: number
}

const alerts = 40
const rowOf = ({ alert, revision, severity, state, evidence }: Revision) => ({
  ...{ tenant: `t-${alert % 2}`, agent: 'bot', id: `alr_${alert}`, revision, severity, state, evidence_at: evidence },
  ...{
    log_time: evidence,
    time: evidence,
    opened_at: 1_000 + (alert % 7),
    cause: 'volume',
    target: 'crm',
    tier: 'low',
  },
  ...{
    response: 'alert',
    command_state: 'none',
    summary: 'It strayed.',
    owner: '',
    finding_count: 1,
    score: alert % 5,
  },
})
const revision = fc.record({
  alert: fc.nat(alerts - 1),
  revision: fc.integer({ min: 1, max: 20 }),
  severity: fc.constantFrom('low', 'medium', 'high', 'critical'),
  state: fc.constantFrom('open', 'open', 'closed'),
  evidence: fc.nat(3),
})
/** Many revisions of few alerts: what another revision took the place of fills whatever room there is. */
const parts = fc.array(fc.array(revision, { minLength: 20, maxLength: 120 }), { minLength: 1, maxLength: 4 })

const conditions = ['1', "a.state != 'closed'", "a.state = 'closed' AND a.severity IN ('high', 'critical')"]
const orders: AlertOrder[] = ['gravest', 'newest', 'score']

test('the first alerts are those that putting all revisions together finds, whatever lies beside them', async () => {
  await fc.assert(
    fc.asyncProperty(parts, fc.integer({ min: 1, max: 30 }), fc.boolean(), async (stored, rows, after) => {
      await store.run({ name: 'empty', sql: 'TRUNCATE TABLE alert_list' }, {})
      for (const part of stored) await store.insert('alert_list', part.map(rowOf))
      for (const sql of conditions)
        for (const order of orders) {
          const from = { n0: order === 'newest' ? -1_004 : -3, n1: -2, at_tenant: 't-0', at_id: 'alr_20' }
          const parameters = { tenant: '', ...(after ? from : {}) }
          const exact = await ask(alertRowsQuestion(sql, { order, after }), { ...parameters, rows })
          const found = await firstAlerts(ask, { sql, parameters: {} }, { order, after, rows, parameters })
          assert.deepEqual(found, exact, `${order} ${sql}`)
        }
    }),
    { numRuns: 8 },
  )
})

test('where other revisions fill the places, everything is put together', async () => {
  await store.run({ name: 'empty', sql: 'TRUNCATE TABLE alert_list' }, {})
  const open = Array.from({ length: 200 }, (_, alert) => ({ alert, severity: 'critical', state: 'open', evidence: 3 }))
  await store.insert('alert_list', [
    ...open.map((one) => rowOf({ ...one, revision: 1 })),
    rowOf({ alert: 300, revision: 1, severity: 'low', state: 'open', evidence: 1 }),
  ])
  await store.insert(
    'alert_list',
    open.map((one) => rowOf({ ...one, revision: 2, state: 'closed' })),
  )
  asked.length = 0
  const condition = { sql: "a.state != 'closed'", parameters: {} }
  const found = await firstAlerts(ask, condition, {
    order: 'gravest',
    after: false,
    rows: 10,
    parameters: { tenant: '' },
  })
  assert.deepEqual(
    found.map(({ id }) => id),
    ['alr_300'],
  )
  assert.deepEqual(
    asked.map((name) => name.replace('console: ', '')),
    ['places of alerts by gravest', 'alerts at places by gravest', 'alerts by gravest'],
  )
})
