import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Alert } from '@straylight/schemas/alert'
import { dayMs, minuteMs } from '@straylight/schemas/duration'
import { findingsOf } from 'straylight/replay/replay-judgements'
import { type EmbeddedRun, openEmbeddedRun } from '../test-support/embedded-run.ts'
import { nativeRecord } from '../test-support/native-line.ts'
import { historyOf } from '../test-support/office-work.ts'

// Each signal that the mission names, from the audit log to an open alert (an unowned agent: to one finding): ingest, baseline, score and respond over a real
// log and store, with the model that ships. One agent a signal, all of them alike for four weeks.

const hourMs = 60 * minuteMs
/** A Monday. */
const today = Date.UTC(2026, 10, 23)
const strays = ['newcomer', 'hauler', 'dripper', 'riser', 'roamer', 'expired', 'lasting', 'borrower', 'wrecker']
const agents = [...strays, 'silent', 'steady', 'lender']

const isoOf = (time: number): string => new Date(time).toISOString()

/** A token a day. */
function credentialOf(agent: string, time: number) {
  const issued = Math.floor(time / dayMs) * dayMs
  const scopes = ['erp.read', 'erp.write']
  return { id: `jti:${agent}:${issued}`, issued_at: isoOf(issued), expires_at: isoOf(issued + dayMs), scopes }
}

let made = 0
const record = (event: { agent: string; time: number } & Record<string, unknown>) =>
  nativeRecord({
    ...{ id: `e${made++}`, owner: 'office@acme.example', parent_agent: 'planner', privilege: 'read', system: 'erp' },
    ...{ action: 'read', bytes_sent: 300, bytes_received: 2_000, records: 10, source: { ip: '10.1.4.7' } },
    ...{ credential: credentialOf(event.agent, event.time), session: `${event.agent}@${event.time}` },
    ...event,
  })

/** An ordinary session: looks things up, writes a few, deletes one. */
function sessionOf(agent: string, from: number, spread: number) {
  const actions = ['list', 'read', 'read', 'update', 'items.delete', 'read'].slice(0, 4 + (spread % 3))
  return actions.map((action, at) =>
    record({
      ...{ agent, action, time: from + at * 10_000, session: `${agent}@${from}` },
      privilege: action === 'update' || action === 'items.delete' ? 'write' : 'read',
      bytes_sent: 250 + 37 * ((spread + at) % 7),
      bytes_received: 1_500 + 211 * ((spread * 3 + at) % 9),
      records: 5 + ((spread + at) % 11),
    }),
  )
}

const dayOf = (from: number, day: number, of = agents) =>
  [9, 11, 13, 15].flatMap((hour, at) =>
    of.flatMap((agent, which) => sessionOf(agent, from + hour * hourMs + which * 3 * minuteMs, 4 * day + at + which)),
  )

let run: EmbeddedRun
let now = today + 16 * hourMs
before(async () => {
  const registered = agents.map((agent) => ({
    ...{ tenant: 'default', agent, owner: 'office@acme.example', credential_lifetime_hours: 24 },
    ...(agent === 'roamer' ? { boundary: { actions: ['list', 'read', 'items.delete'] } } : {}),
  }))
  run = await openEmbeddedRun({
    now: () => now,
    registry: { version: 1, agents: registered },
    policy: { budget: { session_alert_rate: 0.001 } },
  })
  const past = Array.from({ length: 28 }, (_, day) => dayOf(today - (28 - day) * dayMs, day)).flat()
  await run.baseline().importHistory(historyOf(past))
  await run.drain()
})
after(async () => run?.close())

async function play(records: ReturnType<typeof record>[]): Promise<void> {
  await run.log.append(records)
  await run.drain()
}

const alerts = (): Alert[] => [...run.respond().alerts()]
const causes = (agent: string) => alerts().flatMap((alert) => (alert.agent === agent ? [alert.cause] : []))

test('an ordinary day is quiet', async () => {
  const calm = agents.filter((agent) => agent !== 'roamer')
  await play(dayOf(today, 28, calm))
  assert.deepEqual(
    alerts().map(({ agent, cause }) => [agent, cause]),
    [],
  )
})

const evening = today + 17 * hourMs
const signals: readonly [agent: string, cause: Alert['cause'], records: () => ReturnType<typeof record>[]][] = [
  ['newcomer', 'new_system', () => [record({ agent: 'newcomer', time: evening, system: 'vault' })]],
  ['hauler', 'volume', () => [record({ agent: 'hauler', time: evening, bytes_received: 2 ** 30, records: 900_000 })]],
  [
    'dripper',
    'window_volume',
    () => Array.from({ length: 700 }, (_, at) => record({ agent: 'dripper', time: evening + at * 4_000 })),
  ],
  ['riser', 'privilege', () => [record({ agent: 'riser', time: evening, privilege: 'admin' })]],
  [
    'roamer',
    'outside_boundary',
    () => [record({ agent: 'roamer', time: evening, action: 'update', privilege: 'write' })],
  ],
  [
    'expired',
    'credential_expired',
    () => [record({ agent: 'expired', time: evening, credential: credentialOf('expired', evening - dayMs) })],
  ],
  [
    'lasting',
    'credential_age',
    () => {
      const credential = { ...credentialOf('lasting', evening), expires_at: isoOf(today + 365 * dayMs) }
      return [record({ agent: 'lasting', time: evening, credential })]
    },
  ],
  [
    'borrower',
    'credential_shared',
    () => [
      record({ agent: 'lender', time: evening }),
      record({ agent: 'borrower', time: evening + minuteMs, credential: credentialOf('lender', evening) }),
    ],
  ],
  [
    'wrecker',
    'destructive_burst',
    () =>
      Array.from({ length: 60 }, (_, at) => {
        const call = { action: 'items.delete', privilege: 'write', session: 'stray' }
        return record({ agent: 'wrecker', time: evening + at * 5_000, ...call })
      }),
  ],
]
for (const [agent, cause, records] of signals) {
  test(`${cause}: an alert is open`, async () => {
    now = evening + hourMs
    await play(records())
    assert.ok(causes(agent).includes(cause), `${agent} has alerts of ${causes(agent).join(', ') || 'nothing'}`)
    const alert = alerts().find((each) => each.agent === agent && each.cause === cause)
    assert.equal(alert?.state, 'open')
  })
}

test('unowned_agent: who is in no registry is reported, once', async () => {
  const call = { agent: 'nobodys', owner: undefined, parent_agent: undefined }
  await play([0, 1, 2].map((at) => record({ ...call, time: evening + at * minuteMs })))
  const findings = (await findingsOf(run.log)).filter(({ agent }) => agent === 'nobodys')
  assert.deepEqual(
    findings.filter(({ cause }) => cause === 'unowned_agent').map(({ reasons }) => reasons),
    [['Unowned agent: nobodys is in no registry']],
  )
})

test('silent_agent: an alert is open for who was always there, while the others go on', async () => {
  const others = agents.filter((agent) => !['silent', 'roamer'].includes(agent))
  for (let day = 1; day <= 4; day++) {
    now = today + day * dayMs + 17 * hourMs
    await play(dayOf(today + day * dayMs, 28 + day, others))
  }
  assert.ok(
    causes('silent').includes('silent_agent'),
    `silent has alerts of ${causes('silent').join(', ') || 'nothing'}`,
  )
  assert.deepEqual(causes('steady'), [])
})
