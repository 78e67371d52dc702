import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { silenceSentence } from '@straylight/console/words/silence-sentence'
import { latestKnowledge } from '@straylight/events/knowledge-log'
import { pValueOf } from '@straylight/models/scoring/calibration'
import { judgedCalibration } from '@straylight/models/scoring/judged-calibration'
import { openKeys, type Signer } from '@straylight/respond/command/signing-keys'
import { signVerdict } from '@straylight/respond/verdict/verdict-token'
import type { Alert } from '@straylight/schemas/alert'
import { dayMs, minuteMs } from '@straylight/schemas/duration'
import type { Finding } from '@straylight/schemas/finding'
import type { Knowledge } from '@straylight/schemas/knowledge'
import { ModelArtifact } from '@straylight/schemas/model-artifact'
import { topics } from '@straylight/schemas/topics'
import { findingsOf } from 'straylight/replay/replay-judgements'
import { type EmbeddedRun, openEmbeddedRun } from '../test-support/embedded-run.ts'
import { nativeRecord } from '../test-support/native-line.ts'
import { historyOf, officeWork } from '../test-support/office-work.ts'
import { scoreAgain } from '../test-support/score-again.ts'

// Verdicts count: what people say changes what is learnt and the calibration, through knowledge versions, and never
// silently: a suppression names who, why and until when, is bounded, lapses, and a true verdict lifts it.

const agents = ['bot-0', 'bot-1', 'bot-2', 'bot-3', 'bot-4', 'bot-5']
const liveFrom = Date.parse('2026-03-12T00:00:00Z')
const history = officeWork({ agents, from: liveFrom - 20 * dayMs, days: 20 })

let folder: string
let run: EmbeddedRun
let issuer: Signer
let stranger: Signer
let now = liveFrom
let said = 0
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-verdicts-'))
  issuer = (await openKeys(join(folder, 'issuer'))).commands
  stranger = (await openKeys(join(folder, 'stranger'))).commands
  run = await openEmbeddedRun({
    now: () => now,
    policy: {
      budget: { session_alert_rate: 0.01 },
      issuers: [{ name: 'soc', public_key: issuer.publicKey.x, roles: ['analyst'], tenants: ['default'] }],
      suppression: { days: 10, days_max: 20 },
    },
  })
  await run.baseline().importHistory(historyOf(history))
  await run.drain()
})
after(async () => {
  await run?.close()
  await rm(folder, { recursive: true, force: true })
})

/** Mail to a colleague of `times` the usual size, in the session of its agent that goes on; the finding that comes of it. */
async function bigMail(name: string, of: { agent?: string; times?: number } = {}): Promise<Finding> {
  const { agent = 'bot-0', times = 200 } = of
  now += minuteMs
  const event = {
    system: 'mail',
    action: 'send',
    destinations: ['colleague-1@acme.example'],
    bytes_sent: times * 3_000,
  }
  await run.log.append([nativeRecord({ id: name, agent, time: now, ...event })])
  await run.drain()
  return (await findingsOf(run.log)).find(({ event_id }) => event_id === name) ?? assert.fail(`${name}: no finding`)
}

/** Half an hour and more of nothing but one read: open sessions of the agent end. */
async function sessionsEnd(agent: string): Promise<void> {
  now += 60 * minuteMs
  const event = { system: 'crm', action: 'contacts.find', bytes_received: 2_000 }
  await run.log.append([nativeRecord({ id: `end-${agent}-${now}`, agent, time: now, ...event })])
  await run.drain()
}

const alertOf = (agent: string): Alert =>
  [...run.respond().alerts()].find((alert) => alert.agent === agent) ?? assert.fail(`${agent}: no alert`)

async function say(alert: Alert, answer: 'true' | 'false', by: Signer = issuer): Promise<void> {
  now += minuteMs
  const reason = `looked at ${alert.target}`
  const id = `vdt_${said++}`
  const role = 'analyst' as const
  const verdict = { id, alert_id: alert.id, tenant: 'default', answer, reason, issuer: 'soc', role, time: now }
  const value = await signVerdict(verdict, by)
  await run.log.append([{ topic: topics.verdicts.name, key: alert.id, value, timestamp: now }])
  await nextVersion()
}

/** Time for a version of what was said, made at most every five minutes. */
async function nextVersion(): Promise<void> {
  await run.drain()
  now += 6 * minuteMs
  await run.drain()
}

