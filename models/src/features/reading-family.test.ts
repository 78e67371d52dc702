import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNear } from '../../test-support/assert-near.ts'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { eventOf } from '../../test-support/event-of.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import { readingFamily } from './reading-family.ts'

/** Twelve calls that send 10 B and get 1 kB, and twelve that send 1 kB and get 10 B. */
const history = Array.from({ length: 12 }, (_, at) => [
  eventOf({ session: `s${at}`, action: 'get', bytes_sent: 10, bytes_received: 1000 }),
  eventOf({ session: `s${at}`, action: 'send', bytes_sent: 1000, bytes_received: 10 }),
]).flat()
const world = taught(history)
const reading = (event: Parameters<typeof shapeOf>[0], received: number, changes: Parameters<typeof shapeOf>[1] = {}) =>
  deviationByName(
    readingFamily,
    world.against(shapeOf(event, { session_bytes_received: received, previous_step: 'erp/get', ...changes })),
  )

test('what the session had read before, and whether such a call sends more than it gets', () => {
  // e^3.5 − 1 bytes before the 10 of this call: half of what counts as much.
  const half = Math.expm1(3.5) + 10
  assertNear(reading({ action: 'send', bytes_sent: 500, bytes_received: 10 }, half), {
    nothing_read: 0.5,
    write_after_reading: (0.5 * (12 * 12 + 0.5)) / (12 * 12 + 1),
  })
  assertNear(reading({ action: 'get', bytes_sent: 500, bytes_received: 10 }, half), {
    nothing_read: 0.5,
    write_after_reading: (0.5 * 0.5) / (12 * 12 + 1),
  })
})

test('a step that nobody knows may be either; more than a kilobyte is no more than that', () => {
  assertNear(reading({ action: 'new', bytes_sent: 1, bytes_received: 0 }, 2 ** 40), { write_after_reading: 0.5 })
})

test('the first call of a session has read nothing; of a later one that is not known where nobody says what came back', () => {
  assert.deepEqual(reading({ action: 'send', bytes_sent: 500 }, 0, { previous_step: '^' }), {})
  assert.deepEqual(reading({ action: 'send', bytes_sent: 500, bytes_received: 90 }, 90, { previous_step: '^' }), {
    nothing_read: 1,
  })
  assert.deepEqual(reading({ action: 'send', bytes_sent: 500 }, 0), {})
})

test('where an event says what its arguments held, that says whether an output fed it', () => {
  assert.deepEqual(
    reading({ action: 'send', bytes_sent: 500, bytes_received: 90 }, 90, { previous_step: '^', flows: [] }),
    {},
  )
})

test('what is not reported is off: no amount sent; a late event may have read what comes later', () => {
  assert.deepEqual(reading({ action: 'send' }, 2000), {})
  const late = reading({ action: 'send', bytes_sent: 500 }, 3, { late: true })
  assert.deepEqual(Object.keys(late), ['write_after_reading'])
})

test('what a step is follows its level, also when that changes', () => {
  const comparison = world.against(shapeOf({ action: 'send' }))
  const before = comparison.writeShare()
  assert.equal(comparison.writeShare(), before)
  const more = taught([
    ...history,
    ...history.map((event) => eventOf({ ...event, action: 'send', bytes_sent: 1, id: `${event.id}-2` })),
  ])
  assert.ok(more.against(shapeOf({ action: 'send' })).writeShare() < before / 2)
})
