import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { riskRank } from '@straylight/console/agents/risk-rank'
import type { AlertRow } from '@straylight/console/contract/alert-row'
import { dayMs, minuteMs } from '@straylight/schemas/duration'
import { type Browser, type ConsoleRun, openConsoleRun } from '../test-support/console-run.ts'
import { revokingPolicy } from '../test-support/embedded-run.ts'
import { hearAlerts } from '../test-support/hear-alerts.ts'
import { nativeRecord } from '../test-support/native-line.ts'
import { historyOf, officeWork } from '../test-support/office-work.ts'

// The console over a real deployment: a real log, a real store, a real server on a port, verdicts that respond takes.

const agents = ['bot-0', 'bot-1', 'bot-2', 'bot-3']
const asks = { low: 'approve', medium: 'approve', high: 'approve', critical: 'approve' }

let up: ConsoleRun
let analyst: Browser
let approver: Browser
before(async () => {
  up = await openConsoleRun({
    policy: { ...revokingPolicy, budget: { session_alert_rate: 0.01 }, tiers: { medium: asks } },
    registry: {
      version: 1,
      internal: { domains: ['acme.example'] },
      agents: [
        {
          agent: 'bot-0',
          owner: 'dana@acme.example',
          role: 'clerk',
          boundary: { systems: ['mail', 'crm', 'erp', 'hr'] },
          credentials: { ids: ['tok-1', 'tok-spare'] },
        },
        { agent: 'never', tier: 'low' },
      ],
    },
    issuers: [
      { name: 'ana', roles: ['analyst'] },
      { name: 'app', roles: ['analyst', 'approver'] },
    ],
  })
  const now = Date.now()
  await up.run.baseline().importHistory(historyOf(officeWork({ agents, from: now - 20 * dayMs, days: 19 })))
  await up.run.drain()
  const mail = { system: 'mail', action: 'send', destinations: ['colleague-1@acme.example'], bytes_sent: 900_000 }
  const secrets = { system: 'vault', action: 'secrets.read', privilege: 'admin', destinations: ['evil.example'] }
  await up.run.log.append([
    nativeRecord({ id: 'e1', agent: 'bot-0', session: 's 1', time: now, system: 'crm', action: 'contacts.find' }),
    nativeRecord({ id: 'e2', agent: 'bot-0', session: 's 1', time: now + 1, ...mail, credential: { id: 'tok-1' } }),
    nativeRecord({ id: 'e3', agent: 'bot-0', session: 's 1', time: now + 2, ...secrets }),
    nativeRecord({ id: 'e4', agent: 'bot-1', session: 's2', time: now + 3, ...mail }),
    { topic: 'agent.audit.v1', key: 'x', value: '{"not": "an event"}' },
  ])
  await up.run.drain()
  await up.addUser({ name: 'ana', role: 'analyst' })
  await up.addUser({ name: 'app', role: 'approver' })
  analyst = await up.browser('ana')
  approver = await up.browser('app')
})
after(() => up?.close())

/** Runs the stages until an answer has come that waits for them. */
async function withStages<Answer>(asked: Promise<Answer>): Promise<Answer> {
  let ended = false
  const answer = asked.finally(() => {
    ended = true
  })
  // Whoever awaits it hears of its failure.
  answer.catch(() => undefined)
  while (!ended) {
    await up.run.drain()
    await sleep(20)
  }
  return answer
}

async function alertOn(agent: string, target: string): Promise<AlertRow> {
  const { items } = await analyst.ask('alerts', { search: `agent:${agent}`, state: 'all', limit: 200 })
  return items.find((row) => row.target === target) ?? assert.fail(`no alert of ${agent} on ${target}`)
}

