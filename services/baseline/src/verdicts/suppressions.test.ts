import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { dayMs } from '@straylight/schemas/duration'
import { Policy } from '@straylight/schemas/policy'
import { suppressionsAt } from './suppressions.ts'

const start = 1_790_000_000_000
const policy = Policy.parse({ suppression: { days: 10, days_max: 20, per_tenant_max: 3 } }).suppression

let directory: string
let store: Store
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-suppressions-'))
  store = await openStore({ directory })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})
beforeEach(() => store.run({ name: 'empty', sql: 'TRUNCATE TABLE alerts' }, {}))

interface Said {
  readonly answer: string
  readonly at: number
  readonly suppress_days?: number
}

/** An alert as respond leaves it, with findings at `start` and a day later that score 40 and 60. */
async function alert(id: string, words: readonly Said[], change: Record<string, unknown> = {}): Promise<void> {
  const about = { tenant: 'acme', agent: 'bot', cause: 'volume', target: 'mail/send', ...change }
  const verdicts = words.map(({ answer, at, suppress_days }, place) => ({
    ...{ id: `vdt_${id}_${place}`, answer, issuer: 'soc', role: 'analyst', reason: 'r', time: at, taken_at: at + 5 },
    ...(suppress_days === undefined ? {} : { suppress_days }),
  }))
  const findings = [
    { score: 40, log_time: start },
    { score: 60, log_time: start + dayMs },
  ]
  const revision = words.length + 1
  const record = JSON.stringify({ id, revision, ...about, verdicts, findings })
  const place = { log_partition: 0, log_offset: 1, log_time: start, time: start, state: 'closed', severity: 'high' }
  const { tenant, agent, cause, target } = about
  await store.insert('alerts', [
    { ...{ tenant, agent, cause, target }, ...place, id, revision, response: 'alert', command_state: 'none', record },
  ])
}

const at = (madeAt: number) => suppressionsAt(store, { madeAt, policy })

test('a false verdict silences for the days of the policy, up to its factor times what was judged, and then lapses', async () => {
  await alert('alr_1', [{ answer: 'false', at: start + 10 }])
  assert.deepEqual(await at(start + 100), [
    {
      ...{ tenant: 'acme', agent: 'bot', cause: 'volume', target: 'mail/send', alert_id: 'alr_1', issuer: 'soc' },
      ...{ role: 'analyst', reason: 'r', verdict_id: 'vdt_alr_1_0', score_max: 50 },
      ...{ from: start + 15, until: start + 15 + 10 * dayMs },
    },
  ])
  assert.equal((await at(start + 10 * dayMs)).length, 1)
  assert.deepEqual(await at(start + 15 + 10 * dayMs), [])
})

test('a verdict may say for how long, never longer than the policy allows; none means none', async () => {
  await alert('alr_1', [{ answer: 'false', at: start, suppress_days: 300 }])
  await alert('alr_2', [{ answer: 'false', at: start, suppress_days: 0 }], { target: 'b' })
  const suppressions = await at(start)
  assert.deepEqual(
    suppressions.map(({ target, from, until }) => [target, (until - from) / dayMs]),
    [['mail/send', 20]],
  )
})

test('the last word counts, on this alert or on another of the same agent, cause and target', async () => {
  const no = { answer: 'false', at: start }
  await alert('alr_1', [no])
  await alert('alr_1', [no, { answer: 'true', at: start + 1 }])
  assert.deepEqual(await at(start), [])
  await alert('alr_2', [{ answer: 'false', at: start + 2 }])
  assert.deepEqual(
    (await at(start)).map(({ alert_id }) => alert_id),
    ['alr_2'],
  )
  await alert('alr_3', [{ answer: 'true', at: start + 3 }])
  assert.deepEqual(await at(start), [])
})

test('what was never looked at is not silenced: findings after the word, alerts without one, the one for many targets', async () => {
  await alert('alr_1', [{ answer: 'false', at: start - 1 }])
  await alert('alr_2', [{ answer: 'approve', at: start + 2 * dayMs }], { target: 'b' })
  await alert('alr_3', [], { target: 'c' })
  await alert('alr_4', [{ answer: 'false', at: start + 2 * dayMs }], { cause: 'behaviour', target: 'many targets' })
  assert.deepEqual(await at(start), [])
})

test('a tenant has so many at a time, the newest; another tenant has its own', async () => {
  for (let place = 0; place < 5; place++)
    await alert(`alr_${place}`, [{ answer: 'false', at: start + place }], { target: `t${place}` })
  await alert('alr_other', [{ answer: 'false', at: start }], { tenant: 'globex' })
  assert.deepEqual(
    (await at(start)).map(({ tenant, target }) => `${tenant} ${target}`),
    ['acme t2', 'acme t3', 'acme t4', 'globex mail/send'],
  )
})

test('one false word on what a role began silences it for each of its agents, and for nobody else', async () => {
  const role_change = {
    group: 'role:helpdesk',
    size: 3,
    joined_at: start,
    agents: [{ agent: 'amy' }, { agent: 'ben' }],
  }
  const begun = { agent: 'amy', cause: 'new_system', target: 'kb', role_change }
  await alert('alr_1', [{ answer: 'false', at: start + 2 * dayMs }], begun)
  const silenced = await at(start + 3 * dayMs)
  assert.deepEqual(
    silenced.map(({ agent, target }) => [agent, target]),
    [
      ['amy', 'kb'],
      ['ben', 'kb'],
    ],
  )
})
