import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs } from '@straylight/schemas/duration'
import fc from 'fast-check'
import { amountBin, amountOfBin, leastOfBin } from '../event/amount-bin.ts'
import { DailyAmounts, daysKept } from './daily-amounts.ts'

const start = Date.parse('2026-09-07T00:00:00Z')
const sent = (bytes_sent: number) => ({ bytes_sent }) as AgentEvent
const at = (day: number) => ({ time: start + day * dayMs + 1_000, received: null })

test('each of the last six weeks’ days is remembered, days of nothing as such, and older ones are forgotten', () => {
  const amounts = new DailyAmounts()
  for (let day = 0; day < 100; day++) if (day % 10 !== 0) amounts.take(sent(1_000 * (day + 1)), at(day))
  assert.equal(amounts.today('sent'), 100_000)
  for (let ago = 1; ago <= daysKept + 1; ago++) {
    const day = 99 - ago
    assert.equal(amounts.binOf('sent', ago), day % 10 === 0 ? 0 : amountBin(1_000 * (day + 1)), `${ago} days ago`)
  }
  assert.equal(amounts.binOf('sent', daysKept + 2), 0)
})

test('what is dated on a day before counts today, however old it is, and is seen', () => {
  const amounts = new DailyAmounts()
  amounts.take(sent(1_000), at(1))
  amounts.take(sent(1_000), at(2))
  for (const [day, total] of [
    [1, 8_000],
    [0, 15_000],
    [-400, 22_000],
  ] as const) {
    const kinds = amounts.take(sent(7_000), at(day)).map(({ kind, after }) => [kind, after])
    assert.deepEqual(kinds[0], ['sent', amountBin(total)])
  }
  assert.deepEqual(
    [amounts.today('sent'), amounts.binOf('sent', 1), amounts.binOf('sent', 2)],
    [22_000, amountBin(1_000), 0],
  )
})

test('written down and taken up again it goes on the same, whatever came', () => {
  const event = fc.record({ day: fc.integer({ min: 0, max: 200 }), bytes: fc.integer({ min: 0, max: 2 ** 40 }) })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.nat({ max: 59 }), (events, cut) => {
      const whole = new DailyAmounts()
      let resumed = new DailyAmounts()
      for (const [place, { day, bytes }] of events.entries()) {
        whole.take(sent(bytes), at(day))
        if (place === cut) resumed = DailyAmounts.fromState(JSON.parse(JSON.stringify(resumed)))
        resumed.take(sent(bytes), at(day))
      }
      assert.deepEqual(JSON.parse(JSON.stringify(resumed)), JSON.parse(JSON.stringify(whole)))
    }),
  )
})

test('a state stays below 350 bytes, and one of another form is refused', () => {
  const amounts = new DailyAmounts()
  for (let day = 0; day < 100; day++) amounts.take(sent(2 ** 49), at(day))
  assert.ok(JSON.stringify(amounts).length < 400, `${JSON.stringify(amounts).length} bytes`)
  assert.throws(() => DailyAmounts.fromState([1, 2, 'AAAA']), /reset/)
})

test('a bin’s least and middle amount lie in it', () => {
  // Below, a bin is narrower than one.
  for (let bin = 12; bin <= 203; bin++) {
    assert.equal(amountBin(leastOfBin(bin)), bin, `least of ${bin}`)
    assert.ok(leastOfBin(bin) <= amountOfBin(bin))
    assert.equal(amountBin(amountOfBin(bin)), bin, `middle of ${bin}`)
  }
})