test('an alert tells its reasons with numbers that sum to the score, its session, and what each answer does', async () => {
  const row = await alertOn('bot-0', 'vault/secrets.read')
  assert.deepEqual([row.owner, row.role, row.state], ['dana@acme.example', 'clerk', 'awaiting_approval'])
  const detail = await approver.ask('alert', { id: row.id })
  assert.deepEqual(detail.alert, row)
  for (const { score, reasons } of detail.findings) {
    const sum = reasons.reduce((total, { contribution }) => total + contribution, 0)
    assert.ok(Math.abs(sum - score) < 1e-6 * score, `${sum} and ${score}`)
  }
  const [reason] = detail.findings[0]?.reasons ?? []
  const strips = Object.fromEntries((detail.findings[0]?.reasons ?? []).map(({ feature, strip }) => [feature, strip]))
  assert.ok(reason !== undefined)
  const days = Object.values(strips).filter((strip) => strip?.of === 'day')
  assert.ok(days.length > 0, 'a step or destination that is new is counted by day')
  for (const strip of days) assert.deepEqual([strip?.seen, (strip?.points.length ?? 0) >= 18], [1, true])
  assert.deepEqual(
    detail.events.items.map(({ event_id }) => event_id),
    ['e1', 'e2', 'e3'],
  )
  assert.deepEqual(detail.events.items[1]?.destinations, [{ name: 'colleague-1@acme.example', internal: true }])
  assert.equal(detail.risk.at(-1)?.this, true)
  const [command] = detail.commands
  assert.deepEqual([command?.state, command?.approved_at, command?.sent_at], ['held', null, null])
  assert.match(command?.digest ?? '', /^[0-9a-f]{64}$/)
  const may = Object.fromEntries(detail.consequences.map(({ answer, allowed }) => [answer, allowed]))
  assert.deepEqual(may, { approve: true, reject: true, true: true, false: true, ask: false, restore: false })
  const analysts = await analyst.ask('alert', { id: row.id })
  const approve = analysts.consequences.find(({ answer }) => answer === 'approve')
  assert.deepEqual([approve?.allowed, approve?.sentences.length], [false, 2])
})

test('a picture shows the quantity that its reason names: one call against the largest calls, or nothing', async () => {
  const { items } = await analyst.ask('alerts', { search: 'agent:bot-1', state: 'all' })
  const details = await Promise.all(items.map(({ id }) => analyst.ask('alert', { id })))
  const reasons = details.flatMap(({ findings: [leading] }) => leading?.reasons ?? [])
  const { strip } = reasons.find(({ feature }) => feature === 'amount_excess') ?? assert.fail('no amount_excess')
  assert.ok(strip !== null)
  assert.deepEqual([strip.of, strip.unit, strip.seen], ['call', 'bytes', 900_000])
  assert.ok(strip.points.length > 10 && strip.points.every(({ value }) => value < strip.seen / 4))
  assert.match(
    strip.sentence,
    /^One call of mail\/send: 900 kB sent in this one; the largest call of \d+ earlier days has /,
  )
  const drawn = reasons.filter((one) => one.strip !== null).map(({ feature }) => feature)
  assert.ok(
    drawn.every((feature) => !/^(window|rate|fan_out|destructive|refused|session|time|bigram|order)/.test(feature)),
  )
})

