import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { dayMs, minuteMs } from '@straylight/schemas/duration'
import { type Browser, type ConsoleRun, openConsoleRun } from '../test-support/console-run.ts'
import { revokingPolicy } from '../test-support/embedded-run.ts'
import { nativeRecord } from '../test-support/native-line.ts'
import { historyOf, officeWork } from '../test-support/office-work.ts'

// The console over a real deployment: real log, real store, a real server on a port.

const agents = ['bot-0', 'bot-1', 'bot-2', 'bot-3']
const liveFrom = Date.parse('2026-03-12T00:00:00Z')

let up: ConsoleRun
let analyst: Browser
let approver: Browser
let now = liveFrom
before(async () => {
  up = await openConsoleRun({
    now: () => now,
    policy: {
      ...revokingPolicy,
      budget: { session_alert_rate: 0.01 },
      tiers: { medium: { low: 'approve', medium: 'approve', high: 'approve', critical: 'approve' } },
    },
    registry: {
      version: 1,
      internal: { domains: ['acme.example'] },
      agents: [
        {
          agent: 'bot-0',
          owner: 'dana@acme.example',
          role: 'clerk',
          boundary: { systems: ['mail', 'crm', 'erp'], actions: ['send'] },
        },
        { agent: 'never', tier: 'low' },
      ],
    },
    issuers: [
      { name: 'ana', roles: ['analyst'] },
      { name: 'app', roles: ['analyst', 'approver'] },
    ],
  })
  await up.run.baseline().importHistory(historyOf(officeWork({ agents, from: liveFrom - 20 * dayMs, days: 20 })))
  await up.run.drain()
  now += minuteMs
  await up.run.log.append([
    nativeRecord({
      id: 'e1',
      agent: 'bot-0',
      session: 's1',
      time: now,
      system: 'crm',
      action: 'contacts.find',
      bytes_received: 2_000,
    }),
    nativeRecord({
      id: 'e2',
      agent: 'bot-0',
      session: 's1',
      time: now + 1,
      system: 'mail',
      action: 'send',
      destinations: ['colleague-1@acme.example'],
      bytes_sent: 900_000,
      credential: { id: 'tok-1' },
    }),
    nativeRecord({
      id: 'e3',
      agent: 'bot-0',
      session: 's1',
      time: now + 2,
      system: 'vault',
      action: 'secrets.read',
      privilege: 'admin',
      destinations: ['evil.example'],
      bytes_sent: 5_000,
    }),
  ])
  await up.run.drain()
  await up.addUser({ name: 'ana', role: 'analyst' })
  await up.addUser({ name: 'app', role: 'approver' })
  analyst = await up.browser('ana')
  approver = await up.browser('app')
})
after(() => up?.close())

test('each page answers in the form that the contract says', async () => {
  const page = await analyst.ask('alerts')
  console.log(JSON.stringify(page.items[0], null, 1))
  const [alert] = page.items
  assert.ok(alert)
  const detail = await analyst.ask('alert', { id: alert.id })
  console.log(JSON.stringify(detail, null, 1).slice(0, 6000))
  const t = performance.now()
  for (const name of [
    'overview',
    'agents',
    'leastPrivilege',
    'approvals',
    'suppressions',
    'rejections',
    'registryGaps',
    'policy',
    'health',
    'alertGroups',
  ] as const) {
    const answer = await analyst.ask(name)
    console.log(name, JSON.stringify(answer).slice(0, 1500), performance.now() - t)
  }
  const agent = await analyst.ask('agent', { tenant: 'default', agent: 'bot-0' })
  console.log(JSON.stringify(agent).slice(0, 3000))
  console.log(
    JSON.stringify(await analyst.ask('session', { tenant: 'default', agent: 'bot-0', session: 's1' })).slice(0, 2500),
  )
  console.log(JSON.stringify(await analyst.ask('explain', { event: 'e3' })).slice(0, 3000))
  void approver
})
