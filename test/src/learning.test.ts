import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewRecord } from '@straylight/runtime/log/log'
import { dayMs, minuteMs } from '@straylight/schemas/duration'
import type { Finding } from '@straylight/schemas/finding'
import { findingsOf } from 'straylight/replay/replay-judgements'
import { type EmbeddedRun, openEmbeddedRun } from '../test-support/embedded-run.ts'
import { nativeRecord } from '../test-support/native-line.ts'
import { historyOf, officeWork } from '../test-support/office-work.ts'

// Levels learn as they should: what a campaign does stays strange to peers, what peers come to do becomes familiar once it has
// aged, a slow ramp hides no export, and an announced change is learnt instead of alerting.

const liveFrom = Date.parse('2026-03-12T00:00:00Z')
const budget = 0.01

interface Office {
  readonly run: EmbeddedRun
  /** A day of work with what else happens in it, and the version that comes of the day before. */
  day(records: readonly NewRecord[]): Promise<void>
  finding(eventId: string): Promise<Finding | undefined>
  /** Of an event that was judged, reported or not. */
  score(eventId: string): number
  alerts(): number
}

/** An office with twenty days of history, whose days then pass one by one. */
async function withOffice(
  of: { agents: readonly string[]; registry?: unknown },
  use: (office: Office) => Promise<void>,
) {
  let now = liveFrom
  const scores = new Map<string, number>()
  const run = await openEmbeddedRun({
    now: () => now,
    partitions: 1,
    score: { onJudgement: ({ observed, score }) => void scores.set(observed.event.id, score) },
    policy: { budget: { session_alert_rate: budget } },
    ...(of.registry === undefined ? {} : { registry: of.registry }),
  })
  try {
    await run
      .baseline()
      .importHistory(historyOf(officeWork({ agents: of.agents, from: liveFrom - 20 * dayMs, days: 20 })))
    await use({
      run,
      day: async (records) => {
        now += dayMs
        const timed = [...records].sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0))
        await run.log.append(timed)
        await run.drain()
        await run.drain()
      },
      finding: async (eventId) => (await findingsOf(run.log)).find(({ event_id }) => event_id === eventId),
      score: (eventId) => scores.get(eventId) ?? assert.fail(`${eventId} was not judged`),
      alerts: () => [...run.respond().alerts()].length,
    })
  } finally {
    await run.close()
  }
}

const names = (count: number) => Array.from({ length: count }, (_, at) => `bot-${String(at).padStart(2, '0')}`)
const workOf = (agents: readonly string[], day: number) => officeWork({ agents, from: liveFrom + day * dayMs, days: 1 })
const at = (day: number, hour: number, place = 0) => liveFrom + day * dayMs + hour * 60 * minuteMs + place * 1_000

test('a campaign against twelve agents over days does not make its destination familiar to the others', async () => {
  const agents = names(14)
  const mailTo = (agent: string, day: number, place: number) =>
    nativeRecord({
      ...{
        id: `c-${agent}-${day}`,
        agent,
        time: at(day, 17, place),
        system: 'mail',
        action: 'send',
        bytes_sent: 3_000,
      },
      destinations: ['drop@attacker.example'],
    })
  await withOffice({ agents }, async ({ day, finding }) => {
    for (let passed = 0; passed < 4; passed++) {
      const struck = agents.slice(0, 12).map((agent, place) => mailTo(agent, passed, place))
      await day([...workOf(agents, passed), ...struck])
    }
    await day([...workOf(agents, 4), mailTo('bot-12', 4, 0)])
    const found = (await finding('c-bot-12-4')) ?? assert.fail('nothing found at the thirteenth agent')
    assert.deepEqual([found.cause, found.target], ['new_destination', 'drop@attacker.example'])
    assert.ok(found.p_value <= budget, `p ${found.p_value}`)
    const reported = found.contributions.map(({ feature }) => feature)
    assert.ok(reported.includes('destination_new_peers'), 'no peer is said to know it')
    const first = (await finding('c-bot-00-0')) ?? assert.fail('nothing found at the first agent')
    assert.ok(found.score >= first.score - 1, `${found.score} against ${first.score} on the first day`)
  })
})

