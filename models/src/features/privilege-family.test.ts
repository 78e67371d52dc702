import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNear } from '../../test-support/assert-near.ts'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { eventOf } from '../../test-support/event-of.ts'
import { pitmanYor } from '../../test-support/pitman-yor.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import { privilegeFamily } from './privilege-family.ts'

const acting = (count: number, privilege: string, agent = 'bot') =>
  Array.from({ length: count }, () => eventOf({ agent, privilege }))
const world = taught([...acting(4, 'read'), ...acting(2, 'write', 'peer')], ['bot', 'peer'])
const deviation = (privilege?: string, scopes?: string[]) =>
  deviationByName(
    privilegeFamily,
    world.against(shapeOf({ ...(privilege && { privilege }), ...(scopes && { credential: { id: 'c', scopes } }) })),
  )

test('a right that nobody of the group had is new and surprises most', () => {
  const p = pitmanYor(4, 0, 1, pitmanYor(6, 0, 2, pitmanYor(6, 0, 2, 0.02)))
  assertNear(deviation('admin'), { privilege_surprise: -Math.log(p), privilege_new: 1 })
})

test("a peer's right surprises and is not new", () => {
  const p = pitmanYor(4, 0, 1, pitmanYor(6, 2, 2, pitmanYor(6, 2, 2, 0.02)))
  assertNear(deviation('write'), { privilege_surprise: -Math.log(p) })
})

test('of several rights the strangest counts, scopes among them', () => {
  const all = deviation('read', ['erp.admin', 'erp.read'])
  assert.equal(all.privilege_new, 1)
  assert.equal(all.privilege_surprise, deviation('admin').privilege_surprise)
})

test('an event without rights is off, and so is an agent of whom little is known', () => {
  assert.deepEqual(deviation(), {})
  // Two of its own, and the same two in its group of one.
  const young = taught(acting(2, 'read')).against(shapeOf({ privilege: 'admin' }))
  assert.deepEqual(deviationByName(privilegeFamily, young), {})
})
