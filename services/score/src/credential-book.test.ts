import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogRecord } from '@straylight/runtime/log'
import { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import { eventOf, noon } from '../kit/event-of.ts'
import { CredentialBook, type SharedUse, sharedFinding } from './credential-book.ts'

let offset = 0
const recordOf = (value: string, headers: Readonly<Record<string, string>> = {}): LogRecord => ({
  topic: topics.credentials.name,
  partition: 1,
  offset: offset++,
  key: 'acme|c',
  value: Buffer.from(value),
  headers,
  timestamp: noon + 5,
})
const useOf = (agent: string, credential_id = 'c', tenant = 'acme'): LogRecord => {
  const event = eventOf(offset, { agent, tenant, owner: 'finance@acme.example', credential: { id: credential_id } })
  return recordOf(JSON.stringify({ tenant, credential_id, agent, event }))
}
const markerOf = (version: number) => recordOf(JSON.stringify({ version }), { type: 'marker' })
const context = { tierOf: () => 'high' as const, version: 3, model: 'm' }

test('one agent may use its credential as often as it likes, and several credentials', () => {
  const book = new CredentialBook()
  for (const credential of ['c', 'c', 'd', 'c']) assert.equal(book.take(useOf('bot', credential)), undefined)
})

test('the second agent of a credential is a finding, once an agent', () => {
  const book = new CredentialBook()
  book.take(useOf('bot'))
  const record = useOf('thief')
  const shared = book.take(record) as SharedUse
  assert.deepEqual([shared.others, shared.place.offset, shared.place.log_time], [['bot'], record.offset, noon + 5])
  for (const agent of ['thief', 'bot', 'thief']) assert.equal(book.take(useOf(agent)), undefined)
  assert.deepEqual(book.take(useOf('third'))?.others, ['bot', 'thief'])
})

test('the same name of another tenant is another credential', () => {
  const book = new CredentialBook()
  book.take(useOf('bot', 'c', 'acme'))
  assert.equal(book.take(useOf('other', 'c', 'other')), undefined)
})

test('a finding says who, what and where, and that no history is needed', () => {
  const book = new CredentialBook()
  book.take(useOf('bot'))
  const record = useOf('thief')
  const finding = sharedFinding(book.take(record) as SharedUse, context)
  assert.deepEqual(Finding.parse(finding), finding)
  const { agent, owner, tier, cause, target, severity, log, log_time, held_out, reasons, evidence } = finding
  assert.deepEqual(
    [agent, owner, tier, cause, target],
    ['thief', 'finance@acme.example', 'high', 'credential_shared', 'c'],
  )
  assert.deepEqual(
    [severity, log.partition, log.offset, log_time, held_out],
    ['critical', 1, record.offset, noon + 5, false],
  )
  assert.deepEqual([evidence.knowledge_version, evidence.peers], [3, 1])
  assert.equal(
    reasons[0],
    'credential at two agents: credential c at thief (usual: one agent a credential; until now it was bot)',
  )
  const sum = finding.contributions.reduce((total, { contribution }) => total + contribution, 0)
  assert.equal(sum, finding.score)
})

test('markers in the stream say by which version to judge, never backwards', () => {
  const book = new CredentialBook()
  assert.equal(book.version, 1)
  for (const version of [4, 2]) book.take(markerOf(version))
  assert.equal(book.version, 4)
})

test('what is no use of a credential is passed over', () => {
  const book = new CredentialBook()
  for (const value of ['', '{', 'null', '[]', '{"tenant":"acme"}', '{"__proto__":{}}'])
    assert.equal(book.take(recordOf(value)), undefined)
  assert.equal(book.take(recordOf('{', { type: 'marker' })), undefined)
  assert.equal(book.version, 1)
})

test('two books that read the same records come to the same', () => {
  const records = ['bot', 'thief', 'bot', 'third'].map((agent) => useOf(agent))
  const told = () => {
    const book = new CredentialBook()
    return records.flatMap((record) => {
      const shared = book.take(record)
      return shared ? [sharedFinding(shared, context)] : []
    })
  }
  assert.deepEqual(told(), told())
  assert.equal(told().length, 2)
})

test('a credential that everyone has does not fill memory', () => {
  const book = new CredentialBook()
  let most = 0
  for (let agent = 0; agent < 100; agent++) most = Math.max(most, book.take(useOf(`a${agent}`))?.others.length ?? 0)
  assert.equal(most, 16)
})
