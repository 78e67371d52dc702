import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviationByName } from '../../../test-support/deviation-by-name.ts'
import { eventOf, noon } from '../../../test-support/event-of.ts'
import { shapeOf, taught } from '../../../test-support/taught.ts'
import type { Flow } from '../../provenance/flow.ts'
import { flowFamily } from './flow-family.ts'

/** The peer paid account 7 once; the agent never did. */
const history = ['bot', 'peer'].map((agent, at) =>
  eventOf({
    agent,
    session: agent,
    time: noon + at,
    action: 'pay',
    argument_values: { to: [at === 0 ? 'a:1' : 'a:7'], as: ['n:x'] },
    result_values: [],
  }),
)
const world = taught(history, ['bot', 'peer'])
const flow = (changes: Partial<Flow> = {}): Flow => ({
  value: 0,
  argument: 'to',
  kind: 'a',
  source: 'mail/read',
  root: 'ambient',
  call: 1,
  ...changes,
})
const says = (asked: readonly string[], flows = [flow()], values = [{ argument: 'to', value: 'a:99' }]) => {
  const deviation = deviationByName(flowFamily, world.against(shapeOf({ action: 'pay' }, { flows, values, asked })))
  return [deviation.request_overridden ?? 0, deviation.request_passed_over ?? 0]
}

test('the request names another account: the one of an output is not what was asked for', () => {
  assert.deepEqual(says(['a:5']), [1, 0])
  assert.deepEqual(says(['e:5', 'n:99']), [0, 0])
  assert.deepEqual(says(['a:99']), [0, 0])
  assert.deepEqual(says([]), [0, 0])
})

test('and it names one that this argument took before, at the agent or at a peer', () => {
  assert.deepEqual(says(['a:5', 'a:1']), [1, 1])
  assert.deepEqual(says(['a:7']), [1, 1])
  assert.deepEqual(says(['n:x']), [0, 0])
})

test('names say less than addresses: of them only what the argument took before counts', () => {
  const named = [flow({ argument: 'as', kind: 'n' })]
  const values = [{ argument: 'as', value: 'n:y' }]
  assert.deepEqual(says(['n:z'], named, values), [0, 0])
  assert.deepEqual(says(['n:x'], named, values), [0, 1])
})

test('an argument that took one value from the request has not passed it over', () => {
  const both = [flow(), flow({ value: 1, source: 'request', root: '' })]
  const values = [
    { argument: 'to', value: 'a:99' },
    { argument: 'to', value: 'a:1' },
  ]
  assert.deepEqual(says(['a:1'], both, values), [1, 0])
})

test('a value of the agent’s own making, or one that was asked for, says nothing against the request', () => {
  assert.deepEqual(says(['a:1'], [flow({ source: 'self', root: '' })]), [0, 0])
  assert.deepEqual(says(['a:1', 'a:99'], [flow({ source: 'request', root: '' })]), [0, 0])
  assert.deepEqual(says(['a:1'], [flow({ source: 'context', root: '' })]), [1, 1])
})
