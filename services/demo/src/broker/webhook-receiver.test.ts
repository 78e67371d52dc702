import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { startWebhookReceiver } from './webhook-receiver.ts'

const secret = `whsec_${Buffer.from('a secret that only this test has').toString('base64')}`
const receiver = await startWebhookReceiver({ secret })
after(() => receiver.close())

function post(id: string, body: string, options: { signedWith?: string; at?: Date } = {}): Promise<Response> {
  const at = options.at ?? new Date()
  return fetch(receiver.url, {
    method: 'POST',
    body,
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(options.signedWith ?? secret).sign(id, at, body),
    },
    signal: AbortSignal.timeout(2000),
  })
}
const body = (text: string) => JSON.stringify({ type: 'agent.alert.created', data: { text } })

test('a signed message is kept once, however often it comes', async () => {
  const heard: string[] = []
  receiver.onReceived(({ id }) => heard.push(id))
  assert.equal((await post('msg_1', body('one'))).status, 204)
  assert.equal((await post('msg_1', body('one'))).status, 204)
  assert.equal((await post('msg_2', body('two'))).status, 204)
  assert.deepEqual(
    receiver.received.map(({ id }) => id),
    ['msg_1', 'msg_2'],
  )
  assert.deepEqual(receiver.received[0]?.body, JSON.parse(body('one')))
  assert.equal(receiver.repeats, 1)
  assert.deepEqual(heard, ['msg_1', 'msg_2'])
})

test('a wrong key, a changed body, a stale time and no signature at all are refused', async () => {
  const other = `whsec_${Buffer.from('another secret of another sender').toString('base64')}`
  const before = receiver.received.length
  assert.equal((await post('msg_3', body('forged'), { signedWith: other })).status, 401)
  assert.equal((await post('msg_4', body('old'), { at: new Date(Date.now() - 600_000) })).status, 401)
  assert.equal((await fetch(receiver.url, { method: 'POST', body: body('bare') })).status, 401)
  assert.equal(receiver.received.length, before)
  assert.equal(receiver.refused, 3)
})

test('it can fail as receivers do', async () => {
  receiver.setMode('error_500')
  assert.equal((await post('msg_5', body('x'))).status, 500)
  receiver.setMode('gone_410')
  assert.equal((await post('msg_5', body('x'))).status, 410)
  receiver.setMode('hang')
  await assert.rejects(
    fetch(receiver.url, { method: 'POST', body: body('x'), signal: AbortSignal.timeout(100) }),
    /timeout|aborted/,
  )
  receiver.setMode('ok')
  assert.equal((await post('msg_5', body('x'))).status, 204)
})
