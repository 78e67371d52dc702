import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { tokenSource } from './oauth-token.ts'

let asked: { authorization: string | undefined; body: string }[] = []
let answer = { status: 200, body: '' }
const server = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  asked.push({ authorization: request.headers.authorization, body })
  response.writeHead(answer.status).end(answer.body)
})
let client: Parameters<typeof tokenSource>[0]
before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  client = { tokenUrl: `http://127.0.0.1:${port}/token`, clientId: 'in:gest', clientSecret: 's%', timeoutMs: 5000 }
})
after(() => server.close())

test('asks once for a token and keeps it for four fifths of its life', async () => {
  let now = 0
  asked = []
  const source = tokenSource({ ...client, scope: 'kafka' }, () => now)
  answer = { status: 200, body: JSON.stringify({ access_token: 'one', expires_in: 100 }) }
  assert.deepEqual(await Promise.all([source(), source()]), ['one', 'one'])
  answer = { status: 200, body: JSON.stringify({ access_token: 'two' }) }
  now = 79_999
  assert.equal(await source(), 'one')
  now = 80_000
  assert.equal(await source(), 'two')
  assert.equal(asked.length, 2)
  assert.equal(asked[0]?.body, 'grant_type=client_credentials&scope=kafka')
  const basic = Buffer.from(asked[0]?.authorization?.slice('Basic '.length) ?? '', 'base64').toString()
  assert.equal(basic, 'in%3Agest:s%25', 'both are form-encoded, as RFC 6749 says')
})

test('says who gave no token, without what was sent, and asks again the next time', async () => {
  const source = tokenSource(client)
  answer = { status: 401, body: 'bad secret s%' }
  await assert.rejects(source(), (error: Error) => /status 401/.test(error.message) && !error.message.includes('s%'))
  answer = { status: 200, body: 'welcome' }
  await assert.rejects(source(), /access_token/)
  answer = { status: 200, body: JSON.stringify({ access_token: 'three', expires_in: 100 }) }
  assert.equal(await source(), 'three')
})
