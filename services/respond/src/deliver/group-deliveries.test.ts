import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deliveriesOf, deliveryHouse, until } from '../../test-support/delivery-house.ts'
import { productReceiver } from '../../test-support/product-receiver.ts'
import { groupMax } from './group-deliveries.ts'

interface Posted {
  readonly text: string
  readonly blocks: { text?: { text: string } }[]
}
const allText = ({ blocks }: Posted): string => blocks.map(({ text }) => text?.text ?? '').join('\n')
const isGroup = (message: Posted): boolean => message.text.includes(' messages about ')
const taken = () => ({ status: 200, text: 'ok' })
const slackHouse = async (
  t: Parameters<typeof deliveryHouse>[0],
  answer: (posted: Posted) => { status: number; text?: string },
  policy: object = {},
) => {
  const posted: Posted[] = []
  const slack = await productReceiver(t, ({ body }) => {
    const message: Posted = JSON.parse(body)
    posted.push(message)
    return answer(message)
  })
  const house = await deliveryHouse(t, { webhooks: { soc: { url: slack.url, format: 'slack' } }, policy })
  return { house, posted }
}

test('thirty alerts at once are a few messages in a channel, none is missing, and each alert knows that it was delivered', async (t) => {
  const { house, posted } = await slackHouse(t, taken)
  const running = await house.start()
  for (let at = 1; at <= 30; at++) await house.say(at, { agent: `agent-${at}` })
  await until(running, () => deliveriesOf(running).filter(({ state }) => state === 'delivered').length === 30)
  assert.ok(posted.length <= 4, `${posted.length} messages`)
  for (let at = 1; at <= 30; at++) {
    const naming = posted.filter((message) => new RegExp(`agent-${at}\\b`).test(allText(message)))
    assert.equal(naming.length, 1, `agent-${at}`)
  }
  for (const message of posted) assert.ok((allText(message).match(/alr_/g) ?? []).length <= groupMax + 2)
  await running.runner.close()
})

test('a few alerts go one by one, each with its facts', async (t) => {
  const { house, posted } = await slackHouse(t, taken)
  const running = await house.start()
  for (let at = 1; at <= 4; at++) await house.say(at, { agent: `agent-${at}` })
  await until(running, () => deliveriesOf(running).filter(({ state }) => state === 'delivered').length === 4)
  assert.equal(posted.length, 4)
  await running.runner.close()
})

test('a group that the receiver refuses for its text goes again one by one, in the fewest words', async (t) => {
  const { house, posted } = await slackHouse(t, (message) =>
    isGroup(message) ? { status: 403, text: 'blocked' } : { status: 200, text: 'ok' },
  )
  const running = await house.start()
  for (let at = 1; at <= 8; at++) await house.say(at, { agent: `agent-${at}` })
  await until(
    running,
    () => deliveriesOf(running).length === 8 && deliveriesOf(running).every(({ attempts }) => attempts >= 1),
  )
  house.state.now += 10_000
  await until(running, () => deliveriesOf(running).every(({ state }) => state === 'delivered'))
  assert.ok(posted.some(isGroup))
  assert.equal(posted.filter((message) => !isGroup(message)).length, 8)
  await running.runner.close()
})

test('a group that does not come through stays due, and goes again', async (t) => {
  const answer = { status: 503 }
  const { house, posted } = await slackHouse(t, () => ({ ...answer, text: answer.status === 200 ? 'ok' : 'away' }))
  const running = await house.start()
  for (let at = 1; at <= 12; at++) await house.say(at, { agent: `agent-${at}` })
  await until(
    running,
    () => deliveriesOf(running).length === 12 && deliveriesOf(running).every(({ attempts }) => attempts === 1),
  )
  assert.ok(deliveriesOf(running).every(({ state }) => state === 'due'))
  answer.status = 200
  house.state.now += 10_000
  await until(running, () => deliveriesOf(running).every(({ state }) => state === 'delivered'))
  assert.ok(posted.length <= 4)
  await running.runner.close()
})

test('an approval is never one of many', async (t) => {
  const { house, posted } = await slackHouse(t, taken, { tiers: { low: { high: 'approve' } } })
  const running = await house.start()
  for (let at = 1; at <= 8; at++) await house.say(at, { agent: `agent-${at}`, credential_id: `key-${at}` })
  const approvals = () => deliveriesOf(running).filter(({ event }) => event === 'agent.approval.requested')
  await until(
    running,
    () => approvals().length === 8 && deliveriesOf(running).every(({ state }) => state === 'delivered'),
  )
  const asking = posted.filter(({ blocks }) => JSON.stringify(blocks).includes('Approval needed'))
  assert.equal(asking.length, 8)
  for (const message of asking) assert.equal(isGroup(message), false)
  await running.runner.close()
})
