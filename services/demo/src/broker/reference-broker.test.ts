import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import type { Log } from '@straylight/runtime/log/log'
import { hourMs } from '@straylight/schemas/duration'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import { RevocationResult } from '@straylight/schemas/revocation-result'
import { topics } from '@straylight/schemas/topics'
import { CompactSign, type CryptoKey, exportJWK, generateKeyPair } from 'jose'
import { commandFor } from '../../test-support/command-for.ts'
import { type BrokerAnswer, type ReferenceBroker, startReferenceBroker } from './reference-broker.ts'

const now = Date.UTC(2026, 9, 14, 12)
const directory = await mkdtemp(join(tmpdir(), 'straylight-broker-'))
const log: Log = await openEmbeddedLog({ directory, durable: false })
await log.ensureTopics([topics.revocations, topics.results], 1)
const keys = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
const stranger = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
const { x: public_key = '' } = await exportJWK(keys.publicKey)
let clock = now
const start = () => startReferenceBroker({ log, public_key, now: () => clock })
let broker: ReferenceBroker = await start()

after(async () => {
  await broker.close()
  await log.close()
  await rm(directory, { recursive: true })
})

const sign = (body: unknown, key: CryptoKey = keys.privateKey, typ = 'straylight-command+jws') =>
  new CompactSign(Buffer.from(JSON.stringify(body))).setProtectedHeader({ alg: 'EdDSA', typ }).sign(key)

/** Sends a record and waits for the answer that it brings. */
async function answerTo(value: string): Promise<BrokerAnswer> {
  const before = broker.answers.length
  const answered = new Promise<BrokerAnswer>((resolve) => {
    broker.onAnswer((answer) => {
      if (broker.answers.length === before + 1) resolve(answer)
    })
  })
  await log.append([{ topic: topics.revocations.name, key: 'acme|desk-1', value }])
  return answered
}

const issue = (id: string, agent = 'desk-1') =>
  broker.registry.issue({ tenant: 'acme', agent, id, issued_at: now - hourMs, expires_at: now + hourMs }, now)
const code = ({ result }: BrokerAnswer) => result.status_code

async function results(): Promise<RevocationResult[]> {
  const partition = { topic: topics.results.name, partition: 0 }
  const read: RevocationResult[] = []
  for await (const { value } of log.read(partition, 0, await log.endOffset(partition))) {
    read.push(RevocationResult.parse(JSON.parse(value.toString())))
  }
  return read
}

test('a signed command is obeyed once, and answered on the topic of results', async () => {
  issue('jti:1')
  const jws = await sign(commandFor('jti:1', { at: now }))
  assert.equal(code(await answerTo(jws)), 'applied')
  assert.ok(broker.isRevoked('acme', 'jti:1'))
  assert.equal(code(await answerTo(jws)), 'already_applied')
  const [first, second] = await results()
  assert.deepEqual([first?.command_uid, first?.status, first?.time], ['cmd_jti:1', 'Success', now])
  assert.deepEqual([second?.command_uid, second?.status_id], ['cmd_jti:1', 1])
})

test('a strange key, a changed body and another kind of token do nothing, and their id is not believed', async () => {
  issue('jti:2', 'desk-2')
  const command = commandFor('jti:2', { at: now, agent: 'desk-2' })
  const [header, , signature] = (await sign(command)).split('.')
  const changed = Buffer.from(JSON.stringify({ ...command, mode: 'dry_run' })).toString('base64url')
  for (const forged of [
    await sign(command, stranger.privateKey),
    `${header}.${changed}.${signature}`,
    await sign(command, keys.privateKey, 'straylight-verdict+jws'),
    await sign({ ...command, scope: { ...command.scope, max_credentials: 'all' } }),
    'not a token',
  ]) {
    const answer = await answerTo(forged)
    assert.equal(code(answer), 'bad_signature')
    assert.ok(answer.result.command_uid.startsWith('unverified:'))
  }
  assert.ok(!broker.isRevoked('acme', 'jti:2'))
  assert.equal(code(await answerTo(await sign(command))), 'applied')
})

test('a command past its expiry is refused, now and when it comes again', async () => {
  issue('jti:3', 'desk-3')
  const jws = await sign(commandFor('jti:3', { at: now, agent: 'desk-3' }))
  clock = now + 120_001
  assert.equal(code(await answerTo(jws)), 'expired')
  clock = now
  assert.equal(code(await answerTo(jws)), 'expired')
  assert.ok(!broker.isRevoked('acme', 'jti:3'))
})

test('a command that needs an approval names who gave it', async () => {
  issue('jti:4', 'desk-4')
  const held = { ...commandFor('jti:4', { at: now, agent: 'desk-4' }), approval: { required: true, by: null } }
  assert.equal(code(await answerTo(await sign(held))), 'precondition')
  const released: RevocationCommand = { ...held, id: 'cmd_released', approval: { required: true, by: 'duty' } }
  assert.equal(code(await answerTo(await sign(released))), 'applied')
})

test('a broker that starts again goes on behind what it has answered', async () => {
  await broker.close()
  const answered = (await results()).length
  await log.append([{ topic: topics.revocations.name, key: 'x', value: 'sent while it was away' }])
  broker = await start()
  while (broker.answers.length === 0) await setTimeout(5)
  assert.deepEqual(broker.answers.map(code), ['bad_signature'])
  assert.equal((await results()).length, answered + 1)
})
