import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rememberedCallsMax, rememberedValuesMax, SessionValues } from './session-values.ts'
import type { RememberedCall, Root } from './value-origin.ts'

const call = (at: number, changes: Partial<RememberedCall> = {}): RememberedCall => ({
  at,
  event: `e${at}`,
  step: `tool/${at}`,
  root: 'requested',
  context: [],
  used: [],
  returned: [],
  ...changes,
})
const sources = (memory: SessionValues, value: string) => memory.originsOf(value, [])?.map(({ source }) => source)

test('the request comes before outputs, outputs before the agent itself', () => {
  const memory = new SessionValues()
  memory.addRequest(1, ['e:asked'])
  memory.addCall(call(1, { returned: ['e:asked', 'e:read'] }), true)
  assert.deepEqual(memory.originsOf('e:asked', []), [{ source: 'request', root: '', call: 0 }])
  assert.deepEqual(memory.originsOf('e:read', []), [{ source: 'tool/1', root: 'requested', call: 1, event: 'e1' }])
  assert.deepEqual(memory.originsOf('e:made', []), [{ source: 'self', root: '', call: 0 }])
})

test('an output that gives the own argument back is no origin; an earlier one stays one', () => {
  const memory = new SessionValues()
  memory.addCall(call(1, { used: ['e:own'], returned: ['e:own'] }), true)
  memory.addCall(call(2, { returned: ['e:own', 'e:read'] }), true)
  memory.addCall(call(3, { used: ['e:read'], returned: ['e:read'] }), true)
  assert.deepEqual(sources(memory, 'e:own'), ['self'])
  assert.deepEqual(sources(memory, 'e:read'), ['tool/2'])
})

test('each step counts once, four at most, oldest first; memory put before a call is a source of its own', () => {
  const memory = new SessionValues()
  for (const [at, step] of ['a/1', 'a/1', 'b/1', 'c/1', 'd/1', 'e/1'].entries())
    memory.addCall(call(at + 1, { step, returned: ['x:1'] }), true)
  assert.deepEqual(sources(memory, 'x:1'), ['a/1', 'b/1', 'c/1', 'd/1'])
  assert.deepEqual(memory.originsOf('x:2', ['x:2']), [{ source: 'context', root: '', call: 0 }])
  memory.addCall(call(7, { context: ['x:3'] }), true)
  assert.deepEqual(sources(memory, 'x:3'), ['context'])
})

test('what is found nowhere is of unknown origin once an output was not reported, or forgotten', () => {
  const unreported = new SessionValues()
  unreported.addCall(call(1), false)
  assert.equal(unreported.originsOf('e:made', []), null)
  const long = new SessionValues()
  for (let at = 1; at <= rememberedCallsMax; at++) long.addCall(call(at, { returned: [`x:${at}`] }), true)
  assert.deepEqual(sources(long, 'x:none'), ['self'])
  long.addCall(call(rememberedCallsMax + 1, { returned: ['x:more'] }), true)
  assert.equal(long.originsOf('x:1', []), null)
  assert.deepEqual(sources(long, 'x:2'), ['tool/2'])
})

test('the memory stays within its bounds whatever is put in, and comes back from its state the same', () => {
  const everyValue = ['e:1', 'e:2', 'u:3', 'n:4', 'p:5', 'x:6', 'x:none']
  const value = fc.constantFrom(...everyValue.slice(0, -1))
  const values = fc.oneof(fc.array(value, { maxLength: 300 }), fc.array(value, { maxLength: 2 }))
  const root = fc.constantFrom<Root>('requested', 'ambient', 'context', 'invented')
  const calls = fc.array(
    fc.record({ used: values, returned: values, context: values, root, said: fc.boolean(), asked: values }),
    {
      maxLength: 90,
    },
  )
  fc.assert(
    fc.property(calls, (given) => {
      const memory = new SessionValues()
      const searched = new SessionValues(Number.POSITIVE_INFINITY)
      const indexed = new SessionValues(0)
      for (const [index, { said, asked, ...changes }] of given.entries()) {
        for (const one of [memory, searched, indexed]) {
          one.addRequest(index + 1, asked)
          one.addCall(call(index + 1, changes), said)
        }
        for (const value of everyValue)
          assert.deepEqual(searched.originsOf(value, []), indexed.originsOf(value, []), 'an index changes no answer')
        assert.ok(memory.size <= rememberedValuesMax || memory.callsFrom === index + 1)
      }
      const again = SessionValues.fromState(JSON.parse(JSON.stringify(memory.toState())))
      for (const one of everyValue) assert.deepEqual(again.originsOf(one, []), memory.originsOf(one, []))
      assert.deepEqual(again.toState(), memory.toState())
    }),
    { numRuns: 60 },
  )
})

test('what was asked for: the newest request first, without dates, within a bound', () => {
  const memory = new SessionValues()
  assert.deepEqual(memory.asked, [])
  memory.addRequest(1, ['e:1', 'd:2'])
  const before = memory.asked
  memory.addRequest(3, ['a:3'])
  assert.deepEqual(memory.asked, ['a:3', 'e:1'])
  assert.deepEqual(before, ['e:1'], 'a list that an event holds does not change')
  assert.deepEqual(SessionValues.fromState(structuredClone(memory.toState())).asked, memory.asked)
  memory.addRequest(
    4,
    Array.from({ length: 100 }, (_, at) => `n:${at}`),
  )
  assert.equal(memory.asked.length, 64)
})
