import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AgentChange } from '@straylight/schemas/agent'
import { dayMs } from '@straylight/schemas/duration'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { excuseChange } from './excuse-change.ts'
import { type FeatureName, featureIndex, features } from './feature.ts'

const at = (ms: number) => new Date(ms).toISOString()
const tool = AgentChange.parse({ time: at(noon), what: 'tool', systems: ['crm'], relearn_days: 3 })
const model = AgentChange.parse({ time: at(noon), what: 'model' })
const role = AgentChange.parse({ time: at(noon), what: 'role' })

function excused(
  change: AgentChange,
  of: { system?: string; time?: number; previous_step?: string; off?: FeatureName[] } = {},
) {
  const { system = 'crm', time = noon, previous_step = '^', off = ['external_new', 'step_new_peers'] } = of
  const deviation = new Float64Array(features.length).fill(1)
  for (const name of [...off, 'opened_to_everybody'] as const) deviation[featureIndex(name)] = 0
  const relearning = excuseChange(deviation, { event: eventOf({ system, time }), previous_step, changes: [change] })
  const lowered = features.filter((_, place) => deviation[place] === 0.2).map(({ name }) => name)
  return { relearning, lowered }
}

test('a new tool explains that its steps are new, in a window that closes by itself', () => {
  const { relearning, lowered } = excused(tool)
  assert.deepEqual(relearning, { what: 'tool', until: noon + 3 * dayMs })
  assert.ok(
    (['system_new', 'step_new_agent', 'bigram_surprise', 'arguments_surprise'] as const).every((name) =>
      lowered.includes(name),
    ),
  )
  assert.deepEqual(excused(tool, { time: noon - 1 }).lowered, [])
  assert.notDeepEqual(excused(tool, { time: noon + 3 * dayMs - 1 }).lowered, [])
  assert.deepEqual(excused(tool, { time: noon + 3 * dayMs }), { relearning: undefined, lowered: [] })
})

test('another system is not explained, but the order of what follows the new tool is', () => {
  assert.deepEqual(excused(tool, { system: 'vault' }).lowered, [])
  const after = excused(tool, { system: 'erp', previous_step: 'crm/contacts.find' }).lowered
  assert.ok(after.includes('order_surprise') && !after.includes('step_new_agent'))
})

test('destinations, privilege, outcomes and amounts beyond all known are never explained', () => {
  for (const change of [tool, model, role]) {
    const { lowered } = excused(change)
    const kept = [
      'destination_surprise',
      'destination_new_agent',
      'privilege_new',
      'outcome_surprise',
      'amount_excess',
      'session_excess',
    ]
    assert.deepEqual(
      lowered.filter((name) => kept.includes(name)),
      [],
    )
    assert.deepEqual(excused(change, { off: [] }).lowered, [], 'a new external destination: nothing at all')
  }
})

test('a new model explains order and amounts, no new system; a new role only what peers do', () => {
  const { lowered } = excused(model)
  assert.ok(lowered.includes('sent_surprise') && lowered.includes('order_surprise') && !lowered.includes('system_new'))
  assert.ok(excused(role).lowered.includes('step_new_agent'))
  assert.deepEqual(excused(role, { off: ['external_new'] }).lowered, [])
})

test('a window is at most fourteen days, and a new tool says what it is', () => {
  assert.throws(() => AgentChange.parse({ time: at(noon), what: 'model', relearn_days: 15 }))
  assert.throws(() => AgentChange.parse({ time: at(noon), what: 'tool' }), /names its systems or actions/)
})
