import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Digests } from '@straylight/console/contract/digests'
import { openKeys } from '@straylight/respond/command/signing-keys'
import { dayMs } from '@straylight/schemas/duration'
import { Policy } from '@straylight/schemas/policy'
import { sendDigests } from 'straylight/digest/send-digests'
import { type ConsoleRun, openConsoleRun } from '../test-support/console-run.ts'
import { nativeRecord } from '../test-support/native-line.ts'
import { historyOf, officeWork } from '../test-support/office-work.ts'
import { straylight } from '../test-support/straylight.ts'

// The day of each owner's agents, over a real store and a real receiver.

const agents = ['bot-0', 'bot-1']
const strange = 'evil <!channel> [x](http://evil.example)'
const now = Date.now()
const day = new Date(now).toISOString().slice(0, 10)

let up: ConsoleRun
let data: string
const taken: { path: string; body: string }[] = []
const answer = { status: 200 }
const receiver = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    taken.push({ path: request.url ?? '', body: Buffer.concat(parts).toString() })
    response.writeHead(answer.status).end('ok')
  })
})

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'straylight-digest-'))
  await (await openKeys(join(data, 'keys'))).webhookSecret('own')
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const boundary = { systems: ['mail', 'crm', 'erp', 'hr', 'unused-system'] }
  up = await openConsoleRun({
    policy: { budget: { session_alert_rate: 0.01 }, learning: { days: 0 } },
    registry: {
      version: 1,
      agents: [
        { agent: 'bot-0', owner: 'dana@acme.example', boundary },
        { agent: 'bot-1', owner: 'quiet@acme.example', boundary },
        { tenant: 'other', agent: 'bot-9', owner: 'dana@acme.example' },
        ...Array.from({ length: 1_200 }, (_, at) => ({ agent: `many-${at}`, owner: 'many@acme.example', boundary })),
      ],
    },
  })
  await up.run.baseline().importHistory(historyOf(officeWork({ agents, from: now - 20 * dayMs, days: 18 })))
  await up.run.drain()
  const at = Math.floor(now / dayMs) * dayMs + 1
  await up.run.log.append([
    nativeRecord({ id: 'e1', agent: 'bot-0', session: 's', time: at, system: 'vault', action: 'secrets.read' }),
    nativeRecord({ id: 'e2', agent: 'bot-0', session: 's', time: at + 1, system: strange, action: 'run' }),
    nativeRecord({ id: 'e3', tenant: 'other', agent: 'bot-9', session: 's', time: at, system: 'mail', action: 'send' }),
    ...Array.from({ length: 1_200 }, (_, of) =>
      nativeRecord({ id: `m${of}`, agent: `many-${of}`, session: 's', time: at, system: 'crm', action: 'find' }),
    ),
  ])
  await up.run.drain()
  await up.addUser({ name: 'vera', role: 'viewer' })
  await up.addUser({ name: 'ola', role: 'viewer', tenant: 'other' })
})
after(async () => {
  await up?.close()
  receiver.closeAllConnections()
  receiver.close()
  await rm(data, { recursive: true, force: true })
})

test('a stopped folder without a registry says that owners are not known, and how to give them', async () => {
  const { code, err } = await straylight(['digest', '--print', '--json'], { STRAYLIGHT_DATA: data })
  assert.equal(code, 2)
  assert.match(err, /Owners stand in the registry of agents, and none was given: set STRAYLIGHT_REGISTRY to the file/)
})

const url = () => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
const webhooksOf = (...webhooks: object[]) =>
  Policy.parse({ webhooks: webhooks.map((one) => ({ allow_private: true, ...one })) }).webhooks
const ownerOf = (digests: Digests, owner: string, tenant = 'default') =>
  digests.owners.find((one) => one.owner === owner && one.tenant === tenant)

