import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Policy } from '@straylight/schemas/policy'
import { calculateJwkThumbprint } from 'jose'
import { sampleFindingOf, startMs } from '../../test-support/finding-of.ts'
import { revocationCommandOf } from './revocation-command-of.ts'
import { signedCommand } from './signed-command.ts'
import { openIssuerKey, openKeys } from './signing-keys.ts'
import { verifyCommand } from './verify-command.ts'

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'straylight-keys-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return join(path, 'keys')
}

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777

test('keys are made once, readable by their owner alone, and are the same ever after', async (t) => {
  const directory = await folder(t)
  const [first, second] = await Promise.all([openKeys(directory), openKeys(directory)])
  assert.deepEqual(first.commands.publicKey, second.commands.publicKey, 'two starts at once agree on one key')
  const { kid, ...key } = (await openKeys(directory)).commands.publicKey
  assert.equal(kid, await calculateJwkThumbprint({ kty: key.kty, crv: key.crv, x: key.x }))
  const secret = await first.webhookSecret('soc')
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
  assert.equal(await second.webhookSecret('soc'), secret)
  assert.notEqual(await first.webhookSecret('other'), secret)
  await openIssuerKey(directory, '../soc@acme.example')
  assert.equal(await modeOf(directory), 0o700)
  const files = await readdir(directory)
  assert.equal(files.length, 4, `nothing but the four files: ${files.join(', ')}`)
  for (const file of files) assert.equal(await modeOf(join(directory, file)), 0o600, file)
})

test('a damaged key stops the start with the file and what to do', async (t) => {
  const directory = await folder(t)
  const keys = await openKeys(directory)
  await writeFile(join(directory, 'commands.jwk'), '{"kty":"OKP"')
  await assert.rejects(openKeys(directory), /commands\.jwk does not hold an Ed25519 private key/)
  await writeFile(join(directory, 'webhook-soc.secret'), 'hunter2')
  await assert.rejects(keys.webhookSecret('soc'), /webhook-soc\.secret does not hold a webhook secret/)
})

test('a command verifies with the public key, and not with another, changed, or past its expiry', async (t) => {
  const directory = await folder(t)
  const keys = await openKeys(directory)
  const command = revocationCommandOf({
    tier: 'low',
    finding: sampleFindingOf(1),
    digest: 'sha256:00',
    alertId: 'alr_1',
    policy: Policy.parse({}),
    issuer: '/straylight/test',
    decision: 'auto',
    mode: 'enforce',
    at: startMs,
  })
  const record = await signedCommand(command, keys.commands, startMs)
  const token = String(record.value)
  assert.deepEqual(await verifyCommand(token, keys.commands.publicKey, startMs), { valid: true, command })
  const reason = async (text: string, publicKey = keys.commands.publicKey, now = startMs) => {
    const check = await verifyCommand(text, publicKey, now)
    return check.valid ? 'valid' : check.reason
  }
  assert.equal(await reason(token, (await openIssuerKey(directory, 'soc')).publicKey), 'bad_signature')
  assert.equal(await reason(`${token.slice(0, -6)}AAAAAA`), 'bad_signature')
  assert.equal(await reason('nonsense'), 'bad_signature')
  assert.equal(await reason(token, keys.commands.publicKey, startMs + 300_000), 'expired')
  assert.equal(await reason(await keys.commands.sign('{}', 'straylight-command+jws')), 'malformed')
  assert.equal(await reason(await keys.commands.sign('not json', 'straylight-command+jws')), 'malformed')
  assert.equal((await readFile(join(directory, 'commands.jwk'), 'utf8')).includes('"d"'), true)
  assert.equal(JSON.stringify(keys.commands.publicKey).includes('"d"'), false)
})
