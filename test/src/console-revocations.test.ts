import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { dayMs, minuteMs } from '@straylight/schemas/duration'
import { type Browser, type ConsoleRun, openConsoleRun } from '../test-support/console-run.ts'

// What the console says of credentials that were revoked: at whom they belong to, once each, and as they now stand.

let up: ConsoleRun
let ana: Browser
let offset = 0
const now = Date.now()

before(async () => {
  up = await openConsoleRun({
    registry: {
      version: 1,
      agents: ['a', 'b', 'c'].map((agent) => ({ tenant: 'acme', agent, credentials: { ids: [`tok-${agent}`] } })),
    },
  })
  await up.addUser({ name: 'ana', role: 'analyst' })
  ana = await up.browser('ana')
})
after(() => up?.close())

interface Given {
  readonly id: string
  /** Log time of the command; the broker has ten seconds. */
  readonly at: number
  /** Whose deeds it is for. */
  readonly agent: string
  readonly holder?: string
  readonly action?: 'restore'
}

/** A command of one credential as `baseline` copies it, and the broker's answer to it. */
async function sent(credential: string, { id, at, agent, holder, action }: Given, code?: string): Promise<void> {
  const iso = (ms: number) => new Date(at + ms).toISOString()
  const record = JSON.stringify({
    action: action ?? 'revoke_token',
    scope: { match: 'credential' },
    subject: { agent_id: agent, credential_id: credential },
    precondition: { holder_agent_id: holder ?? agent },
    hold: { deny_reissue_until: iso(30 * dayMs), release: 'auto' },
    reply: { deadline: iso(10_000) },
  })
  const place = { log_partition: 0, log_offset: offset++, tenant: 'acme', agent }
  const copy = { id, type: '', alert_id: `alr_${id}`, mode: 'enforce', signed: '', record }
  await up.run.store.insert('revocations', [{ ...place, ...copy, log_time: at }])
  if (code === undefined) return
  const done = code === 'applied' || code === 'already_applied'
  const answer = { command_id: id, status: '', status_code: code, record: JSON.stringify({ status_id: done ? 1 : 2 }) }
  await up.run.store.insert('results', [{ ...place, ...answer, log_time: at + 1_000 }])
}

const agent = (name: string) => ana.ask('agent', { tenant: 'acme', agent: name })
const sentencesOf = async (name: string) => (await agent(name)).revocations.map(({ sentence }) => sentence)
const commands = async () => (await ana.ask('overview')).commands
/** Answers are held for a moment. */
const freshly = (is: () => Promise<boolean>) => up.until(is)

test('a revocation is reported at whom the credential belongs to, and at who used it; only the holder is held', async () => {
  await sent('tok-a', { id: 'cmd_1', at: now - 5 * minuteMs, agent: 'b', holder: 'a' }, 'applied')
  await freshly(async () => (await agent('a')).agent.state === 'held')
  const at = `${new Date(now - 5 * minuteMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  assert.deepEqual(await sentencesOf('a'), [`Its credential tok-a was revoked at ${at}, since b used it.`])
  assert.deepEqual(await sentencesOf('b'), [
    `It used credential tok-a of a, and that was revoked at ${at}. No credential of its own was touched by that.`,
  ])
  assert.equal((await agent('b')).agent.state, 'never_seen')
  assert.deepEqual(await sentencesOf('c'), [])
})

test('credentials are counted, not commands, and what was restored is not revoked', async () => {
  await sent('tok-a', { id: 'cmd_2', at: now - 4 * minuteMs, agent: 'c', holder: 'a' }, 'already_applied')
  await sent('tok-c', { id: 'cmd_3', at: now - 4 * minuteMs, agent: 'c' }, 'applied')
  await sent('tok-b', { id: 'cmd_4', at: now - 4 * minuteMs, agent: 'b' }, 'holder_mismatch')
  await sent('tok-x', { id: 'cmd_5', at: now - 3 * minuteMs, agent: 'b' })
  await freshly(async () => (await commands()).sent === 5)
  const before = { sent: 5, applied: 2, refused: 1, unanswered: 1, restored: 0, credentials_revoked: 2 }
  assert.deepEqual(await commands(), before)
  assert.match((await sentencesOf('a'))[0] ?? '', /since b, c used it\.$/)
  await sent('tok-a', { id: 'cmd_6', at: now - minuteMs, agent: 'b', holder: 'a', action: 'restore' }, 'applied')
  await freshly(async () => (await commands()).restored === 1)
  assert.deepEqual(await commands(), { ...before, restored: 1, credentials_revoked: 1 })
  await freshly(async () => (await agent('a')).agent.state !== 'held')
  assert.match((await sentencesOf('a'))[0] ?? '', /since b, c used it; it was restored at /)
})

test('what is older than a week counts no more, and a restore that the broker refused gives nothing back', async () => {
  await sent('tok-old', { id: 'cmd_7', at: now - 8 * dayMs, agent: 'c' }, 'applied')
  await sent('tok-c', { id: 'cmd_8', at: now, agent: 'c', action: 'restore' }, 'unknown_subject')
  await freshly(async () => (await sentencesOf('c')).some((sentence) => sentence.includes('tok-old')))
  assert.deepEqual(
    (({ sent: all, restored, credentials_revoked }) => [all, restored, credentials_revoked])(await commands()),
    [5, 1, 1],
  )
  assert.equal((await agent('c')).agent.state, 'held')
})
