import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findingsMax } from './agent-questions.ts'
import { mayRun } from './latest-findings.ts'

const found = (session: string, time: number) => ({ session, time })
const ended = [
  { session: 'a', until: 20 },
  { session: 'b', until: 40 },
  { session: 'b', until: 10 },
]

test('a session may run where a finding of it came after its end, or it has none', () => {
  assert.equal(mayRun(5, [], ended), false)
  assert.equal(mayRun(5, [found('b', 40), found('a', 20)], ended), false)
  assert.equal(mayRun(5, [found('b', 40), found('a', 21)], ended), true)
  assert.equal(mayRun(5, [found('c', 6)], ended), true)
  assert.equal(mayRun(5, [found('c', 5)], ended), false)
  assert.equal(mayRun(5, [undefined], ended), true, 'nobody knows of when it is')
})

test('where older findings than were read may be of the time, sessions are looked for', () => {
  const full = Array.from({ length: findingsMax }, () => found('b', 30))
  assert.equal(mayRun(5, full, ended), true)
  assert.equal(mayRun(30, full, ended), false)
})
