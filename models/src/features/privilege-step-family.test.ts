import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { eventOf } from '../../test-support/event-of.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import { privilegeRank } from '../event/privilege-rank.ts'
import { privilegeStepFamily } from './privilege-step-family.ts'

const acting = (count: number, privilege: string, agent = 'bot') =>
  Array.from({ length: count }, () => eventOf({ agent, privilege }))
const world = taught([...acting(20, 'write'), ...acting(3, 'manager', 'peer')], ['bot', 'peer'])
const step = (privilege: string, of = world) =>
  deviationByName(privilegeStepFamily, of.against(shapeOf({ privilege }))).privilege_step_up ?? 0

test('names say how much they allow, the highest of several counts', () => {
  const ranks = [
    ['erp.read'],
    ['ledger:write', 'ledger:read'],
    ['ReadWriteAll'],
    ['s3:*'],
    ['users.manage'],
    ['readonly'],
  ]
  assert.deepEqual(
    ranks.map((names) => privilegeRank(names)),
    [1, 2, 4, 4, 3, 1],
  )
  assert.equal(privilegeRank(['level-7']), null)
  assert.equal(privilegeRank([]), null)
})

test('rights above all that the agent ever used are a step up, a quarter of one where a peer has them', () => {
  assert.equal(step('admin'), 1)
  assert.equal(step('operator'), 0.25)
})

test('the same or lower rights are none, and neither are those of an agent of whom little is known', () => {
  assert.equal(step('editor'), 0)
  assert.equal(step('read'), 0)
  assert.equal(step('admin', taught(acting(19, 'read'))), 0)
  assert.equal(step('level-7'), 0)
})
