import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { eventOf } from '../../test-support/event-of.ts'
import { randomEvent } from '../../test-support/random-event.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import { deviationOf } from './deviation.ts'
import { featureIndex, featureNamed, featureNames, features } from './feature.ts'

test('features have names of their own, found by name', () => {
  assert.equal(new Set(featureNames).size, features.length)
  for (const [at, name] of featureNames.entries()) assert.equal(featureIndex(name), at)
  assert.equal(featureNamed('order_surprise')?.name, 'order_surprise')
  assert.equal(featureNamed('mood'), undefined)
})

test('whatever the history and the event, deviations are numbers: switches 0 to 1, surprises 0 to their bound', () => {
  fc.assert(
    fc.property(fc.array(randomEvent, { maxLength: 20 }), randomEvent, (history, event) => {
      const deviation = deviationOf(taught(history.map(eventOf)).against(shapeOf(event)))
      features.forEach(({ name, kind, range }, at) => {
        const value = deviation[at] as number
        assert.ok(Number.isFinite(value) && value >= 0, `${name} is ${value}`)
        const most = /^0 (?:to|or) (\d+)/.exec(range)?.[1]
        if (most !== undefined) assert.ok(value <= Number(most), `${name} is ${value}, its range says ${range}`)
        if (kind === 'switch') assert.ok(value <= 1, `${name} is ${value}`)
        if (kind === 'surprise') assert.ok(value <= 120, `${name} is ${value}`)
      })
    }),
  )
})

test('maturity grows with the history of the agent alone', () => {
  const maturity = (own: number) => {
    const history = [
      ...Array.from({ length: own }, () => eventOf()),
      ...Array.from({ length: 50 }, () => eventOf({ agent: 'peer' })),
    ]
    return deviationOf(taught(history, ['bot', 'peer']).against(shapeOf()))[featureIndex('maturity')]
  }
  assert.equal(maturity(0), 0)
  assert.equal(maturity(20), Math.log(21) / 6)
})
