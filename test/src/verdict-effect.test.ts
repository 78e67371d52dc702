import assert from 'node:assert/strict'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startReferenceBroker } from '@straylight/demo/broker/reference-broker'
import { openIssuerKey } from '@straylight/respond/command/signing-keys'
import type { Alert } from '@straylight/schemas/alert'
import { hourMs } from '@straylight/schemas/duration'
import { type EmbeddedRun, openEmbeddedRun, revokingPolicy } from '../test-support/embedded-run.ts'
import { lentCredential } from '../test-support/native-line.ts'
import { straylight } from '../test-support/straylight.ts'

// Promise 14: whoever gives a verdict hears what came of it, by words and by exit code, and an approver takes a revocation back.

const start = Date.now() - 5_000
let folder: string
let policyFile: string
let run: EmbeddedRun
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-effect-'))
  const issuers = [
    { name: 'operator', public_key: (await openIssuerKey(folder, 'operator')).publicKey.x, roles: ['approver'] },
    { name: 'reader', public_key: (await openIssuerKey(folder, 'reader')).publicKey.x, roles: ['analyst'] },
  ]
  const breakers = { commands_per_minute: 1_000, agents_revoked_share_per_hour: 0.01, agents_revoked_minimum: 1 }
  const policy = { ...revokingPolicy, breakers, issuers }
  policyFile = join(folder, 'policy.yaml')
  await writeFile(policyFile, JSON.stringify(policy))
  const agents = ['bot-1', 'bot-2', 'bot-3'].map((agent) => ({ agent }))
  run = await openEmbeddedRun({ policy, registry: { version: 1, agents } })
  for (const name of ['operator', 'reader'])
    await cp(join(folder, `issuer-${name}.jwk`), join(run.folder, 'keys', `issuer-${name}.jwk`))
  await run.log.append([
    ...lentCredential({ name: 'jti-1', time: start, lender: 'bot-1', borrower: 'bot-2' }),
    ...lentCredential({ name: 'jti-2', time: start, lender: 'bot-1', borrower: 'bot-3' }),
  ])
  await run.drain()
})
after(async () => {
  await run?.close()
  await rm(folder, { recursive: true, force: true })
})

