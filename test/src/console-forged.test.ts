import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { dayMs } from '@straylight/schemas/duration'
import { topics } from '@straylight/schemas/topics'
import { type Browser, type ConsoleRun, openConsoleRun } from '../test-support/console-run.ts'
import { alertingPolicy } from '../test-support/embedded-run.ts'
import { nativeRecord } from '../test-support/native-line.ts'
import { historyOf, officeWork } from '../test-support/office-work.ts'

// What somebody who may write a topic puts there, and what people see of it at the console.

let up: ConsoleRun
before(async () => {
  up = await openConsoleRun({
    policy: alertingPolicy,
    registry: { version: 1, agents: [{ tenant: 'acme', agent: 'bot', boundary: { systems: ['crm'] } }] },
    issuers: [{ name: 'ana', roles: ['analyst'] }],
  })
  const now = Date.now()
  const work = historyOf(officeWork({ agents: ['bot'], from: now - 20 * dayMs, days: 19 }))
  await up.run.baseline().importHistory(work.map((event) => ({ ...event, tenant: 'acme' })))
  await up.run.drain()
  const event = { tenant: 'acme', agent: 'bot', session: 's1', action: 'secrets.read' }
  await up.run.log.append(
    ['vault', 'payroll'].map((system) => nativeRecord({ ...event, id: `e-${system}`, time: now, system })),
  )
  await up.run.drain()
  await up.addUser({ name: 'ana', role: 'analyst' })
})
after(() => up?.close())

const alerts = async (browser: Browser) => (await browser.ask('alerts', { state: 'all' })).items
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

test('a verdict that nobody signed is shown of no alert that is alike', async () => {
  const ana = await up.browserOf('ana')
  const [first, second] = await alerts(ana)
  assert.ok(first !== undefined && second !== undefined)
  const answering = ana.say('verdicts', {
    alerts: [{ id: first.id, revision: first.revision }],
    answer: 'true',
    reason: 'looked at it',
  })
  await up.until(async () => {
    await up.run.drain()
    return Promise.race([answering.then(() => true), new Promise<false>((done) => setTimeout(done, 50, false))])
  })
  const forged = {
    id: 'vdt_forged',
    alert_id: first.id,
    tenant: 'acme',
    answer: 'false',
    reason: 'announced migration',
  }
  const token = [
    part({ alg: 'EdDSA', typ: 'straylight-verdict+jws' }),
    part({ ...forged, issuer: 'ana', role: 'analyst', time: Date.now() }),
    Buffer.alloc(64).toString('base64url'),
  ].join('.')
  await up.run.log.append([{ topic: topics.verdicts.name, key: first.id, value: token }])
  await up.run.drain()
  const { alike } = await ana.ask('alert', { id: second.id })
  const shown = alike.items.find(({ alert }) => alert.id === first.id)
  assert.deepEqual(
    shown?.verdicts.map(({ answer, reason }) => [answer, reason]),
    [['true', 'looked at it']],
  )
})

test('a name that somebody wrote with a time to come gives way to what is said at the console', async () => {
  const ana = await up.browserOf('ana')
  const [first] = await alerts(ana)
  assert.ok(first !== undefined)
  const { id, tenant, agent } = first
  const said = { tenant, agent, alert_id: id, assignee: 'mallory', assigned_by: 'ana' }
  const value = JSON.stringify({ ...said, assigned_at: Date.UTC(2096, 0, 1) })
  await up.run.log.append([{ topic: topics.assignees.name, key: id, value }])
  await up.run.drain()
  const shown = async () => (await alerts(ana)).find((alert) => alert.id === id)?.assignee?.name
  assert.equal(await shown(), 'mallory')
  await ana.say('assign', { alert_id: id, assignee: 'ana', was: 'mallory' })
  assert.equal(await shown(), 'ana')
  await up.run.drain()
  assert.equal(await shown(), 'ana')
})
