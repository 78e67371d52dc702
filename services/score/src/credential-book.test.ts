import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogRecord } from '@straylight/runtime/log'
import type { CredentialUse } from '@straylight/schemas/credential-use'
import { topics } from '@straylight/schemas/topics'
import { CredentialBook, sharedFinding } from './credential-book.ts'

const topic = topics.credentials.name

function recordOf(offset: number, value: string, type?: string): LogRecord {
  const headers: Record<string, string> = type === undefined ? {} : { type }
  return { topic, partition: 0, offset, key: 'k', value: Buffer.from(value), headers, timestamp: 1_790_000_000_000 }
}

function useOf(offset: number, agent: string): LogRecord {
  const use: CredentialUse = {
    tenant: 'acme',
    credential_id: 'jti:1',
    agent,
    event: {
      ...{ id: `e${offset}`, time: 1_790_000_000_000, tenant: 'acme', agent, system: 'erp', action: 'read' },
      ...{ format: 'native', registered: true, content_hash: '0'.repeat(16) },
      position: { topic: topics.audit.name, partition: 0, offset, index: 0 },
    },
  }
  return recordOf(offset, JSON.stringify(use))
}

const marker = (offset: number, version: number) => recordOf(offset, JSON.stringify({ version }), 'marker')

test('the second agent of a credential is a finding, once, and says who had it before', () => {
  const book = new CredentialBook()
  const taken = ['a', 'a', 'b', 'b', 'a', 'c'].map((agent, offset) => book.take(useOf(offset, agent)))
  assert.deepEqual(
    taken.map((shared) => shared && [shared.use.agent, shared.others]),
    [undefined, undefined, ['b', ['a']], undefined, undefined, ['c', ['a', 'b']]],
  )
})

test('the knowledge of a finding is what the stream itself says, so that it never depends on who read how far', () => {
  const book = new CredentialBook()
  assert.equal(book.version, 1)
  for (const record of [marker(0, 3), useOf(1, 'a'), marker(2, 2)]) assert.equal(book.take(record), undefined)
  const shared = book.take(useOf(3, 'b'))
  assert.ok(shared)
  const finding = sharedFinding(shared, { tierOf: () => 'low', version: book.version, model: 'm' })
  assert.deepEqual([finding.evidence.knowledge_version, finding.log.offset, finding.target], [3, 3, 'jti:1'])
})

test('what is neither a use nor a marker is passed over', () => {
  const book = new CredentialBook()
  for (const value of ['{', 'null', '[]', '{"tenant":1}']) {
    assert.equal(book.take(recordOf(0, value)), undefined)
    assert.equal(book.take(recordOf(0, value, 'marker')), undefined)
  }
  assert.equal(book.version, 1)
})