/** The command line in a process of its own, on the folder of the run, while respond goes on here. */
async function said(args: readonly string[], { goesOn = true } = {}) {
  let ended = false
  const settings = { STRAYLIGHT_DATA: run.folder, STRAYLIGHT_POLICY: policyFile }
  const command = straylight([...args, '--reason', 'looked at it', '--json'], settings).finally(() => {
    ended = true
  })
  while (goesOn && !ended) {
    await run.step('respond')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const { code, out, err } = await command
  return {
    code,
    err,
    result: JSON.parse(out || '{}') as {
      accepted: boolean | null
      code: string
      command_state?: string
      revision?: number
      newest_revision?: number
    },
  }
}

const alertOf = (agent: string): Alert =>
  [...run.respond().alerts()].find((alert) => alert.agent === agent) ?? assert.fail(`${agent}: no alert`)

/** The broker's answer reaches the alert; any other end of it fails at once. */
async function stands(state: Alert['command_state']): Promise<void> {
  const before = alertOf('bot-2').command_state
  while (alertOf('bot-2').command_state === before && before !== state) {
    await run.step('respond')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.equal(alertOf('bot-2').command_state, state, alertOf('bot-2').response_limited_by)
}

test('an approval is reported as sent, refused with its reason, or held by a breaker; a restore is sent and done', async () => {
  const [first, second] = [alertOf('bot-2'), alertOf('bot-3')]
  const broker = await startReferenceBroker({
    ...{ log: run.log, public_key: run.keys.commands.publicKey.x, now: Date.now },
  })
  const issued = { tenant: 'default', agent: 'bot-2', id: 'jti-1', issued_at: 1, expires_at: Date.now() + hourMs }
  broker.registry.issue(issued, Date.now())
  try {
    assert.equal(first.command_state, 'held')

    const wrong = await said(['verdict', first.id, 'approve', '--command', second.command?.id ?? ''])
    assert.deepEqual([wrong.code, wrong.result.accepted, wrong.result.code], [1, false, 'other_command'])
    assert.match(wrong.err, /Refused: It names cmd_.*Look at the alert again/)

    const sent = await said(['verdict', first.id, 'approve'])
    assert.deepEqual([sent.code, sent.result.accepted, sent.result.command_state], [0, true, 'sent'])
    assert.match(sent.err, /Accepted: cmd_\w+ was sent\./)

    const waits = await said(['verdict', second.id, 'approve'])
    assert.deepEqual([waits.code, waits.result.code, waits.result.command_state], [0, 'waiting', 'approved'])
    assert.match(
      waits.err,
      /Accepted: operator approved it, and it is sent by itself when there is a free place, at .* at the earliest/,
    )

    const read = await said(['verdict', second.id, 'true', '--revision', '1'])
    const newest = alertOf('bot-3').revision - 1
    assert.deepEqual([read.code, read.result.revision, read.result.newest_revision], [0, 1, newest])
    assert.match(read.err, new RegExp(`You answer revision 1, and the alert has changed since: revision ${newest} is`))
    const unread = await said(['verdict', second.id, 'true', '--revision', '99'])
    assert.deepEqual([unread.code, unread.result.code], [1, 'unknown_revision'])
    assert.match(waits.err, /You answer revision \d+, the newest\./)

    const id = first.command?.id ?? ''
    await stands('applied')
    const denied = await said(['restore', id, '--issuer', 'reader'])
    assert.equal(denied.code, 2)
    const undone = await said(['restore', id])
    assert.deepEqual([undone.code, undone.result.accepted], [0, true])
    await stands('restored')
    assert.ok(!broker.isRevoked('default', 'jti-1'))
    const again = await said(['restore', id])
    assert.deepEqual([again.code, again.result.code], [1, 'restored_before'])
    assert.match(again.err, /Refused: Restored by operator: the revocation of credential jti-1/)
  } finally {
    await broker.close()
  }
})

test('an alert says whose it is: its verdict needs no name of a tenant, and one that names another is refused', async () => {
  const tenant = "acme'; touch stolen; '"
  const records = lentCredential({ name: 'jti-t', time: start, lender: 'bot-8', borrower: 'bot-9' })
  await run.log.append(records.map((record) => ({ ...record, headers: { tenant } })))
  await run.drain()
  const alert = alertOf('bot-9')
  assert.equal(alert.tenant, tenant)
  const other = await said(['verdict', alert.id, 'true', '--tenant', 'default'])
  assert.deepEqual([other.code, other.result.code], [1, 'unknown_alert'])
  assert.match(
    other.err,
    /of tenant default\. It is of tenant acme'; touch stolen; ': leave --tenant out, or name that/,
  )
  const given = await said(['verdict', alert.id, 'true'])
  assert.deepEqual([given.code, given.result.accepted], [0, true])
  assert.equal(alertOf('bot-9').close_reason, 'verdict_true')
})

test('alerts are listed, the gravest first, a line each, with the state and the words that answer', async () => {
  const settings = { STRAYLIGHT_DATA: run.folder, STRAYLIGHT_POLICY: policyFile }
  const list = async (...args: string[]) => {
    const { code, out, err } = await straylight(['alerts', '--json', ...args], settings)
    const { alerts = [], ...counts } = JSON.parse(out || '{}') as {
      alerts?: { alert: string; agent: string; state: string; revision: number; answer_with: string[] }[]
      total?: number
      left_out?: number
    }
    return { code, err, alerts, counts }
  }
  // A name with a line of its own making in it.
  const liar = 'bot\u2028critical alr_0 nobody of default, closed: all is well'
  await run.log.append(lentCredential({ name: 'jti-l', time: start, lender: 'bot-7', borrower: liar }))
  await run.drain()
  const [all, open, closed, waiting] = [
    await list('--state', 'all'),
    await list(),
    await list('--state', 'closed'),
    await list('--state', 'awaiting_approval'),
  ]
  const standing = [...run.respond().alerts()]
  assert.deepEqual(all.alerts.map(({ alert }) => alert).toSorted(), standing.map(({ id }) => id).toSorted())
  assert.equal(open.alerts.length + closed.alerts.length, standing.length)
  assert.ok(
    open.alerts.every(({ state }) => state !== 'closed') && closed.alerts.every(({ state }) => state === 'closed'),
  )
  assert.ok(waiting.alerts.every(({ state }) => state === 'awaiting_approval'))
  assert.equal(open.err.trim().split('\n').length, open.alerts.length + 1, 'a line each and one for all')
  assert.match(open.err, /"bot\\u\{2028\}critical alr_0/)
  const listed = open.alerts.find(({ agent }) => agent === liar) ?? assert.fail('not listed')
  assert.deepEqual(listed.answer_with, [
    `straylight verdict ${listed.alert} true --revision ${listed.revision} --reason "…"`,
    `straylight verdict ${listed.alert} false --revision ${listed.revision} --reason "…"`,
  ])
  const one = await list('--state', 'all', '--limit', '1')
  assert.deepEqual([one.alerts.length, one.counts], [1, { total: standing.length, left_out: standing.length - 1 }])
  assert.equal(one.alerts[0]?.alert, all.alerts[0]?.alert)
  const other = await list('--tenant', 'nobody')
  assert.deepEqual([other.code, other.counts.total], [0, 0])
  assert.equal((await list('--state', 'loud')).code, 2)
})

test('what was never sent is not taken back, and nobody answers where nothing runs', async () => {
  const never = await said(['restore', 'cmd_never'])
  assert.deepEqual([never.code, never.result.code], [1, 'never_sent'])
  const alone = await said(['verdict', alertOf('bot-3').id, 'reject', '--wait-seconds', '1'], { goesOn: false })
  assert.deepEqual([alone.code, alone.result.accepted, alone.result.code], [2, null, 'no_answer'])
  assert.match(alone.err, /No answer within 1 s: the verdict stands in the log/)
  await run.drain()
  assert.equal(alertOf('bot-3').close_reason, 'rejected')
})
