import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '@straylight/schemas/alert'
import { Policy } from '@straylight/schemas/policy'
import { topics } from '@straylight/schemas/topics'
import type { PasskeySignature } from '@straylight/schemas/verdict'
import { sampleFindingOf } from '../../test-support/finding-of.ts'
import { createRespondWorld, type RespondWorld } from '../../test-support/respond-world.ts'
import { softwarePasskey } from '../../test-support/software-passkey.ts'
import { temporaryKeys } from '../command/signing-keys.ts'
import { approvalChallenge } from './approval-challenge.ts'
import { passkeyFault } from './passkey-fault.ts'
import { claimsOf } from './verdict-token.ts'

// Promise 14: an approval binds the command as it was shown, and where the policy knows a passkey the issuer's key alone approves nothing.

const passkey = softwarePasskey()
const { commands: issuer } = await temporaryKeys()
const issuers = [
  { name: 'soc', public_key: issuer.publicKey.x, roles: ['analyst', 'approver'], passkeys: [passkey.listed] },
]
const policy = { tiers: { low: { high: 'approve' } }, issuers }

async function held(given: object = policy): Promise<{ world: RespondWorld; alert: Alert }> {
  const world = await createRespondWorld({ policy: given, issuer, keepsIssuers: true })
  await world.say(sampleFindingOf(1))
  await world.run()
  return { world, alert: world.alerts()[0] ?? assert.fail('no alert') }
}

const challengeOf = ({ command }: Alert, by = 'soc') => approvalChallenge(command ?? assert.fail('no command'), by)

async function approved(
  { world, alert }: Awaited<ReturnType<typeof held>>,
  signed: PasskeySignature | undefined,
): Promise<[code: string, commands: number]> {
  const more = signed === undefined ? {} : { passkey: signed }
  await world.judge({ alert_id: alert.id, answer: 'approve', ...more })
  await world.run()
  return [world.outcomes().at(-1)?.code ?? 'none', world.commands().length]
}

test('the passkey of the policy over the command as shown approves it', async () => {
  const one = await held()
  assert.deepEqual(await approved(one, passkey.sign(challengeOf(one.alert))), ['accepted', 1])
})

test('from the topics of verdicts and commands alone anybody sees what was approved, and by whose key', async () => {
  const one = await held()
  await approved(one, passkey.sign(challengeOf(one.alert)))
  const [said] = one.world.log.records(topics.verdicts.name)
  const claims = claimsOf(said?.value.toString() ?? '')
  const [sent] = one.world.commands()
  assert.ok('verdict' in claims && sent !== undefined)
  assert.equal(sent.command.approval.by, 'soc')
  assert.equal(await passkeyFault(claims.verdict, sent.command, Policy.parse(policy)), null)
  const other = { ...sent.command, subject: { ...sent.command.subject, agent_id: 'another-bot' } }
  assert.match((await passkeyFault(claims.verdict, other, Policy.parse(policy))) ?? '', /does not approve this command/)
})

test('without the passkey, or with another one, the issuer approves nothing', async () => {
  assert.deepEqual(await approved(await held(), undefined), ['no_passkey', 0])
  const one = await held()
  assert.deepEqual(await approved(one, softwarePasskey().sign(challengeOf(one.alert))), ['no_passkey', 0])
  const forged = { ...softwarePasskey().sign(challengeOf(one.alert)), id: passkey.listed.id }
  assert.deepEqual(await approved(one, forged), ['no_passkey', 0])
})

test('a signature counts for its command, issuer, place and purpose alone, and only from a person who was verified', async () => {
  const one = await held()
  const whole = challengeOf(one.alert)
  const command = one.alert.command ?? assert.fail('no command')
  const worse = { ...command, scope: { ...command.scope, max_credentials: 1_000 } }
  for (const signed of [
    passkey.sign(approvalChallenge(worse, 'soc')),
    passkey.sign(challengeOf(one.alert, 'somebody')),
    passkey.sign('AAAA'),
    passkey.sign(whole, { origin: 'http://localhost:9999' }),
    passkey.sign(whole, { origin: 'https://evil.example' }),
    passkey.sign(whole, { type: 'webauthn.create' }),
    passkey.sign(whole, { userVerified: false }),
    { ...passkey.sign(whole), signature: 'AAAA' },
    { ...passkey.sign(whole), authenticator_data: 'AAAA' },
    { ...passkey.sign(whole), client_data: 'AAAA' },
  ]) {
    assert.deepEqual(await approved(one, signed), ['no_passkey', 0])
  }
  assert.deepEqual(await approved(one, passkey.sign(whole)), ['accepted', 1])
})

test('a policy may ask everybody for a passkey; else the signed command of an issuer without one counts', async () => {
  const [first] = issuers
  const without = { ...policy, issuers: [{ ...first, passkeys: [] }] }
  assert.deepEqual(await approved(await held(without), undefined), ['accepted', 1])
  const required = { ...without, approval: { passkey: 'required' } }
  assert.deepEqual(await approved(await held(required), undefined), ['no_passkey', 0])
})

test('to reject, to say true or false, no passkey is asked for: what stops nothing must stay easy', async () => {
  const { world, alert } = await held()
  await world.judge({ alert_id: alert.id, answer: 'reject' })
  await world.run()
  assert.equal(world.outcomes().at(-1)?.code, 'accepted')
})
