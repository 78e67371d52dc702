import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawFleet } from '@straylight/demo/fleet/draw-fleet'
import type { FleetEvent } from '@straylight/demo/fleet/native-event'
import { drawScenarios } from '@straylight/demo/fleet/scenarios'
import { hourMs } from '@straylight/schemas/duration'
import { livePlan } from './live-plan.ts'
import { playLive } from './play-live.ts'

const until = Date.UTC(2026, 9, 14, 16)
const fleet = drawFleet(3)
const scenarios = drawScenarios(fleet)
const planned = (playMs: number) => livePlan(fleet, scenarios, { from: until - 8 * hourMs, until, playMs, seed: 3 })

test('the plan is in order of sending, and each agent’s calls are in order of their own time', () => {
  const { calls } = planned(25_000)
  const last = new Map<string, string>()
  calls.forEach(({ after_ms, event }, place) => {
    assert.ok(after_ms >= (calls[place - 1]?.after_ms ?? 0))
    assert.ok(Date.parse(event.time) < until + hourMs)
    // Sessions of one agent overlap and stand in order of time; a scenario stands behind them all.
    assert.ok(event.time >= (last.get(event.agent) ?? ''))
    last.set(event.agent, event.time)
  })
})

test('an agent in a scenario does nothing else from its beginning on', () => {
  const { calls, begins } = planned(25_000)
  scenarios.forEach(({ agent, other }, place) => {
    const names = [agent.agent, other?.agent]
    const ordinary = calls.filter(({ event, scenario }) => scenario === undefined && names.includes(event.agent))
    assert.ok(ordinary.every(({ event }) => Date.parse(event.time) < (begins[place] ?? 0)))
  })
})

test('a call with a revoked credential is not made, and is counted as planned', async () => {
  const plan = planned(50)
  const [first] = scenarios
  const sent: FleetEvent[] = []
  const begun: number[] = []
  const calls = { ...plan, calls: plan.calls.map((call) => ({ ...call, after_ms: 0 })) }
  let passed = 0
  const played = await playLive(calls, {
    send: async (events) => {
      sent.push(...events)
      return 0
    },
    isRevoked: ({ agent }) => agent === first?.agent.agent && ++passed > 3,
    isStray: ({ event, scenario = -1 }) => event.agent === scenarios[scenario]?.agent.agent,
    onBegin: (scenario) => void begun.push(scenario),
  })
  assert.equal(played.sent, sent.length)
  assert.deepEqual([...begun].sort(), [0, 1, 2, 3, 4])
  const stray = first?.events(plan.begins[0] ?? 0).length ?? 0
  assert.equal(played.scenarios[0]?.calls, stray)
  assert.ok((played.scenarios[0]?.calls_made ?? stray) <= 3)
  assert.ok(played.scenarios.slice(1).every(({ calls, calls_made }) => calls === calls_made))
})
