import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventOf } from '../../test-support/event-of.ts'
import { shapeOf } from '../../test-support/taught.ts'
import { receivedOf } from './event-shape.ts'

test('what an event does not say is unknown, never zero', () => {
  const shape = shapeOf()
  assert.deepEqual(
    [shape.argument_set, shape.bytes_sent, shape.bytes_received, shape.records, shape.outcome],
    [null, null, null, null, null],
  )
  assert.deepEqual([shape.destinations, shape.privileges], [[], []])
  const zero = shapeOf({ bytes_sent: 0, bytes_received: 0, records: 0, argument_names: [] })
  assert.deepEqual([zero.bytes_sent, zero.bytes_received, zero.records, zero.argument_set], [0, 0, 0, ''])
})

test('the size of an error or a refusal says nothing of the data', () => {
  const received = (outcome?: 'success' | 'failure' | 'denied') =>
    receivedOf(eventOf({ bytes_received: 9, ...(outcome && { outcome }) }))
  assert.deepEqual([received(), received('success'), received('failure'), received('denied')], [9, 9, null, null])
})

test('argument names are a set: their order says nothing', () => {
  assert.equal(shapeOf({ argument_names: ['to', 'body', 'cc'] }).argument_set, 'body,cc,to')
})

test('equal destinations count once, and eight of a list are enough', () => {
  const shape = shapeOf({ destinations: ['A@x.example', 'a@X.example', 'https://www.b.example/', 'b.example'] })
  assert.deepEqual(
    shape.destinations.map(({ key }) => key),
    ['a@x.example', 'b.example'],
  )
  const many = Array.from({ length: 64 }, (_, at) => `a${at}@x.example`)
  assert.equal(shapeOf({ destinations: many }).destinations.length, 8)
})

test('a privilege and a scope of one name are two rights, reported once each', () => {
  const shape = shapeOf({ privilege: 'read', credential: { id: 'c', scopes: ['read', 'read', 'write'] } })
  assert.deepEqual(shape.privileges, ['privilege:read', 'scope:read', 'scope:write'])
})
