import assert from 'node:assert/strict'
import { test } from 'node:test'
import { topics } from '@straylight/schemas/topics'
import { useRecord } from '../../test-support/credential-uses.ts'
import { noon } from '../../test-support/event-of.ts'
import { CredentialIndex } from './credential-index.ts'

const recordOf = (value: string, headers: Readonly<Record<string, string>> = {}) => ({
  ...{ topic: topics.credentials.name, partition: 1, offset: 0, key: 'acme|c', headers, timestamp: noon },
  value: Buffer.from(value),
})
const agentsOf = (uses: readonly { agent: string }[] | undefined) => uses?.map(({ agent }) => agent)

test('a use is reported once an agent and credential, with who had used it before', () => {
  const index = new CredentialIndex()
  const took = (agent: string, at: number, credential?: string) =>
    index.take(useRecord({ agent, at, ...(credential === undefined ? {} : { credential }) }, at))
  assert.deepEqual(agentsOf(took('bot', 1)?.after), ['bot'])
  assert.equal(took('bot', 2), undefined)
  assert.deepEqual(agentsOf(took('bot', 3, 'other')?.after), ['bot'])
  const change = took('thief', 4)
  assert.deepEqual([agentsOf(change?.before), agentsOf(change?.after)], [['bot'], ['bot', 'thief']])
  assert.deepEqual([change?.place.offset, change?.place.log_time], [4, noon + 4])
  for (const agent of ['thief', 'bot']) assert.equal(took(agent, 9), undefined)
})

test('promise 11: an earlier use that comes late takes the place of the first, and so does a proof; a later one changes nothing', () => {
  const index = new CredentialIndex()
  index.take(useRecord({ agent: 'bot', at: 10 }, 0))
  assert.equal(index.take(useRecord({ agent: 'bot', at: 10 }, 1)), undefined)
  assert.deepEqual(index.take(useRecord({ agent: 'bot', at: 5 }, 2))?.after[0]?.id, 'bot-5')
  const proven = index.take(useRecord({ agent: 'bot', at: 7, proven: true }, 3))?.after[0]
  assert.deepEqual([proven?.id, proven?.proven], ['bot-5', true])
  assert.equal(index.take(useRecord({ agent: 'bot', at: 6 }, 4)), undefined)
})

test('the same name of another tenant is another credential', () => {
  const index = new CredentialIndex()
  index.take(useRecord({ agent: 'bot', at: 0 }, 0))
  assert.deepEqual(agentsOf(index.take(useRecord({ agent: 'bot', at: 1, tenant: 'other' }, 1))?.before), [])
})

test('markers in the stream say by which version to judge, never backwards', () => {
  const index = new CredentialIndex()
  assert.equal(index.version, 1)
  for (const version of [4, 2]) index.take(recordOf(JSON.stringify({ version }), { type: 'marker' }))
  assert.equal(index.version, 4)
})

test('what is no use of a credential is passed over', () => {
  const index = new CredentialIndex()
  for (const value of ['', '{', 'null', '[]', '{"tenant":"acme"}', '{"__proto__":{}}'])
    assert.equal(index.take(recordOf(value)), undefined)
  assert.equal(index.take(recordOf('{', { type: 'marker' })), undefined)
  assert.equal(index.version, 1)
})

test('a credential that everyone has does not fill memory', () => {
  const index = new CredentialIndex()
  let most = 0
  for (let at = 0; at < 100; at++)
    most = Math.max(most, index.take(useRecord({ agent: `a${at}`, at }, at))?.before.length ?? 0)
  assert.equal(most, 16)
})

test('nor do long names: the credentials not used for longest go', () => {
  const index = new CredentialIndex()
  const changes = { session: 's'.repeat(512), system: 'y'.repeat(512), action: 'a'.repeat(512) }
  const use = (credential: number) => useRecord({ agent: 'bot', at: 0, credential: `c${credential}`, changes }, 0)
  for (let credential = 0; credential < 60_000; credential++) index.take(use(credential))
  assert.equal(index.take(use(59_999)), undefined)
  assert.ok(index.take(use(0)))
})
