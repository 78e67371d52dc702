import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cause } from '@straylight/schemas/finding'
import { defaultSum, sumWithoutProvenance } from '../scoring/transparent-sum.ts'
import { causeOf, leadingCause, techniquesOf } from './cause.ts'
import { features } from './feature.ts'

test('every term of the sum speaks for a cause, and so does every feature that can raise it', () => {
  for (const { feature } of [...defaultSum, ...sumWithoutProvenance])
    assert.notEqual(causeOf(feature), 'behaviour', feature)
  for (const { name, kind } of features) if (kind !== 'circumstance') assert.notEqual(causeOf(name), 'behaviour', name)
  assert.equal(causeOf('network'), 'behaviour')
})

test('the cause whose terms add most leads, the first named on a tie, behaviour only where nothing else speaks', () => {
  const term = (feature: string, contribution: number) => ({ feature, contribution })
  const destination = [term('order_surprise', 6), term('destination_surprise', 4), term('external_new', 4)]
  assert.equal(leadingCause(destination), 'new_destination')
  assert.equal(leadingCause([term('order_surprise', 5), term('external_new', 5)]), 'order')
  assert.equal(leadingCause([term('network', 50), term('order_surprise', 1)]), 'order')
  assert.equal(leadingCause([term('network', 50)]), 'behaviour')
  assert.equal(leadingCause([]), 'behaviour')
})

test('a call that moves far more than ever fills its windows by itself; many usual ones fill them together', () => {
  const term = (feature: string, contribution: number) => ({ feature, contribution })
  const one = [term('external_new', 20), term('window_excess', 15), term('amount_excess', 10)]
  assert.equal(leadingCause(one), 'volume')
  assert.equal(leadingCause([term('window_excess', 15), term('external_new', 10)]), 'window_volume')
})

test('the order of an action that nobody took before is that of a new action', () => {
  const term = (feature: string, contribution: number) => ({ feature, contribution })
  const order = [term('misplaced_excess', 20), term('order_surprise', 3)]
  assert.equal(leadingCause(order), 'order')
  assert.equal(leadingCause([...order, term('step_new_peers', 4)]), 'new_action')
})

test('every cause has techniques, in the form that people look up', () => {
  for (const cause of Cause.options) {
    const techniques = techniquesOf(cause)
    assert.ok(techniques.length > 0, cause)
    for (const technique of techniques)
      assert.match(technique, /^(OWASP:(ASI(0[1-9]|10)|LLM(0[1-9]|10):2025)|ATLAS:AML\.TA?\d{4}(\.\d{3})?)$/)
  }
  techniquesOf('order').push('changed')
  assert.ok(!techniquesOf('order').includes('changed'))
})
