import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assigneesInLog } from '@straylight/console/alerts/assignees-in-log'
import { dayMs } from '@straylight/schemas/duration'
import { topics } from '@straylight/schemas/topics'
import { type Browser, type ConsoleRun, openConsoleRun } from '../test-support/console-run.ts'
import { alertingPolicy } from '../test-support/embedded-run.ts'
import { nativeRecord } from '../test-support/native-line.ts'
import { historyOf, officeWork } from '../test-support/office-work.ts'

// Who works on an alert: taken, given away, given back; found, audited, and walled in by tenants.

let up: ConsoleRun
before(async () => {
  up = await openConsoleRun({
    policy: alertingPolicy,
    registry: {
      version: 1,
      agents: ['acme', 'globex'].map((tenant) => ({ tenant, agent: 'bot', boundary: { systems: ['crm'] } })),
    },
  })
  const now = Date.now()
  const work = historyOf(officeWork({ agents: ['bot'], from: now - 20 * dayMs, days: 19 }))
  await up.run
    .baseline()
    .importHistory(['acme', 'globex'].flatMap((tenant) => work.map((event) => ({ ...event, tenant }))))
  await up.run.drain()
  const event = { agent: 'bot', session: 's1', system: 'vault', action: 'secrets.read', credential: { id: 'tok' } }
  await up.run.log.append(
    ['acme', 'globex'].map((tenant) => nativeRecord({ tenant, id: `e-${tenant}`, time: now, ...event })),
  )
  await up.run.drain()
  await up.addUser({ name: 'ana', role: 'analyst' })
  await up.addUser({ name: 'bo', role: 'approver' })
  await up.addUser({ name: 'eve', role: 'analyst', tenant: 'acme' })
  await up.addUser({ name: 'gil', role: 'analyst', tenant: 'globex' })
  await up.addUser({ name: 'vi', role: 'viewer' })
})
after(() => up?.close())

const alertIn = async (browser: Browser, tenant: string) => {
  const { items } = await browser.ask('alerts', { tenant, state: 'all' })
  return items[0] ?? assert.fail(`no alert in ${tenant}`)
}
const found = async (browser: Browser, search: string) =>
  (await browser.ask('alerts', { search, state: 'all' })).items.map(({ tenant }) => tenant).sort()
const refused = async (browser: Browser, body: unknown) => {
  const response = await browser.fetch('/api/assignees', { method: 'POST', body: JSON.stringify(body) })
  return [response.status, ((await response.json()) as { code?: string }).code]
}

test('an analyst takes an alert, gives it away and back; queue, page, search and log say whose it is', async () => {
  const ana = await up.browserOf('ana')
  const { id } = await alertIn(ana, 'acme')
  const taken = await ana.say('assign', { alert_id: id, assignee: 'ana', was: null })
  assert.deepEqual([taken.assignee, taken.assigned_by], ['ana', 'ana'])
  // At once where it is shown; in the search when the store has its copy.
  assert.equal((await alertIn(ana, 'acme')).assignee?.name, 'ana')
  assert.equal((await ana.ask('alert', { id })).alert.assignee?.name, 'ana')
  await up.run.drain()
  assert.deepEqual(await found(ana, 'assignee:ana'), ['acme'])
  assert.deepEqual(await found(ana, 'assignee:AN*'), ['acme'])
  assert.deepEqual(await found(ana, '-assignee:ana'), ['globex'])
  assert.deepEqual(await found(ana, 'assignee:*'), ['acme'])
  assert.deepEqual(await found(ana, 'assignee:""'), ['globex'])
  assert.deepEqual(await found(ana, '-assignee:""'), ['acme'])
  assert.deepEqual(await found(ana, 'assignee:an'), [])
  const { total } = await ana.ask('alerts', { search: 'assignee:ana', state: 'all' })
  assert.equal(total, 1)
  assert.equal((await ana.ask('alertGroups', { search: 'assignee:ana', state: 'all' })).groups.length, 1)

  await ana.say('assign', { alert_id: id, assignee: 'bo', was: 'ana' })
  await up.run.drain()
  assert.deepEqual([await found(ana, 'assignee:ana'), await found(ana, 'assignee:bo')], [[], ['acme']])
  const bo = await up.browserOf('bo')
  const { assignee } = (await bo.ask('alert', { id })).alert
  assert.deepEqual([assignee?.name, assignee?.by], ['bo', 'ana'])
  assert.deepEqual([...(await assigneesInLog(up.run.log, new Map([[id, 'acme']])))], [[id, 'bo']])

  await bo.say('assign', { alert_id: id, assignee: null, was: 'bo' })
  await up.run.drain()
  assert.deepEqual([await found(ana, 'assignee:*'), (await alertIn(ana, 'acme')).assignee], [[], null])
  assert.deepEqual([...(await assigneesInLog(up.run.log, new Map([[id, 'acme']])))], [])
  assert.match(up.logged(), new RegExp(`"user":"ana".*"route":"assign","subject":"${id} assignee:bo"`))
})

