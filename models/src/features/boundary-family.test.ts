import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { hasher, shapeOf, taught } from '../../test-support/taught.ts'
import { boundaryFamily } from './boundary-family.ts'
import { Comparison, type Registered } from './comparison.ts'
import { explainFeature } from './explain-feature.ts'

const comparisonOf = (system: string, action: string, boundary: Registered['boundary']) =>
  new Comparison({ ...taught([]), shape: shapeOf({ system, action }), scale: 1, hasher, registered: { boundary } })
const outside = (...of: Parameters<typeof comparisonOf>) =>
  deviationByName(boundaryFamily, comparisonOf(...of)).outside_boundary ?? 0

test('what the boundary names is inside, by action alone or with its system', () => {
  const boundary = { systems: ['erp', 'mail'], actions: ['read', 'mail/send'] }
  assert.equal(outside('erp', 'read', boundary), 0)
  assert.equal(outside('mail', 'send', boundary), 0)
  assert.equal(outside('erp', 'send', boundary), 1)
  assert.equal(outside('vault', 'read', boundary), 1)
  assert.deepEqual(explainFeature('outside_boundary', comparisonOf('vault', 'read', boundary)), {
    expected: 'the registry allows only erp, mail',
    seen: 'system vault',
  })
  assert.equal(explainFeature('outside_boundary', comparisonOf('erp', 'send', boundary)).seen, 'erp/send')
})

test('who has no boundary is never outside; a list that is not given allows all', () => {
  assert.equal(outside('vault', 'dump', undefined), 0)
  assert.equal(outside('erp', 'dump', { systems: ['erp'] }), 0)
  assert.equal(outside('vault', 'read', { actions: ['read'] }), 0)
})
