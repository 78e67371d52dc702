import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNear } from '../../test-support/assert-near.ts'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { eventOf } from '../../test-support/event-of.ts'
import { pitmanYor } from '../../test-support/pitman-yor.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import { destinationFamily } from './destination-family.ts'

const mail = { system: 'mail', action: 'send' }
const to = (destination: string, agent = 'bot') => eventOf({ ...mail, agent, destinations: [destination] })
const history = [to('a@x.example'), to('a@x.example'), to('b@x.example'), to('c@z.example', 'peer')]
const world = taught(history, ['bot', 'peer'])
const deviation = (...destinations: string[]) =>
  deviationByName(destinationFamily, world.against(shapeOf({ ...mail, destinations })))
const minusLog = (p: number) => -Math.log(p)

test('a new address at a usual mail domain', () => {
  const kind = pitmanYor(3, 3, 1, pitmanYor(4, 3, 2, pitmanYor(4, 3, 2, 0.01)))
  const base = 0.02 * kind + 1e-5
  const external = (4 * ((4 * ((4 * 0.1 + 1.5) / 8) + 1.5) / 8) + 1) / 7
  const rate = (2 * ((2 * ((2 * 0.3 + 1.5) / 6) + 1.5) / 6) + 1) / 5
  const newRate = (100 * ((100 * ((100 * 0.02 + 1.5) / 104) + 1.5) / 104) + 1) / 103
  const unfamiliar = minusLog(newRate) / 3
  assertNear(deviation('d@x.example'), {
    destination_present: 1,
    destination_surprise: minusLog(pitmanYor(3, 0, 2, pitmanYor(4, 0, 3, pitmanYor(4, 0, 3, base)))),
    kind_surprise: minusLog(kind),
    destination_new_agent: 1,
    destination_new_peers: unfamiliar,
    kind_new_peers: 1,
    external_new: unfamiliar,
    external_surprise: 2 + minusLog(external),
    destination_rate_surprise: minusLog(rate),
  })
})

test('a usual destination only surprises by its share', () => {
  const usual = deviation('a@x.example')
  assert.deepEqual(Object.keys(usual).sort(), [
    'destination_new_peers',
    'destination_present',
    'destination_surprise',
    'kind_new_peers',
    'kind_surprise',
  ])
  assert.ok((usual.destination_surprise as number) < 1)
})

test("a peer's destination is new to the agent alone, and no news outside", () => {
  const { destination_new_agent, destination_new_peers, external_new } = deviation('c@z.example')
  assert.deepEqual([destination_new_agent, destination_new_peers, external_new], [1, undefined, undefined])
})

test('a new address elsewhere is stranger than one at a usual domain', () => {
  const [near, far] = [deviation('d@x.example'), deviation('d@elsewhere.example')]
  assert.ok((far.destination_surprise as number) > (near.destination_surprise as number) + 1)
  assert.equal(far.kind_new_agent, 1)
})

test('a new file is no news outside', () => {
  const file = deviation('notes.txt')
  assert.deepEqual([file.destination_new_agent, file.external_new, file.external_surprise], [1, undefined, undefined])
})

test('a known destination under another step says so', () => {
  const shape = shapeOf({ system: 'mail', action: 'forward', destinations: ['a@x.example'] })
  const { destination_new_agent, destination_new_step } = deviationByName(destinationFamily, world.against(shape))
  assert.deepEqual([destination_new_agent, destination_new_step], [undefined, 1])
})

test('of several destinations the strangest counts', () => {
  const [usual, strange] = [deviation('a@x.example'), deviation('d@elsewhere.example')]
  const both = deviation('a@x.example', 'd@elsewhere.example')
  for (const name of Object.keys(both)) assert.equal(both[name], Math.max(usual[name] ?? 0, strange[name] ?? 0), name)
})

test('without destinations every feature is off', () => {
  assert.deepEqual(deviation(), {})
  assert.deepEqual(deviationByName(destinationFamily, world.against(shapeOf(mail))), {})
})