test('of many who take one at once, one has it and the others hear of it', async () => {
  const ana = await up.browserOf('ana')
  const bo = await up.browserOf('bo')
  const { id } = await alertIn(ana, 'globex')
  const all = await Promise.all(
    [ana, bo, ana, bo].map((one, at) =>
      refused(one, { alert_id: id, assignee: at % 2 === 0 ? 'ana' : 'bo', was: null }),
    ),
  )
  assert.deepEqual(all.filter(([status]) => status === 200).length, 1)
  assert.ok(
    all.every(([status, code]) => status === 200 || (status === 409 && code === 'changed_since')),
    String(all),
  )
  const holder = (await alertIn(ana, 'globex')).assignee?.name ?? null
  await ana.say('assign', { alert_id: id, assignee: null, was: holder })
})

test('tenants are walls: nobody gives, gets or finds what is not theirs', async () => {
  const ana = await up.browserOf('ana')
  const eve = await up.browserOf('eve')
  const [own, others] = [await alertIn(ana, 'acme'), await alertIn(ana, 'globex')]
  assert.deepEqual(await refused(eve, { alert_id: others.id, assignee: 'eve', was: null }), [404, 'not_found'])
  assert.equal((await eve.fetch(`/api/assignees?alert=${others.id}`)).status, 404)
  // Whoever sees another tenant alone is not even named.
  const { names } = await eve.ask('assignees', { alert: own.id })
  assert.deepEqual(names, ['ana', 'bo', 'eve'])
  assert.deepEqual(await refused(eve, { alert_id: own.id, assignee: 'gil', was: null }), [400, 'bad_request'])
  assert.deepEqual(await refused(ana, { alert_id: own.id, assignee: 'gil', was: null }), [400, 'bad_request'])
  await ana.say('assign', { alert_id: others.id, assignee: 'gil', was: null })
  await up.run.drain()
  assert.deepEqual(await found(eve, 'assignee:gil'), [])
  assert.deepEqual(await found(eve, 'assignee:*'), [])
  // The record of another tenant, or of a made-up one, puts nothing on an alert of this one.
  const value = JSON.stringify({
    tenant: 'globex',
    agent: 'bot',
    alert_id: own.id,
    assignee: 'gil',
    assigned_by: 'x',
    assigned_at: 9e12,
  })
  await up.run.log.append([{ topic: topics.assignees.name, key: own.id, value }])
  await up.run.drain()
  assert.equal((await eve.ask('alert', { id: own.id })).alert.assignee, null)
  assert.equal((await alertIn(eve, 'acme')).assignee, null)
  assert.equal((await alertIn(ana, 'acme')).assignee, null)
})

test('who may not answer alerts assigns none, and rubbish assigns nothing', async () => {
  const [ana, vi] = [await up.browserOf('ana'), await up.browserOf('vi')]
  const { id } = await alertIn(ana, 'acme')
  assert.deepEqual(await refused(vi, { alert_id: id, assignee: 'vi', was: null }), [403, 'not_allowed'])
  assert.deepEqual(await refused(ana, { alert_id: id, assignee: 'vi', was: null }), [400, 'bad_request'])
  for (const body of [
    { alert_id: id, assignee: '', was: null },
    { alert_id: id, assignee: 'x'.repeat(101), was: null },
    { alert_id: id, assignee: 7, was: null },
    { alert_id: id, assignee: 'ana' },
    { alert_id: id, assignee: 'ana', was: null, by: 'bo' },
    { alert_id: id, assignee: "ana'; DROP TABLE assignees", was: null },
  ])
    assert.deepEqual(await refused(ana, body), [400, 'bad_request'], JSON.stringify(body))
  assert.deepEqual(await refused(ana, { alert_id: 'alr_none', assignee: 'ana', was: null }), [404, 'not_found'])
  // A record that is none keeps its place in the store and stops nothing.
  await up.run.log.append([
    { topic: topics.assignees.name, key: 'x', value: 'no json' },
    { topic: topics.assignees.name, key: 'x', value: '{"alert_id":"alr_1"}' },
  ])
  await up.run.drain()
  await ana.say('assign', { alert_id: id, assignee: 'ana', was: null })
  await up.run.drain()
  assert.deepEqual(await found(ana, 'assignee:ana'), ['acme'])
})
