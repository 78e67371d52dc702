import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { eventOf } from '../../test-support/event-of.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import { defaultSum, sumWithoutProvenance } from '../scoring/transparent-sum.ts'
import { destinationFamily } from './destination-family.ts'
import { exposureFamily } from './exposure-family.ts'

const share = { system: 'ec2', action: 'ModifySnapshotAttribute' }
const sharing = (...destinations: string[]) => eventOf({ ...share, agent: 'bot', destinations })

test('opening to everybody never gets usual, by sharing with others or with everybody', () => {
  for (const destination of ['999988887777', '0.0.0.0/0']) {
    const world = taught(
      Array.from({ length: 60 }, () => sharing(destination)),
      ['bot'],
    )
    const measured = (...destinations: string[]) =>
      deviationByName(exposureFamily, world.against(shapeOf({ ...share, destinations })))
    for (const written of ['public:everyone', '*', '::/0', '0.0.0.0/1'])
      assert.deepEqual(measured('999988887777', written), { opened_to_everybody: 1 }, written)
    assert.deepEqual(measured('210987654321'), {})
  }
})

test('it weighs more in each sum than all that a stranger as destination can add', () => {
  for (const sum of [defaultSum, sumWithoutProvenance]) {
    const most = (names: readonly string[]) =>
      sum.reduce((total, { feature, weight, cap }) => total + (names.includes(feature) ? weight * cap : 0), 0)
    assert.ok(most(['opened_to_everybody']) > most(Object.keys(destinationFamily.features)))
  }
})

test("the organisation's own place is no news outside, and a name like a file's is, unless files are what the action writes", () => {
  const world = taught(
    [sharing('999988887777'), eventOf({ system: 'disk', action: 'write', agent: 'bot', destinations: ['a.csv'] })],
    ['bot'],
  )
  const externalNew = (given: object) =>
    deviationByName(destinationFamily, world.against(shapeOf({ ...share, ...given }))).external_new
  const internal = { destinations: ['Dana <dana@acme.example>'], internal_destinations: ['mail:dana@acme.example'] }
  assert.equal(externalNew(internal), undefined)
  assert.ok((externalNew({ ...internal, internal_destinations: undefined }) ?? 0) > 0)
  assert.ok((externalNew({ destinations: ['evil.zip'] }) ?? 0) > 0)
  assert.equal(externalNew({ system: 'disk', action: 'write', destinations: ['b.zip'] }), undefined)
})
