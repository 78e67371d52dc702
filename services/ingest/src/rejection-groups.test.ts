import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Rejection } from '@straylight/schemas/rejection'
import fc from 'fast-check'
import { createRejectionGroups } from './rejection-groups.ts'

const rejection = (more: Partial<Rejection>): Rejection => ({
  code: 'invalid_field',
  reason: 'time: must be a time',
  position: { topic: 'agent.audit.v1', partition: 0, offset: 1, index: 0 },
  length_bytes: 2,
  sha256: '0'.repeat(64),
  head_base64: Buffer.from('{}').toString('base64'),
  ...more,
})

function grouped(all: readonly Partial<Rejection>[]) {
  const groups = createRejectionGroups()
  for (const one of all) groups.add(rejection(one))
  return groups.list()
}

test('three reasons under one code are three groups, each with a sample and the reason of its own', () => {
  const groups = grouped([
    { code: 'unknown_format', reason: 'is in none of the formats native, otlp' },
    { code: 'unknown_format', reason: 'specversion: only CloudEvents 1.0 is read' },
    { code: 'unknown_format', reason: 'type: only "a" is read, not "b"' },
    { code: 'unknown_format', reason: 'type: only "a" is read, not "c"' },
  ])
  assert.deepEqual(
    groups.map(({ count, sample }) => [count, sample.reason]),
    [
      [2, 'type: only "a" is read, not "b"'],
      [1, 'is in none of the formats native, otlp'],
      [1, 'specversion: only CloudEvents 1.0 is read'],
    ],
  )
})

test('what differs in the words, numbers and lines of the records alone is one group', () => {
  const groups = grouped([
    { reason: 'has 100 bytes, at most 10 are read', origin: 'a.log:1' },
    { reason: 'has 2,345 bytes, at most 10 are read', origin: 'a.log:77' },
    { code: 'not_json', reason: `is not JSON: Unexpected token 'h', "hello "w"orld" is not valid JSON` },
    { code: 'not_json', reason: 'is not JSON: Unexpected end of JSON input' },
    { code: 'not_json', reason: 'is gzip that is damaged or was cut off' },
  ])
  assert.deepEqual(
    groups.map(({ code, kind, count }) => [code, kind, count]),
    [
      ['invalid_field', 'has # bytes, at most # are read', 2],
      ['not_json', 'is not JSON', 2],
      ['not_json', 'is gzip that is damaged or was cut off', 1],
    ],
  )
})

test('however many kinds come, groups stay below their bound and every rejection counts', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 1_500, minLength: 1_200 }), (reasons) => {
      const groups = grouped(reasons.map((reason) => ({ reason })))
      assert.ok(groups.length <= 501)
      assert.equal(
        groups.reduce((sum, { count }) => sum + count, 0),
        reasons.length,
      )
    }),
    { numRuns: 5 },
  )
})