test('a step that peers come to take is familiar to the others once it has aged', async () => {
  const agents = names(6)
  const search = (agent: string, day: number, place: number) =>
    nativeRecord({
      ...{
        id: `n-${agent}-${day}-${place}`,
        agent,
        time: at(day, 9, 5 + place),
        session: `${agent}-${Math.floor(at(day, 0) / dayMs)}-0`,
      },
      ...{ system: 'crm', action: 'contacts.search', bytes_received: 2_000 },
    })
  await withOffice({ agents }, async ({ day, finding, score }) => {
    const some = agents.slice(0, 4)
    await day([...workOf(agents, 0), ...some.map((agent, place) => search(agent, 0, place))])
    for (let passed = 1; passed < 3; passed++)
      await day([...workOf(agents, passed), ...some.map((agent, place) => search(agent, passed, place))])
    await day([...workOf(agents, 3), search('bot-04', 3, 0)])
    for (let passed = 4; passed < 11; passed++)
      await day([...workOf(agents, passed), ...some.map((agent, place) => search(agent, passed, place))])
    await day([...workOf(agents, 11), search('bot-05', 11, 0)])
    const [first, soon, late] = ['n-bot-00-0-0', 'n-bot-04-3-0', 'n-bot-05-11-0'].map(score) as [number, number, number]
    assert.ok(
      soon < first && late < first - 2,
      `${first} on the first day, ${soon} on the fourth, ${late} on the twelfth`,
    )
    const reported = await finding('n-bot-05-11-0')
    assert.ok(reported === undefined || reported.p_value > budget, 'it does not alert')
  })
})

test('after thirty days of five percent a day more, ten times as much still alerts', async () => {
  const agents = names(3)
  await withOffice({ agents }, async ({ day, finding }) => {
    for (let passed = 0; passed < 30; passed++)
      await day(officeWork({ agents, from: liveFrom + passed * dayMs, days: 1, volume: () => 1.05 ** passed }))
    const bytes_sent = Math.round(10 * 3_000 * 1.05 ** 30)
    const mail = { system: 'mail', action: 'send', destinations: ['colleague-1@acme.example'], bytes_sent }
    await day([nativeRecord({ id: 'export', agent: 'bot-00', time: at(30, 10), session: 'export', ...mail })])
    const found = (await finding('export')) ?? assert.fail('nothing found')
    assert.ok(found.p_value <= budget, `p ${found.p_value}`)
    assert.ok(found.contributions.some(({ feature }) => feature.startsWith('sent_') || feature === 'amount_excess'))
  })
})

test('an announced tool is learnt and is no storm; unannounced it is quarantined, and so is its new external destination', async () => {
  const agents = names(4)
  const call = (agent: string, day: number, place: number, more: Record<string, unknown> = {}) =>
    nativeRecord({
      ...{ id: `t-${agent}-${day}-${place}`, agent, time: at(day, 9, 130 + 60 * place) },
      ...{
        session: `${agent}-${Math.floor(at(day, 0) / dayMs)}-0`,
        system: 'wiki',
        action: 'pages.read',
        bytes_received: 1_500,
        ...more,
      },
    })
  const registry = {
    version: 1,
    agents: [...agents.map((agent) => ({ agent, owner: 'office@acme.example' }))].map((entry) =>
      entry.agent === 'bot-03'
        ? entry
        : {
            ...entry,
            changes: [{ time: new Date(liveFrom).toISOString(), what: 'tool', systems: ['wiki'], relearn_days: 3 }],
          },
    ),
  }
  await withOffice({ agents, registry }, async ({ day, finding, alerts }) => {
    const announced = agents.slice(0, 3)
    await day([...workOf(agents, 0), ...announced.flatMap((agent) => [0, 1, 2].map((place) => call(agent, 0, place)))])
    assert.equal(alerts(), 0)
    const reported = await finding('t-bot-00-0-0')
    assert.ok(reported === undefined || (reported.held_out === false && reported.relearning?.what === 'tool'))
    await day([...workOf(agents, 1), call('bot-03', 1, 0)])
    assert.equal((await finding('t-bot-03-1-0'))?.held_out, true, 'nobody announced it for this one')
    await day([
      ...workOf(agents, 2),
      call('bot-01', 2, 7, { bytes_sent: 3_000, destinations: ['https://drop.attacker.example'] }),
    ])
    const out = (await finding('t-bot-01-2-7')) ?? assert.fail('a new external destination is reported')
    assert.equal(out.relearning, undefined)
    // The window is over: what was learnt in it is known, another new system is not.
    await day([...workOf(agents, 3), call('bot-00', 3, 0), call('bot-02', 3, 0, { id: 'vault', system: 'vault' })])
    assert.ok(((await finding('t-bot-00-3-0'))?.p_value ?? 1) > budget)
    const vault = (await finding('vault')) ?? assert.fail('another system is reported')
    assert.ok(vault.held_out && vault.relearning === undefined)
  })
})