test('a digest tells what is new, what alerted and what is granted and unused; an owner without news has none', async () => {
  const vera = await up.browserOf('vera')
  const digests = await vera.ask('digests', { day })
  const dana = ownerOf(digests, 'dana@acme.example')
  assert.deepEqual([dana?.agents, dana?.heard], [1, 1])
  const steps = dana?.new_uses.items.filter(({ kind }) => kind === 'step')
  assert.deepEqual(
    steps?.map(({ name, new_system }) => [name, new_system]),
    [
      ['vault/secrets.read', true],
      [`${strange}/run`, true],
    ],
  )
  assert.ok((dana?.alerts.items.length ?? 0) > 0)
  assert.deepEqual(dana?.unused.items, [{ agent: 'bot-0', systems: ['hr', 'unused-system'], actions: [] }])
  assert.equal(ownerOf(digests, 'quiet@acme.example'), undefined, 'nothing happened')
  assert.equal(digests.quiet, 1)
  const many = ownerOf(digests, 'many@acme.example')
  assert.deepEqual([many?.agents, many?.new_uses.items.length, many?.new_uses.more], [1_200, 200, true])
  assert.deepEqual((await vera.ask('digests', { day: '2001-01-01' })).owners, [])
})

test('who is bound to a tenant reads the digests of that tenant alone', async () => {
  const ola = await up.browserOf('ola')
  const { owners } = await ola.ask('digests', { day })
  assert.deepEqual(
    owners.map(({ tenant, owner }) => [tenant, owner]),
    [['other', 'dana@acme.example']],
  )
  await assert.rejects(ola.ask('digests', { day, tenant: 'default' }), /404/)
})

test("it goes to the owner's own webhooks, of the tenants that they hear of, once a day, with names that are no markup", async () => {
  const digests = await (await up.browserOf('vera')).ask('digests', { day })
  const webhooks = webhooksOf(
    { name: 'dana', url: `${url()}/dana`, format: 'slack', owners: ['dana@acme.example'], tenants: ['default'] },
    { name: 'teams', url: `${url()}/teams`, format: 'teams', owners: ['many@*', '*@acme.example'] },
    { name: 'own', url: `${url()}/own`, owners: ['dana@acme.example'], tenants: ['other'] },
    { name: 'all', url: `${url()}/all`, format: 'slack' },
    { name: 'duty', url: `${url()}/duty`, format: 'pagerduty', token: 'x'.repeat(32), owners: ['*@acme.example'] },
  )
  const sent = await sendDigests(digests, { data, webhooks, now })
  assert.deepEqual(new Set(sent.map(({ result }) => result)), new Set(['sent']))
  assert.deepEqual(taken.map(({ path }) => path).sort(), ['/dana', '/own', '/teams', '/teams', '/teams'])
  const [slack] = taken.filter(({ path }) => path === '/dana')
  assert.doesNotMatch(slack?.body ?? '', /<!channel>|\(http:\/\/evil/)
  for (const { body } of taken) assert.ok(Buffer.byteLength(body) < 20_000)
  const own = JSON.parse(taken.find(({ path }) => path === '/own')?.body ?? '')
  assert.deepEqual([own.type, own.data.tenant], ['agent.digest.daily', 'other'])
  const again = await sendDigests(digests, { data, webhooks, now })
  assert.deepEqual(new Set(again.map(({ result }) => result)), new Set(['sent_before']))
  assert.equal(taken.length, 5)
})

test('what a receiver does not take is sent again by the next call, and of two calls at once one sends', async () => {
  const digests = await (await up.browserOf('vera')).ask('digests', { day, owner: 'dana@acme.example' })
  const webhooks = webhooksOf({ name: 'late', url: `${url()}/late`, format: 'slack', owners: ['dana@acme.example'] })
  answer.status = 503
  const refused = await sendDigests(digests, { data, webhooks, now })
  assert.deepEqual(new Set(refused.map(({ result }) => result)), new Set(['failed']))
  answer.status = 200
  taken.length = 0
  const both = await Promise.all([1, 2].map(() => sendDigests(digests, { data, webhooks, now })))
  assert.equal(taken.length, 2, 'one of each tenant')
  assert.deepEqual(
    both
      .flat()
      .map(({ result }) => result)
      .sort(),
    ['sent', 'sent', 'sent_before', 'sent_before'],
  )
})
