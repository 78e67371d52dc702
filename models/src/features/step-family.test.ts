import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNear } from '../../test-support/assert-near.ts'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { eventOf } from '../../test-support/event-of.ts'
import { pitmanYor } from '../../test-support/pitman-yor.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import { misplacedFamily } from './misplaced-family.ts'
import { stepFamily } from './step-family.ts'

/** bot: read, read, read, write; its peer: write, write; another role: call four times. */
const history = [
  ...['read', 'read', 'read', 'write'].map((action) => eventOf({ session: 's', action })),
  ...['write', 'write'].map((action) => eventOf({ agent: 'peer', session: 'p', action })),
  ...Array.from({ length: 4 }, () => eventOf({ agent: 'far', session: 'f', system: 'crm', action: 'call' })),
]
const world = taught(history, ['bot', 'peer'])
const after = (...steps: [string, string]) => ({ previous_step_2: steps[0], previous_step: steps[1] })
const minusLog = (p: number) => -Math.log(p)

test('a usual step in its usual order surprises by its share', () => {
  const shape = shapeOf({ action: 'write' }, after('erp/read', 'erp/read'))
  const system = pitmanYor(4, 4, 1, pitmanYor(6, 6, 1, pitmanYor(10, 6, 2, 0.05)))
  // Three steps are known to the tenant: the unseen gets 1 / (3 + 5).
  const step = pitmanYor(4, 1, 2, pitmanYor(6, 3, 2, pitmanYor(10, 3, 3, 1 / 8)))
  // After a read: read twice, write once, at the agent and, so far, among its peers.
  const bigram = pitmanYor(3, 1, 2, pitmanYor(3, 1, 2, step))
  const trigram = pitmanYor(2, 1, 2, pitmanYor(2, 1, 2, bigram))
  assertNear(deviationByName(stepFamily, world.against(shape)), {
    system_surprise: minusLog(system),
    step_surprise: minusLog(step),
    bigram_surprise: minusLog(bigram),
    order_surprise: minusLog(trigram),
    bigram_new_peers: 1,
  })
})

test('how much rarer a step is after the one before than at large', () => {
  const shape = shapeOf({ action: 'write' }, after('erp/read', 'erp/read'))
  const step = pitmanYor(4, 1, 2, pitmanYor(6, 3, 2, pitmanYor(10, 3, 3, 1 / 8)))
  const bigram = pitmanYor(3, 1, 2, pitmanYor(3, 1, 2, step))
  assertNear(deviationByName(misplacedFamily, world.against(shape)), { misplaced_surprise: Math.log(step / bigram) })
})

test('what only the agent does is new to its peers, what only peers do is new to the agent', () => {
  const read = deviationByName(stepFamily, world.against(shapeOf({ action: 'read' })))
  assert.deepEqual([read.step_new_agent, read.step_new_peers, read.session_first], [undefined, 1, 1])
  const newcomer = taught(history.slice(4), ['bot', 'peer']).against(shapeOf({ action: 'write' }))
  const write = deviationByName(stepFamily, newcomer)
  assert.deepEqual([write.step_new_agent, write.step_new_peers], [1, undefined])
})

test('a system is new only where neither the agent nor a peer has used it', () => {
  const crm = deviationByName(stepFamily, world.against(shapeOf({ system: 'crm', action: 'call' })))
  assert.ok((crm.system_new ?? 0) > 0)
  const grouped = taught(history, ['bot', 'peer', 'far']).against(shapeOf({ system: 'crm', action: 'call' }))
  assert.equal(deviationByName(stepFamily, grouped).system_new, undefined)
})

test('a late event has no order', () => {
  const shape = shapeOf({ action: 'write' }, { late: true, previous_step: '', previous_step_2: '' })
  const names = Object.keys(deviationByName(stepFamily, world.against(shape)))
  assert.deepEqual(names.sort(), ['step_surprise', 'system_surprise'])
})
