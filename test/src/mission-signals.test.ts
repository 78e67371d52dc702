import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { dayOf } from '@straylight/models/profile/day-weight'
import { addMaximum } from '@straylight/models/profile/profile'
import { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { ScoringModel } from '@straylight/models/scoring/scoring-model'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { leftOutDeviations } from '@straylight/models/session/session-maxima'
import { eventScores } from '@straylight/models/training/fit-model'
import { learnHistory } from '@straylight/models/training/learn-history'
import type { Store } from '@straylight/runtime/store/store'
import { Agent } from '@straylight/schemas/agent'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { Finding } from '@straylight/schemas/finding'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { type KnowledgeCache, LoadedKnowledge } from '@straylight/score/judge/loaded-knowledge'
import { PartitionJudge } from '@straylight/score/judge/partition-judge'
import { ProfileCache } from '@straylight/score/profiles/profile-cache'
import { CredentialIndex } from '@straylight/score/watchers/credential-index'
import { sharedCredentialFindings } from '@straylight/score/watchers/shared-credential-finding'
import { readArtifact } from 'straylight/deployment/read-artifact'

// Each signal that the mission names, from the event to the finding that a person reads, with the model that ships.

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
/** A Monday, four weeks after the first event. */
const today = Date.UTC(2026, 10, 23)
const profileKey = '00112233445566778899aabbccddeeff'
const budget = 0.001
const group = ['bot', 'peer', 'third', 'fourth']

let made = 0
function eventOf(changes: Partial<AgentEvent> & { time: number }): AgentEvent {
  const offset = made++
  return {
    id: `e${offset}`,
    tenant: 'acme',
    agent: 'bot',
    session: `s${changes.time}`,
    parent_agent: 'planner',
    credential: credentialAt(changes.agent ?? 'bot', changes.time),
    privilege: 'read',
    system: 'erp',
    action: 'read',
    bytes_sent: 300,
    bytes_received: 2_000,
    records: 10,
    outcome: 'success',
    source: { ip: '10.1.4.7' },
    format: 'native',
    registered: true,
    content_hash: offset.toString(16).padStart(16, '0'),
    position: { topic: 'agent.audit.v1', partition: 0, offset, index: 0 },
    ...changes,
  }
}

/** A token a day. */
function credentialAt(agent: string, time: number) {
  const issued_at = Math.floor(time / day) * day
  return { id: `jti:${agent}:${issued_at}`, issued_at, expires_at: issued_at + day, scopes: ['erp.read', 'erp.write'] }
}

/** An ordinary session: looks things up, writes a few, resets one. */
function workOf(agent: string, from: number, spread: number): AgentEvent[] {
  const actions = ['list', 'read', 'read', 'update', 'items.delete', 'read'].slice(0, 4 + (spread % 3))
  return actions.map((action, at) =>
    eventOf({
      agent,
      time: from + at * 10_000,
      session: `${agent}@${from}`,
      action,
      privilege: action === 'update' || action === 'items.delete' ? 'write' : 'read',
      bytes_sent: 250 + 37 * ((spread + at) % 7),
      bytes_received: 1_500 + 211 * ((spread * 3 + at) % 9),
      records: 5 + ((spread + at) % 11),
    }),
  )
}

const history = Array.from({ length: 28 * 4 }, (_, at) => {
  const from = today - 28 * day + Math.floor(at / 4) * day + (9 + 2 * (at % 4)) * hour
  return group.flatMap((agent, which) => workOf(agent, from + which * 3 * minute, at + which))
}).flat()

let artifact: ModelArtifact
before(async () => {
  await openTensorBackend('wasm')
  artifact = await readArtifact(undefined)
})

/** A judge who has learnt the four weeks, with a registry. */
async function judgeOf(registry: readonly object[] = []) {
  const hasher = new ProfileKeyHasher(profileKey)
  const originDay = dayOf(today - 28 * day)
  const groups = Object.fromEntries(group.map((agent) => [`acme|${agent}`, 'group']))
  const learnt = learnHistory(history, { hasher, originDay, groups: new Map(Object.entries(groups)) })
  const model = new ScoringModel(artifact)
  for (const session of learnt.sessions) {
    const deviations = leftOutDeviations(session, learnt.levelsOf(session), { hasher, originDay })
    const profile = learnt.profiles.get(session.agent)
    assert.ok(profile)
    addMaximum(profile.maxima, Math.max(...eventScores(model, deviations)))
  }
  const knowledge = new LoadedKnowledge(
    {
      ...{ version: 1, made_at: today, learnt_until: today, origin_day: originDay, profile_key: profileKey, groups },
      levels: [...learnt.levels].map(([key, level]) => ({
        ...{ tenant: 'acme', group: key.slice('acme|'.length) },
        ...{ agents: level.agents, events: level.events, table: level.table.pack() },
      })),
      registry: registry.map((agent) => Agent.parse({ tenant: 'acme', ...agent })),
      ...{
        model: artifact,
        session_alert_rate: budget,
        corrections: [],
        session_corrections: [],
        suppressions: [],
        judged: [],
        budget_feedback: [],
      },
    },
    model,
  )
  const profiles = new ProfileCache({ query: async () => [] } as unknown as Store, 100)
  for (const agent of group) {
    const known = learnt.profiles.get(`acme|${agent}`)
    Object.assign(profiles.take('acme', agent, 0), { profile: known })
  }
  const cache = { take: async () => knowledge } as unknown as KnowledgeCache
  const judge = new PartitionJudge({ partition: 0, partitions: 1, profiles, cache })
  let offset = 0
  const judged = async (events: readonly AgentEvent[]): Promise<readonly Finding[]> => {
    const items = events.map((event) => ({
      ...{ kind: 'event' as const, event, text: JSON.stringify(event) },
      ...{ offset: offset++, log_time: event.time, changed_repeat: false },
    }))
    return (await judge.judge(items)).findings
  }
  return { judged, knowledge }
}

/** The finding of a cause that alerts; fails with what there was instead. */
function alerting(findings: readonly Finding[], cause: Finding['cause']): Finding {
  const found = findings.filter((finding) => finding.cause === cause && finding.p_value <= budget)
  const reported = findings.map(({ cause: other, p_value, score, reasons }) => ({ other, p_value, score, reasons }))
  assert.ok(found[0], `no alert of ${cause} among ${JSON.stringify(reported)}`)
  assert.ok(found[0].techniques.some((technique) => technique.startsWith('OWASP:')))
  return found[0]
}

const tenToday = today + 10 * hour
const calls = (count: number, changes: Partial<AgentEvent>, gap = 5_000) =>
  Array.from({ length: count }, (_, at) => eventOf({ session: 'stray', time: tenToday + at * gap, ...changes }))

test('an ordinary day is quiet', async () => {
  const { judged } = await judgeOf([{ agent: 'bot', credential_lifetime_hours: 24, boundary: { systems: ['erp'] } }])
  const findings = await judged([9, 11, 13, 15].flatMap((at) => workOf('bot', today + at * hour, at)))
  assert.deepEqual(
    findings.filter(({ p_value }) => p_value <= budget),
    [],
  )
})

test('a system never used', async () => {
  const { judged } = await judgeOf()
  const finding = alerting(await judged(calls(1, { system: 'vault' })), 'new_system')
  assert.equal(finding.target, 'vault')
})

test('a large volume in one call', async () => {
  const { judged } = await judgeOf()
  alerting(await judged(calls(1, { bytes_received: 2 ** 30, records: 900_000 })), 'volume')
})

test('a large volume in many usual calls, each of usual size', async () => {
  const { judged } = await judgeOf()
  // Sessions of their own, so that no session total gives them away.
  const pull = Array.from({ length: 700 }, (_, at) => eventOf({ time: tenToday + at * 4_000, session: `p${at}` }))
  const finding = alerting(await judged(pull), 'window_volume')
  assert.ok(
    finding.reasons.some((reason) =>
      /^Far more moved than in any earlier window: .* within (5 minutes|an hour|a day)/.test(reason),
    ),
  )
})

test('escalating privilege', async () => {
  const { judged } = await judgeOf()
  const finding = alerting(await judged(calls(1, { privilege: 'admin' })), 'privilege')
  assert.ok(finding.contributions.some(({ feature }) => feature === 'privilege_step_up'))
})

test('outside its declared scope, though agent and peers have done it every day', async () => {
  const { judged } = await judgeOf([{ agent: 'bot', boundary: { actions: ['list', 'read', 'items.delete'] } }])
  const finding = alerting(await judged(calls(1, { action: 'update', privilege: 'write' })), 'outside_boundary')
  assert.match(
    finding.reasons[0] ?? '',
    /^Outside its boundary: erp\/update, the registry allows only list, read, items\.delete$/,
  )
})

test('an expired credential in use', async () => {
  const { judged } = await judgeOf()
  const finding = alerting(
    await judged(calls(1, { credential: credentialAt('bot', tenToday - day) })),
    'credential_expired',
  )
  assert.match(finding.reasons[0] ?? '', /^Expired credential: used 10 hours after it expired, /)
})

test('a long-lived credential', async () => {
  const { judged } = await judgeOf([{ agent: 'bot', credential_lifetime_hours: 24 }])
  const credential = { ...credentialAt('bot', tenToday), expires_at: today + 365 * day }
  const finding = alerting(await judged(calls(1, { credential })), 'credential_age')
  assert.match(finding.reasons[0] ?? '', /365 days old, the registry allows 24 hours/)
})

test('a shared credential', async () => {
  const { knowledge } = await judgeOf()
  const book = new CredentialIndex()
  const uses = ['bot', 'peer'].map((agent, offset) => {
    const event = eventOf({ agent, time: tenToday, credential: credentialAt('bot', tenToday) })
    const use = { tenant: 'acme', agent, credential_id: 'jti:bot', event }
    const value = Buffer.from(JSON.stringify(use))
    return book.take({
      ...{ topic: 'agent.credentials.v1', partition: 0, offset, key: '', headers: {} },
      value,
      timestamp: tenToday,
    })
  })
  assert.ok(uses[1])
  assert.equal(alerting(sharedCredentialFindings(uses[1], knowledge.context), 'credential_shared').agent, 'peer')
})

test('an agent without an owner', async () => {
  const { judged } = await judgeOf([{ agent: 'bot' }])
  const findings = await judged(calls(1, { agent: 'stranger', registered: false }))
  assert.ok(findings.some(({ cause, reasons }) => cause === 'unowned_agent' || /Unowned agent/.test(reasons.join())))
})

test('a burst of destructive calls by a tool that is used every day', async () => {
  const { judged } = await judgeOf()
  const changes = { action: 'items.delete', privilege: 'write' }
  const findings = await judged(calls(60, changes))
  const burst = alerting(findings, 'destructive_burst')
  assert.ok(burst.contributions.some(({ feature }) => feature === 'destructive_excess'))
})

/** A usual call, small, every two seconds; each in a session of its own, so that no session gives them away. */
const atMachineSpeed = (count: number, changes: (at: number) => Partial<AgentEvent>) =>
  Array.from({ length: count }, (_, at) =>
    eventOf({
      time: tenToday + at * 2_000,
      session: `m${at}`,
      bytes_sent: 10,
      bytes_received: 10,
      records: 1,
      ...changes(at),
    }),
  )

test('usual calls, far more of them within minutes than ever before', async () => {
  const { judged } = await judgeOf()
  const burst = alerting(await judged(atMachineSpeed(120, () => ({ action: 'read' }))), 'rate')
  assert.match(burst.reasons[0] ?? '', /^Far more calls than in any earlier window: .* within (5 minutes|an hour)/)
})

test('one usual call after another is refused', async () => {
  const { judged } = await judgeOf()
  const findings = await judged(atMachineSpeed(40, () => ({ action: 'read', outcome: 'denied' })))
  alerting(findings, 'refused_burst')
})

test('an agent that is always there falls silent', async () => {
  const { judged } = await judgeOf()
  await judged(workOf('bot', today + 9 * hour, 1))
  const elsewhere = [1, 2, 3, 4].map((days) => eventOf({ agent: 'peer', time: today + days * day + 9 * hour }))
  const finding = alerting(await judged(elsewhere), 'silent_agent')
  assert.deepEqual([finding.agent, finding.target], ['bot', 'bot'])
})