async function known(): Promise<Knowledge> {
  return ((await latestKnowledge(run.log)) ?? assert.fail('no knowledge')).knowledge
}

const pValue = (knowledge: Knowledge, risk: number): number => {
  const { calibration } = ModelArtifact.parse(knowledge.model)
  const judged = knowledge.judged.find(({ tenant }) => tenant === 'default')
  return pValueOf(judgedCalibration(calibration, judged), risk)
}

test('a false verdict keeps the like quiet, and the finding says by whom, why and until when', async () => {
  const first = await bigMail('first')
  assert.deepEqual([first.cause, first.target, first.held_out], ['volume', 'mail/send', true])
  const alert = alertOf('bot-0')

  await say(alert, 'false', stranger)
  assert.deepEqual((await known()).suppressions, [])
  assert.equal(alertOf('bot-0').state, 'open')

  await say(alert, 'false')
  const [suppression, ...more] = (await known()).suppressions
  assert.ok(suppression)
  assert.equal(more.length, 0)
  const { issuer: by, role, reason, until, from } = suppression
  assert.deepEqual([by, role, reason], ['soc', 'analyst', 'looked at mail/send'])
  assert.equal(until - from, 10 * dayMs)
  assert.ok(Math.abs(suppression.score_max - 1.25 * first.score) < 1e-9)

  const second = await bigMail('second', { times: 1_500 })
  assert.equal(second.target, 'mail/send')
  assert.ok(second.p_value <= 0.01, 'it would alert')
  assert.deepEqual(second.suppressed, { issuer: by, role, reason, verdict_id: suppression.verdict_id, until })
  assert.match(
    silenceSentence(second.suppressed ?? assert.fail()),
    /by soc \(analyst\) because "looked at mail\/send" until 2026-03-22 \d\d:\d\d UTC/,
  )
  assert.equal(alertOf('bot-0').state, 'closed')
  assert.equal(run.respond().counts.byName.get('findings_suppressed'), 1)
})

test('it silences no other agent', async () => {
  const other = await bigMail('other', { agent: 'bot-1' })
  assert.equal(other.suppressed, undefined)
  assert.equal(alertOf('bot-1').state, 'open')
})

test('a false verdict widens the tail and makes the session one of the usual; a true one does neither', async () => {
  const before = await known()
  await say(alertOf('bot-1'), 'true')
  await sessionsEnd('bot-1')
  const afterTrue = await known()
  assert.deepEqual(afterTrue.judged, before.judged)
  assert.ok(afterTrue.version > before.version)

  const found = await bigMail('calm', { agent: 'bot-2' })
  await sessionsEnd('bot-2')
  await say(alertOf('bot-2'), 'false')
  const afterFalse = await known()
  assert.equal(afterFalse.judged[0]?.risks.length, (before.judged[0]?.risks.length ?? 0) + 1)
  assert.ok(pValue(afterFalse, found.risk) > pValue(afterTrue, found.risk))
  assert.ok(pValue(afterFalse, found.risk / 2) >= pValue(afterTrue, found.risk / 2))
  assert.deepEqual(
    afterFalse.session_corrections.map(({ agent, session, sign }) => [agent, session, sign]),
    [['bot-2', found.session, 1]],
  )
  // Said once: the next version does not say it again.
  now += dayMs
  await sessionsEnd('bot-2')
  await nextVersion()
  const later = await known()
  assert.ok(later.version > afterFalse.version)
  assert.deepEqual(later.session_corrections, [])
})

test('a true verdict on the same lifts the suppression', async () => {
  assert.ok((await known()).suppressions.some(({ agent }) => agent === 'bot-0'))
  await say(alertOf('bot-0'), 'true')
  assert.ok(!(await known()).suppressions.some(({ agent }) => agent === 'bot-0'))
  assert.equal((await bigMail('third', { times: 10_000 })).suppressed, undefined)
})

test('the log alone gives the same findings again, words of people included', async () => {
  const found = await findingsOf(run.log)
  assert.ok(found.some(({ suppressed }) => suppressed !== undefined))
  const again = await scoreAgain({ log: run.log, store: run.store, folder })
  assert.equal(again.size, found.length)
  for (const finding of found) assert.equal(again.get(finding.id), JSON.stringify(finding))
})
