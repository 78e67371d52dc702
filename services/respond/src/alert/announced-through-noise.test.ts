import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import { deliveriesOf, deliveryHouse, settle, until } from '../../test-support/delivery-house.ts'
import { sampleFindingOf } from '../../test-support/finding-of.ts'
import { alertsMax } from './alert-index.ts'
import { perUnknownMax } from './notification-budget.ts'
import { roomMade } from './surplus-alerts.ts'

// What an agent does beside it does not hide the worst it does (promise 15), and it can't page people without end.

async function noisyHouse(t: TestContext) {
  const house = await deliveryHouse(t)
  const running = await house.start()
  let offset = 0
  const say = (given: Partial<Finding>) => house.say(offset++, given)
  const settled = async () => {
    await settle(running, 3)
    await until(running, () => deliveriesOf(running).every(({ state }) => state !== 'due'))
  }
  t.after(() => running.runner.close())
  return { ...house, running, say, settled, received: house.receiver().received }
}

const small = (at: number): Partial<Finding> => ({ cause: 'order', target: `small ${at}`, severity: 'low', score: 9 })
const exfiltration: Partial<Finding> = {
  ...({ cause: 'volume', severity: 'critical', score: 60, target: 'storage/put' } as const),
  reasons: ['Far larger than any earlier call: 50 GB to evil.example; largest of 30 earlier calls: 2.0 MB'],
}
const step: Partial<Finding> = {
  ...({ cause: 'privilege', severity: 'high', score: 40, target: 'root' } as const),
  reasons: ['New privilege: root, never in 40 uses of privileges over 9 days'],
}

test('promise 15: beside twenty small open alerts, 50 GB to a new host and a step of privilege are reported, by name', async (t) => {
  const { say, settled, received, running } = await noisyHouse(t)
  for (let at = 0; at < 40; at++) await say(small(at))
  await settled()
  const before = received.length
  for (const worse of [exfiltration, step]) {
    await say(worse)
    await settled()
  }
  for (let at = 0; at < 40; at++) await say({ ...small(at), cause: at % 2 === 0 ? 'volume' : 'privilege' })
  await settled()
  const reported = received.slice(before)
  assert.deepEqual(
    reported.map(({ type, data }) => [type, data.cause, data.severity, data.summary.split('. ')[0]]),
    [
      ['agent.alert.created', 'volume', 'critical', 'invoice-bot moved far more data than usual: storage/put'],
      ['agent.alert.created', 'privilege', 'high', 'invoice-bot acted with unusual rights: root'],
    ],
  )
  assert.match(reported[0]?.data.summary ?? '', /50 GB to evil\.example/)
  const alerts = [...running.respond.alerts()]
  const kept = alerts.flatMap(({ findings }) => findings)
  for (const { target } of [exfiltration, step]) assert.ok(kept.some((finding) => finding.target === target))
  const grown = alerts.find(({ cause }) => cause === 'volume')
  assert.match(
    grown?.summary ?? '',
    /^invoice-bot moved far more data than usual: storage\/put, among other targets\. /,
  )
  assert.equal(grown?.finding_count, 21)
})

test('promise 15: each rise within one alert for many targets is reported, by the finding that raised it', async (t) => {
  const { say, settled, received } = await noisyHouse(t)
  for (let at = 0; at < 60; at++) await say(small(at))
  await settled()
  const before = received.length
  for (const severity of ['medium', 'medium', 'high', 'low', 'critical', 'critical'] as const) {
    await say({ ...small(99), target: `a ${severity} one`, severity })
    await settled()
  }
  assert.deepEqual(
    received.slice(before).map(({ type, data }) => [type, data.severity, /a \w+ one/.exec(data.summary)?.[0]]),
    [
      ['agent.alert.updated', 'medium', 'a medium one'],
      ['agent.alert.updated', 'high', 'a high one'],
      ['agent.alert.updated', 'critical', 'a critical one'],
    ],
  )
})

test('promise 15: 2,000 made-up agents page people as often as one crowd may, and the known agent among them is heard', async (t) => {
  const { log, running, settled, received, metrics, lines } = await noisyHouse(t)
  const evidence = { ...sampleFindingOf(0).evidence, profile_events: 0, profile_days: 0 }
  const crowd = Array.from({ length: 2_000 }, (_, at) =>
    sampleFindingOf(10_000 + at, { agent: `made-up-${at}`, registered: false, evidence, severity: 'low' }),
  )
  const records = crowd.map((finding) => ({ topic: topics.findings.name, key: 'k', value: JSON.stringify(finding) }))
  await log.append(records)
  await until(running, () => [...running.respond.alerts()].length === 2_000)
  await settled()
  assert.equal(received.length, 1 + perUnknownMax, 'the first of the cause, and so many')
  await log.append(
    crowd.map((finding) => ({
      topic: topics.findings.name,
      key: 'k',
      value: JSON.stringify({
        ...finding,
        id: `${finding.id}b`,
        log: { ...finding.log, offset: finding.log.offset + 5_000 },
        severity: 'critical',
      }),
    })),
  )
  await until(running, () => [...running.respond.alerts()].every(({ severity }) => severity === 'critical'))
  await settled()
  assert.equal(received.length, 2 + perUnknownMax, 'and the first that is graver')
  await log.append([
    { topic: topics.findings.name, key: 'k', value: JSON.stringify(sampleFindingOf(50_000, { severity: 'low' })) },
  ])
  await until(running, () => received.some(({ data }) => data.agent === 'invoice-bot'))
  const text = await metrics.registry.metrics()
  assert.match(text, new RegExp(`^straylight_notifications_withheld_total ${2 * 2_000 - 2 - perUnknownMax}$`, 'm'))
  assert.ok(lines.some((line) => JSON.stringify(line).includes('people hear only of what is new or graver')))
})

test('promise 7: a flood of small alerts closes small alerts, tells that it did, and leaves the grave one open', async (t) => {
  const { log, running, metrics } = await noisyHouse(t)
  const recordOf = (finding: Finding) => ({ topic: topics.findings.name, key: 'k', value: JSON.stringify(finding) })
  await log.append([recordOf(sampleFindingOf(0, { severity: 'critical', agent: 'payer', target: 'worst' }))])
  const evidence = { ...sampleFindingOf(0).evidence, profile_events: 0 }
  const made = { registered: false, evidence, severity: 'medium' } as const
  const flood = Array.from({ length: alertsMax + 20 }, (_, at) =>
    sampleFindingOf(1 + at, { agent: `made-up-${at}`, ...made }),
  )
  await log.append(flood.map(recordOf))
  await until(running, () => [...running.respond.alerts()].some(({ agent }) => agent === `made-up-${alertsMax + 19}`))
  const open = [...running.respond.alerts()].filter(({ state }) => state === 'open')
  // Some make room at once, beside the one that is too many, and then there is room for the rest.
  assert.equal(open.length, alertsMax - roomMade + 20)
  assert.ok(open.some(({ target }) => target === 'worst'))
  const total = new RegExp(`^straylight_alerts_made_room_total ${roomMade + 1}$`, 'm')
  assert.match(await metrics.registry.metrics(), total)
})
