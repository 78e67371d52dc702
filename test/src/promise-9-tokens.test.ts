import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { openEventEndpoint } from '@straylight/ingest/endpoint/open-event-endpoint'
import { temporaryKeys } from '@straylight/respond/command/signing-keys'
import { signVerdict } from '@straylight/respond/verdict/verdict-token'
import { AgentEvent } from '@straylight/schemas/agent-event'
import type { EventToken } from '@straylight/schemas/event-token'
import { Rejection } from '@straylight/schemas/rejection'
import { topics } from '@straylight/schemas/topics'
import type { Verdict } from '@straylight/schemas/verdict'
import { type EmbeddedRun, openEmbeddedRun, recordsOfTopic, revokingPolicy } from '../test-support/embedded-run.ts'
import { lentCredential } from '../test-support/native-line.ts'

// Promise 9: nobody without a token sends events, and nobody without the right role answers an approval.

const start = Date.parse('2026-03-12T08:00:00Z')
let now = start + 30_000
const issuers = { approver: await temporaryKeys(), analyst: await temporaryKeys(), elsewhere: await temporaryKeys() }
const stranger = await temporaryKeys()

const approve = { low: 'approve', medium: 'approve', high: 'approve', critical: 'approve' }
const policy = {
  ...revokingPolicy,
  tiers: { low: approve, medium: approve, high: approve, critical: approve },
  issuers: Object.entries(issuers).map(([name, keys]) => ({
    name,
    public_key: keys.commands.publicKey.x,
    roles: name === 'analyst' ? ['analyst', 'owner'] : ['approver'],
    tenants: name === 'elsewhere' ? ['other'] : ['*'],
  })),
}

const tokenOf = (name: string, binding: Pick<EventToken, 'tenant' | 'agents'>): EventToken => ({
  name,
  token_sha256: createHash('sha256').update(`token-of-${name}`).digest('hex'),
  ...binding,
})
const tokens = [tokenOf('acme', { tenant: 'acme' }), tokenOf('narrow', { tenant: 'acme', agents: ['planner'] })]

let run: EmbeddedRun
let endpoint: Awaited<ReturnType<typeof openEventEndpoint>>
before(async () => {
  const agents = ['bot-1', 'bot-2'].map((agent) => ({ agent }))
  run = await openEmbeddedRun({ policy, registry: { version: 1, agents }, now: () => now })
  endpoint = await openEventEndpoint({ log: run.log, tokens, now: () => now, host: '127.0.0.1', port: 0 })
})
after(async () => {
  await endpoint.close()
  await run.close()
})

let sent = 0
async function post(authorization: string | undefined, event: { agent: string; tenant?: string }): Promise<number> {
  const body = { id: `e${sent++}`, time: new Date(start).toISOString(), system: 's', action: 'a', ...event }
  const headers = { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) }
  const response = await fetch(`${endpoint.url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(body) })
  await response.text()
  return response.status
}

test('without a token that is known, nothing reaches the log', async () => {
  const known = `Bearer token-of-acme`
  const wrong = [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer token-of-acm',
    `Basic ${btoa('token-of-acme:')}`,
    `${known}x`,
  ]
  for (const authorization of [...wrong, `Bearer ${tokens[0]?.token_sha256}`, 'token-of-acme'])
    assert.equal(await post(authorization, { agent: 'a' }), 401, String(authorization))
  for (const { name } of [topics.audit, topics.rejected]) assert.deepEqual(await recordsOfTopic(run.log, name), [])
  assert.equal(await post(known, { agent: 'a' }), 202)
})

test('a token speaks for its tenant and its agents, whatever the record says', async () => {
  const statuses = [
    await post('Bearer token-of-acme', { agent: 'b', tenant: 'acme' }),
    await post('Bearer token-of-acme', { agent: 'b', tenant: 'other' }),
    await post('Bearer token-of-narrow', { agent: 'planner' }),
    await post('Bearer token-of-narrow', { agent: 'b' }),
  ]
  assert.deepEqual(statuses, [202, 403, 202, 403])
  await run.drain()
  const events = (await recordsOfTopic(run.log, topics.events.name)).map(
    (text) => AgentEvent.safeParse(JSON.parse(text)).data,
  )
  const reported = events.flatMap((event) => (event === undefined ? [] : [`${event.tenant}/${event.agent}`]))
  assert.deepEqual(reported.sort(), ['acme/a', 'acme/b', 'acme/planner'])
  const rejections = (await recordsOfTopic(run.log, topics.rejected.name)).map((text) =>
    Rejection.parse(JSON.parse(text)),
  )
  assert.deepEqual(rejections.map(({ code, origin }) => [code, origin]).sort(), [
    ['not_permitted', 'token acme'],
    ['not_permitted', 'token narrow'],
  ])
})

test('a held command goes out on the word of an approver of its tenant, and on nobody else’s', async () => {
  await run.log.append(lentCredential({ name: 'jti', time: start, lender: 'bot-1', borrower: 'bot-2' }))
  await run.drain()
  const [alert] = run.respond().alerts()
  assert.equal(alert?.state, 'awaiting_approval')
  const said = async (by: Awaited<ReturnType<typeof temporaryKeys>>, verdict: Partial<Verdict>) => {
    const whole: Verdict = {
      ...{ id: `vdt_${sent++}`, alert_id: alert?.id ?? '', tenant: 'default', answer: 'approve', reason: 'known' },
      ...{ alert_revision: alert?.revision, command_id: alert?.command?.id },
      ...{ issuer: 'approver', role: 'approver', time: now },
      ...verdict,
    }
    return signVerdict(whole, by.commands)
  }
  const approved = await said(issuers.approver, {})
  const [head, , signature] = approved.split('.')
  const forged = `${head}.${Buffer.from('{"alert_id":"x"}').toString('base64url')}.${signature}`
  const refused = [
    await said(stranger, {}),
    await said(stranger, { issuer: 'nobody' }),
    await said(issuers.analyst, { issuer: 'analyst', role: 'analyst' }),
    await said(issuers.analyst, { issuer: 'analyst', role: 'approver' }),
    await said(issuers.elsewhere, { issuer: 'elsewhere' }),
    await said(issuers.elsewhere, { issuer: 'elsewhere', tenant: 'other' }),
    forged,
    'no.token.at-all',
  ]
  for (const value of refused) {
    await run.log.append([{ topic: topics.verdicts.name, key: 'v', value, timestamp: now }])
    await run.drain()
    assert.deepEqual(await recordsOfTopic(run.log, topics.revocations.name), [])
  }
  await run.log.append([{ topic: topics.verdicts.name, key: 'v', value: approved, timestamp: now }])
  await run.drain()
  assert.equal((await recordsOfTopic(run.log, topics.revocations.name)).length, 1)
  assert.deepEqual(
    [...run.respond().alerts()][0]?.verdicts.map(({ issuer }) => issuer),
    ['approver'],
  )
  now += 1_000
})
