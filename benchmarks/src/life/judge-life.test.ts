import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '@straylight/schemas/duration'
import { judgeLife } from './judge-life.ts'
import { liveStart } from './life-trade.ts'
import { lifeTrades, tradeNames } from './life-trades.ts'
import { playTrade, registryOf } from './play-trade.ts'

test('ordinary sessions count by week, each once; changes and incidents are counted apart', () => {
  const at = (day: number) => liveStart + day * dayMs
  const labels = new Map([
    ['a', { label: 'ordinary', agent: 'x', session: '1', time: at(0) }],
    ['b', { label: 'ordinary', agent: 'x', session: '1', time: at(0) + 1 }],
    ['c', { label: 'month end', agent: 'x', session: '2', time: at(8) }],
    ['g', { label: 'incident', agent: 'x', session: '3', time: at(8) }],
    ['h', { label: 'benign', agent: 'x', session: '4', time: at(8) }],
    ['d', { label: 'benign:roll-out', agent: 'y', session: '1', time: at(9) }],
    ['e', { label: 'incident:ramp', agent: 'y', session: '2', time: at(9) }],
    ['f', { label: 'incident:ramp', agent: 'y', session: '3', time: at(10) }],
  ])
  const lines = [...labels.keys()].map((id) => ({ id, alert: 'bdf'.includes(id) }))
  assert.deepEqual(judgeLife(labels, lines), {
    weeks: [
      { week: 1, sessions: 1, alerting: 1 },
      { week: 2, sessions: 3, alerting: 0 },
    ],
    ordinary: { sessions: 4, alerting: 1 },
    benign: { 'roll-out': { sessions: 1, alerting: 1 } },
    incidents: { ramp: true },
  })
})

for (const name of tradeNames)
  test(`${name}: a seed gives the same life each time, another one another, and no id comes twice`, () => {
    const [one, again, other] = [1, 1, 2].map((seed) => playTrade(lifeTrades[name](seed), seed))
    assert.deepEqual(one, again)
    assert.notDeepEqual(one?.slice(0, 50), other?.slice(0, 50))
    assert.equal(new Set(one?.map(({ line }) => line.id)).size, one?.length)
    assert.ok((one?.length ?? 0) > 15_000)
  })

test('who comes unannounced is not in the registry, and who comes is new for a week', () => {
  const trade = lifeTrades.travel()
  const registered = new Set(registryOf(trade).agents.map(({ agent }) => agent))
  assert.deepEqual([registered.has('seller-cy'), registered.has('sell-new')], [false, true])
  const labels = playTrade(trade, 1).filter(({ line }) => line.agent === 'seller-cy')
  assert.deepEqual([...new Set(labels.map(({ label }) => label))].sort(), ['benign:rename', 'ordinary'])
})