test('pages follow each other without a gap or a repeat, in every order', async () => {
  const whole = await analyst.ask('alerts', { state: 'all', limit: 200 })
  assert.ok(whole.items.length >= 3, `${whole.items.length} alerts`)
  assert.equal(whole.total, whole.items.length)
  for (const sort of ['gravest', 'newest', 'oldest', 'changed', 'score', 'deadline'] as const) {
    const all = await analyst.ask('alerts', { state: 'all', sort, limit: 200 })
    const paged: AlertRow[] = []
    let cursor: string | undefined
    do {
      const page = await analyst.ask('alerts', { state: 'all', sort, limit: 1, cursor })
      paged.push(...page.items)
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    assert.deepEqual(
      paged.map(({ id }) => id),
      all.items.map(({ id }) => id),
      sort,
    )
  }
  const agentNames: string[] = []
  let cursor: string | undefined
  do {
    const page = await analyst.ask('agents', { sort: 'name', limit: 2, cursor })
    agentNames.push(...page.items.map(({ agent }) => agent))
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  assert.deepEqual(agentNames, ['bot-0', 'bot-1', 'bot-2', 'bot-3', 'never'])
})

test('a search finds by field, by word, by what is not, and takes what it is given for a name', async () => {
  const found = async (search: string) => (await analyst.ask('alerts', { search, state: 'all' })).items.length
  const all = await found('')
  assert.equal(await found('agent:bot-*'), all)
  assert.equal(await found('role:clerk'), await found('agent:bot-0'))
  assert.equal((await found('role:clerk')) + (await found('-role:clerk')), all)
  assert.equal(await found('secrets.read'), await found('target:"vault/secrets.read"'))
  assert.ok((await found('secrets.read')) >= 1)
  for (const hostile of [
    "'; DROP TABLE alerts; --",
    "agent:' OR 1=1 --",
    '%',
    '_',
    '\\',
    'agent:%',
    'owner:{tenant:String}',
  ])
    assert.equal(await found(hostile), 0, hostile)
  assert.equal(await found('agent:*'), all)
})

test('a search for a state or an answer is among all alerts, and what a field cannot hold is refused', async () => {
  const total = async (search: string, state?: 'open' | 'all') => (await analyst.ask('alerts', { search, state })).total
  assert.equal(await total('-state:awaiting_approval'), await total('-state:awaiting_approval', 'all'))
  assert.equal(await total('agent:"x state:closed"'), 0)
  assert.equal(await total('state:closed'), await total('state:closed', 'all'))
  assert.equal(await total('state:closed', 'open'), 0, 'what was chosen holds')
  for (const search of [
    'severity:hgh',
    'verdict:no',
    '-state:close',
    'command:gone',
    'cause:volum',
    'tier:x',
    'response:x',
  ])
    await assert.rejects(total(search), /is no [a-z]+ there is: expected one of [a-z_]+,/, search)
})

test('alerts are counted by what they share, and the search of a group finds as many', async () => {
  for (const by of ['agent', 'role', 'cause', 'owner', 'severity'] as const) {
    const { groups } = await analyst.ask('alertGroups', { by, state: 'all' })
    assert.ok(groups.length > 0)
    for (const group of groups) {
      if (group.search === null) continue
      const { total } = await analyst.ask('alerts', { search: group.search, state: 'all' })
      assert.equal(total, group.alerts, `${by}: ${group.search}`)
    }
  }
})

test('an agent: what it does, what it is granted and does not use, and what of it is claimed', async () => {
  const { agent, actions, least_privilege, credentials, hours_of_week, volumes, peers, destinations } =
    await analyst.ask('agent', {
      tenant: 'default',
      agent: 'bot-0',
    })
  assert.deepEqual([agent.owner, agent.registered, agent.open_alerts > 0], ['dana@acme.example', true, true])
  const share = actions.items.reduce((sum, action) => sum + action.share, 0)
  assert.ok(Math.abs(share - 1) < 1e-9, `shares sum to ${share}`)
  assert.deepEqual(least_privilege.unused_systems, ['hr'])
  const bound = Object.fromEntries(credentials.items.map(({ id, bound: is, events }) => [id, [is, events]]))
  assert.deepEqual(bound, { 'tok-1': [true, 1], 'tok-spare': [true, 0] })
  assert.equal(hours_of_week.length, 168)
  const learnt = actions.items.reduce((sum, { events, not_learnt }) => sum + events - not_learnt, 0)
  assert.equal(
    hours_of_week.reduce((sum, calls) => sum + calls, 0),
    learnt,
  )
  assert.equal(
    volumes.by_day.reduce((sum, { calls }) => sum + calls, 0),
    learnt,
  )
  assert.deepEqual(
    destinations.items.filter(({ internal }) => !internal).map(({ destination }) => destination),
    ['evil.example'],
  )
  assert.equal(peers.items.length, 0, 'it is the only clerk')
  const unregistered = await analyst.ask('agent', { tenant: 'default', agent: 'bot-1' })
  assert.deepEqual(
    unregistered.peers.items.map((peer) => peer.agent),
    ['bot-2', 'bot-3'],
  )
  assert.ok(unregistered.actions.items.some(({ peers_that_do }) => peers_that_do === 2))
})

test('what waits for an answer is listed and marked as not learnt, and a session that runs counts as risk', async () => {
  const of = { tenant: 'default', agent: 'bot-0' }
  const { agent, actions, systems, destinations, learnt_lately, least_privilege, risk } = await analyst.ask('agent', of)
  const [step, other] = actions.items
  assert.deepEqual([step?.step, step?.events, step?.not_learnt], ['vault/secrets.read', 1, 1])
  assert.ok(other !== undefined && other.events > other.not_learnt)
  assert.deepEqual([systems.items[0]?.system, systems.items[0]?.not_learnt], ['vault', 1])
  const [destination] = destinations.items
  assert.deepEqual([destination?.destination, destination?.not_learnt], ['evil.example', 1])
  const lately = learnt_lately.items.map(({ name, learnt }) => [name, learnt])
  assert.deepEqual(lately.sort(), [
    ['evil.example', false],
    ['vault/secrets.read', false],
  ])
  assert.deepEqual(least_privilege.used_outside, ['vault/secrets.read'])
  const last = risk.at(-1)
  assert.deepEqual([last?.session, last?.running, last?.events], ['s 1', true, 3])
  const row = await alertOn('bot-0', 'vault/secrets.read')
  const [finding] = (await analyst.ask('alert', { id: row.id })).findings
  assert.ok(finding !== undefined && finding.risk > 3)
  assert.ok((agent.risk ?? 0) >= finding.risk && last?.risk === agent.risk)
  const { riskiest } = await analyst.ask('overview')
  const { items } = await analyst.ask('agents')
  // Those with open alerts stand first, in whatever order where their risks are the same.
  for (const first of [riskiest.slice(0, 2), items.slice(0, 2)]) {
    assert.deepEqual(first.map((one) => one.agent).sort(), ['bot-0', 'bot-1'])
    assert.deepEqual(
      first.find((one) => one.agent === 'bot-0'),
      agent,
    )
    assert.ok(riskRank(first[0] ?? agent) >= riskRank(first[1] ?? agent))
  }
})

test('a session is read event by event, and an event that did not alert explains itself', async () => {
  const of = { tenant: 'default', agent: 'bot-0', session: 's 1' }
  const first = await analyst.ask('session', { ...of, limit: 2 })
  const second = await analyst.ask('session', { ...of, limit: 2, cursor: first.next ?? '' })
  assert.deepEqual(
    [...first.items, ...second.items].map(({ event_id }) => event_id),
    ['e1', 'e2', 'e3'],
  )
  assert.deepEqual([first.events, second.next, first.alerts.length > 0], [3, null, true])
  const { agents: of3 } = await analyst.ask('explain', { event: 'e3' })
  const judgement = of3[0]?.judgement ?? assert.fail('not judged again')
  assert.deepEqual([judgement.score, judgement.alerts], [of3[0]?.records[0]?.score, true])
  const { agents: of1 } = await analyst.ask('explain', { event: 'e1' })
  assert.deepEqual([of1[0]?.judgement?.alerts, of1[0]?.findings.length], [false, 0])
  assert.match(of1[0]?.lines.join('\n') ?? '', /It does not alert/)
})

test('what the registry lacks, what could not be read, what waits, the policy and how it is', async () => {
  const names = (part: { items: { agent: string }[] }) => part.items.map(({ agent }) => agent).sort()
  const gaps = await analyst.ask('registryGaps')
  assert.deepEqual([names(gaps.never_seen), names(gaps.unowned)], [['never'], ['never']])
  assert.deepEqual(names(gaps.unregistered), ['bot-1', 'bot-2', 'bot-3'])
  const rejected = await analyst.ask('rejections')
  assert.deepEqual([rejected.read, rejected.items[0]?.code], [1, 'unknown_format'])
  assert.match(rejected.items[0]?.sample.head ?? '', /not/)
  const { waiting } = await analyst.ask('approvals')
  assert.ok(waiting.items.length > 0)
  assert.ok(waiting.items.every(({ command, alert }) => command.state === 'held' && command.alert_id === alert.id))
  const policy = await analyst.ask('policy')
  assert.match(
    policy.sentences.join('\n'),
    /For agents of tier medium, people are alerted and asked to approve a revocation on every finding\./,
  )
  const { agents: states, alerts, budget, lacks } = await analyst.ask('overview')
  assert.deepEqual([states.total, states.states.never_seen, budget.asked], [5, 1, 0.01])
  assert.equal(alerts.awaiting_approval, waiting.items.filter(({ command }) => command.state === 'held').length)
  assert.ok(lacks.some(({ kind }) => kind === 'rejected') && lacks.some(({ kind }) => kind === 'strangers'))
  const health = await analyst.ask('health')
  assert.ok(health.knowledge !== null && health.store.events > 1_000)
  assert.equal(health.questions.waiting_max > 0, true)
})

test('an approver approves what was shown, and the log holds the verdict under the own name; an analyst may not', async () => {
  const row = await alertOn('bot-0', 'vault/secrets.read')
  const { id, revision, command_id } = row
  assert.ok(command_id !== null)
  const shown = { id, revision, command_id }
  const no = await analyst.say('verdicts', { alerts: [shown], answer: 'approve', reason: 'looks bad' })
  assert.deepEqual([no.answers[0]?.accepted, no.answers[0]?.code], [false, 'not_allowed'])
  const another = { ...shown, command_id: 'cmd_another' }
  const wrong = await withStages(
    approver.say('verdicts', { alerts: [another], answer: 'approve', reason: 'looks bad' }),
  )
  assert.deepEqual([wrong.answers[0]?.accepted, wrong.answers[0]?.code], [false, 'other_command'])
  const said = await withStages(approver.say('verdicts', { alerts: [shown], answer: 'approve', reason: 'looks bad' }))
  assert.deepEqual([said.answers[0]?.accepted, said.answers[0]?.command_state], [true, 'sent'])
  await up.run.drain()
  const detail = await approver.ask('alert', { id })
  assert.deepEqual(
    detail.verdicts.map(({ answer, issuer, reason }) => [answer, issuer, reason]),
    [['approve', 'app', 'looks bad']],
  )
  const [command] = detail.commands
  assert.ok(command !== undefined && command.approved_by === 'app')
  const { proposed_at, approved_at, sent_at } = command
  assert.ok(approved_at !== null && sent_at !== null && proposed_at <= approved_at && approved_at <= sent_at + minuteMs)
  const restored = await withStages(approver.say('restore', { command_id, reason: 'wrong agent' }))
  assert.equal(restored.answers[0]?.accepted, true)
  await up.run.drain()
  const after = await approver.ask('alert', { id })
  assert.deepEqual(
    after.commands.map(({ action, state }) => [action, state]),
    [
      [command.action, 'sent'],
      ['restore', 'sent'],
    ],
  )
  assert.deepEqual([after.commands[0]?.restored_by, after.commands[0]?.can_restore], [after.commands[1]?.id, false])
  const { agents: rows } = { agents: (await analyst.ask('agents', { search: 'agent:bot-0' })).items }
  assert.equal(rows[0]?.agent, 'bot-0')
})

test('many are answered at once, and each has its own answer', async () => {
  const { items } = await analyst.ask('alerts', { search: 'agent:bot-1' })
  assert.ok(items.length > 0)
  const alerts = [...items.map(({ id, revision }) => ({ id, revision })), { id: 'alr_none', revision: 1 }]
  const { answers } = await withStages(
    analyst.say('verdicts', { alerts, answer: 'false', reason: 'announced', suppress_days: 3 }),
  )
  assert.deepEqual(
    answers.map(({ accepted, code }) => [accepted, code]),
    [...items.map(() => [true, 'accepted']), [false, 'not_found']],
  )
  await up.run.drain()
  const closed = await analyst.ask('alerts', { search: 'agent:bot-1', state: 'closed' })
  assert.deepEqual(closed.items.map(({ id }) => id).sort(), items.map(({ id }) => id).sort())
  assert.ok(closed.items.every(({ verdict }) => verdict?.issuer === 'ana'))
  for (const search of ['agent:bot-1 verdict:false', 'agent:bot-1 state:closed', 'agent:bot-1 issuer:ana'])
    assert.equal((await analyst.ask('alerts', { search })).total, items.length, search)
})

test('new alerts come as they are written, and whoever comes back hears what was missed', async () => {
  const heard = await hearAlerts(analyst)
  const now = Date.now()
  const event = { system: 'vault', action: 'secrets.read', privilege: 'admin', destinations: ['evil.example'] }
  await up.run.log.append([nativeRecord({ id: 'e9', agent: 'bot-2', session: 's9', time: now, ...event })])
  await up.run.drain()
  const { alert, is_new, id } = await heard.next()
  assert.deepEqual([alert.agent, is_new], ['bot-2', true])
  const detail = await analyst.ask('alert', { id: alert.id })
  assert.equal(detail.alert.agent, 'bot-2')
  await heard.close()
  const again = await hearAlerts(analyst, { 'last-event-id': String(Number(id) - 1) })
  assert.equal((await again.next()).id, id)
  await again.close()
})
