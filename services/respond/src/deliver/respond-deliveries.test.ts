import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, deliveriesOf, deliveryHouse, settle, until } from '../../test-support/delivery-house.ts'

const minute = 60_000

test('an alert is delivered once, again when its severity rises, and not for more of the same', async (t) => {
  const policy = { tiers: { high: { high: 'approve' } } }
  const { receiver, start, say } = await deliveryHouse(t, { policy, webhooks: { soc: { severity_min: 'medium' } } })
  const running = await start()
  await say(1, { severity: 'low', target: 'below the webhook’s minimum' })
  await say(2, { severity: 'medium' })
  await until(running, () => deliveriesOf(running).some(({ state }) => state === 'delivered'))
  await say(3, { severity: 'medium' })
  await say(4, { severity: 'high', tier: 'high' })
  await until(running, () => deliveriesOf(running).filter(({ state }) => state === 'delivered').length === 3)
  await running.runner.close()
  const { received } = receiver()
  assert.deepEqual(
    received.map(({ type, data }) => [type, data.severity, data.state]),
    [
      ['agent.alert.created', 'medium', 'open'],
      ['agent.alert.updated', 'high', 'awaiting_approval'],
      ['agent.approval.requested', 'high', 'awaiting_approval'],
    ],
  )
  assert.match(
    received[2]?.data.answer_with[0] ?? '',
    /^straylight verdict alr_[0-9a-f]{20} approve --revision \d+ --command cmd_[0-9a-f]{32} --reason/,
  )
})

test('the schedule of retries survives a restart, under the same id', async (t) => {
  const { state, receiver, start, say } = await deliveryHouse(t)
  const soc = receiver()
  soc.answer = answers(500)
  const first = await start()
  await say(1)
  await until(first, () => deliveriesOf(first)[0]?.attempts === 1)
  await first.runner.close()

  const second = await start()
  await settle(second)
  assert.equal(soc.received.length, 1, 'not before its time')
  state.now += 6_000
  await until(second, () => deliveriesOf(second)[0]?.attempts === 2)
  soc.answer = answers(204)
  state.now += 6 * minute
  await until(second, () => deliveriesOf(second)[0]?.state === 'delivered')
  await second.runner.close()
  assert.equal(new Set(soc.received.map(({ id }) => id)).size, 1)
  assert.equal(soc.received.length, 3)
})
