import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { eventOf } from '../../test-support/event-of.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import type { Flow } from '../provenance/flow.ts'
import { consequenceFamily } from './consequence-family.ts'

/** Pays the same three accounts, each time with a code of its own, and never deletes anything. */
const history = Array.from({ length: 300 }, (_, at) =>
  eventOf({
    session: `s${at}`,
    action: at % 2 === 0 ? 'pay' : 'read',
    argument_values: at % 2 === 0 ? { to: [`a:${at % 3}`], code: [`x:${at}`] } : {},
  }),
)
const world = taught(history, ['bot', 'peer'])
const out = (changes: Partial<Flow> = {}): Flow => ({
  ...{ value: 0, argument: 'to', kind: 'a', source: 'mail/read', root: 'ambient', call: 1 },
  ...changes,
})
const of = (action: string, flows: readonly Flow[] = [], tainted_value_new = 0, value = 'a:evil') => {
  const values = [
    { argument: 'to', value },
    { argument: 'code', value: 'x:one more' },
  ]
  return deviationByName(consequenceFamily, world.against(shapeOf({ action }, { flows, values })), {
    tainted_value_new,
  })
}
const rarity = (action: string) => of(action).consequential_rarity ?? 0
const valueRarity = (flow: Flow, value?: string) => of('pay', [flow], 0, value).consequential_value_rarity ?? 0

test('what moves money or destroys counts by how seldom the agent does it', () => {
  assert.ok(rarity('pay') < 1, 'pays every other time')
  assert.ok(rarity('delete_repo') > 4, 'never did')
})

test('where evidence stands alone what is daily work adds nothing', () => {
  assert.equal(of('pay').consequential_excess, undefined)
  assert.ok((of('delete_repo').consequential_excess ?? 0) > 2)
})

test('an action without consequences is none of its business', () => {
  assert.deepEqual(of('read', [out()], 1), {})
  assert.deepEqual(of('never_seen', [out()], 1), {})
})

test('a value out of an output counts by how seldom the argument holds such a value', () => {
  assert.ok(valueRarity(out()) > 3, 'three accounts in 150 payments, and now a fourth')
  assert.ok(valueRarity(out(), 'a:1') < 1.5, 'one of the three')
  assert.ok(valueRarity(out({ value: 1, argument: 'code', kind: 'x' })) < 1.5, 'always a new one')
})

test('what was requested, made up or can be guessed counts for nothing', () => {
  assert.equal(valueRarity(out({ source: 'request', root: '', call: 0 })), 0)
  assert.equal(valueRarity(out({ source: 'self', root: '', call: 0 })), 0)
  assert.equal(valueRarity(out({ kind: 'd' })), 0)
  const both = of('pay', [out({ source: 'request', root: '', call: 0 }), out()])
  assert.equal(both.consequential_value_rarity, undefined)
})

test('a new value out of an output counts twice only where the action has consequences', () => {
  assert.equal(of('pay', [out()], 1).consequential_value_new, 1)
  assert.equal(of('pay', [out()], 0).consequential_value_new, undefined)
})
