import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNear } from '../../test-support/assert-near.ts'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { eventOf } from '../../test-support/event-of.ts'
import { pitmanYor } from '../../test-support/pitman-yor.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import { argumentFamily } from './argument-family.ts'

const withArguments = (argument_names: string[], agent = 'bot') => eventOf({ agent, argument_names })
const world = taught(
  [withArguments(['id']), withArguments(['id']), withArguments(['id', 'limit'], 'peer')],
  ['bot', 'peer'],
)
const deviation = (argument_names: string[]) =>
  deviationByName(argumentFamily, world.against(shapeOf({ argument_names })))

test('a set of names surprises by its share of the calls of its step', () => {
  const shared = pitmanYor(3, 2, 2, pitmanYor(3, 2, 2, 0.05))
  assertNear(deviation(['id']), { arguments_surprise: -Math.log(pitmanYor(2, 2, 1, shared)), arguments_new_peers: 1 })
  const peers = pitmanYor(3, 1, 2, pitmanYor(3, 1, 2, 0.05))
  assertNear(deviation(['limit', 'id']), {
    arguments_surprise: -Math.log(pitmanYor(2, 0, 1, peers)),
    arguments_new_agent: 1,
  })
})

test('no arguments are a set of their own, unknown arguments are none', () => {
  assert.equal(deviation([]).arguments_new_agent, 1)
  assert.deepEqual(deviationByName(argumentFamily, world.against(shapeOf())), {})
})
