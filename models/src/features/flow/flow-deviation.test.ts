import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNear } from '../../../test-support/assert-near.ts'
import { deviationByName } from '../../../test-support/deviation-by-name.ts'
import { eventOf, noon } from '../../../test-support/event-of.ts'
import { pitmanYor } from '../../../test-support/pitman-yor.ts'
import { shapeOf, taught } from '../../../test-support/taught.ts'
import type { Flow } from '../../provenance/flow.ts'
import { explainFeature } from '../explain-feature.ts'
import { flowFamily } from './flow-family.ts'

/** Ten sessions in which what `list` returned is asked for by name and paid. */
const history = Array.from({ length: 10 }, (_, at) => [
  eventOf({
    session: `s${at}`,
    time: noon + at * 1000,
    action: 'list',
    argument_values: {},
    result_values: [`a:${at}`],
  }),
  eventOf({
    session: `s${at}`,
    time: noon + at * 1000 + 1,
    action: 'pay',
    argument_values: { to: [`a:${at}`] },
    result_values: [],
  }),
]).flat()
const peer = history.map((event) => eventOf({ ...event, agent: 'peer', session: `peer-${event.session}` }))
const world = taught([...history, ...peer], ['bot', 'peer'])
const flow = (changes: Partial<Flow>): Flow => ({
  value: 0,
  argument: 'to',
  kind: 'a',
  source: 'erp/list',
  root: 'ambient',
  call: 1,
  ...changes,
})
const pay = (flows: readonly Flow[] | null, values = ['a:99']) =>
  world.against(shapeOf({ action: 'pay' }, { flows, values: values.map((value) => ({ argument: 'to', value })) }))
const nats = (p: number) => -Math.log(p)
/** Three levels that saw the same: ten calls at the agent, twenty at peers and tenant, `types` different ones. */
const threeLevels = (seen: number, total: number, types: number, base: number) =>
  pitmanYor(total, seen, types, pitmanYor(2 * total, 2 * seen, types, pitmanYor(2 * total, 2 * seen, types, base)))

test("a flow that is this argument's habit is no news; its value may be", () => {
  const pSystem = threeLevels(10, 10, 1, 0.05)
  const pFlow = threeLevels(10, 10, 1, 0.3 * pSystem + 1e-3)
  const obeyed = [20, 20, 10].reduce((p, outputs) => (outputs + 2 * p) / (outputs + 2), 0.02)
  const pValue = (() => {
    const tenant = pitmanYor(20, 0, 10, 0.02)
    return pitmanYor(10, 0, 10, pitmanYor(20, 0, 10, tenant))
  })()
  /** Ten values in ten and twenty calls, half a call's worth off each, two pseudo-calls a level. */
  const newRate = [20, 20, 10].reduce((rate, calls) => (2 * rate + 0.5 * 10) / (calls + 2), 0.3)
  assertNear(deviationByName(flowFamily, pay([flow({})])), {
    values_known: 1,
    value_tainted: 1,
    flow_surprise: nats(pFlow),
    flow_root_surprise: nats(threeLevels(10, 10, 1, 0.2 * pFlow)),
    obeyed_surprise: nats(obeyed),
    value_surprise: nats(pValue),
    value_new_peers: 1,
    value_novelty: nats(newRate),
    tainted_value_novelty: nats(newRate),
    tainted_value_new: 1,
  })
})

test('a source that never fed this step is new to the agent and to its peers', () => {
  const deviation = deviationByName(flowFamily, pay([flow({ source: 'mail/read', root: 'requested' })]))
  assert.equal(deviation.flow_new_agent, 1)
  assert.equal(deviation.flow_new_peers, 1)
  assertNear({ obeyed: deviation.obeyed_surprise as number }, { obeyed: nats(0.02) })
  assert.ok((deviation.flow_surprise as number) > 4)
})

test('a value that several steps bore counts by its most usual way; of several values the strangest counts', () => {
  const usual = deviationByName(flowFamily, pay([flow({})]))
  const both = deviationByName(flowFamily, pay([flow({}), flow({ source: 'mail/read' })]))
  assert.equal(both.flow_surprise, usual.flow_surprise)
  assert.equal(both.flow_new_peers, undefined)
  const strange = deviationByName(
    flowFamily,
    pay([flow({}), flow({ value: 1, source: 'mail/read' })], ['a:99', 'a:98']),
  )
  assert.equal(strange.flow_new_peers, 1)
})

test('requested and made-up values are distinguished, dates apart from both; nothing is known of a value without origin', () => {
  const requested = deviationByName(flowFamily, pay([flow({ source: 'request', root: '', call: 0 })]))
  assert.deepEqual(
    [requested.values_requested, requested.value_tainted, requested.value_surprise],
    [1, undefined, undefined],
  )
  const invented = deviationByName(flowFamily, pay([flow({ source: 'self', root: '', call: 0 })]))
  assert.deepEqual([invented.value_invented, invented.value_tainted, invented.values_known], [1, undefined, 1])
  const date = deviationByName(flowFamily, pay([flow({ kind: 'd', source: 'mail/read' })], ['d:1']))
  assert.deepEqual(Object.keys(date), ['flow_date_surprise'])
  const half = deviationByName(flowFamily, pay([flow({ source: 'self', root: '', call: 0 })], ['a:1', 'a:2']))
  assert.equal(half.values_known, undefined)
  assert.deepEqual(deviationByName(flowFamily, pay(null)), {})
  assert.deepEqual(deviationByName(flowFamily, pay([])), {})
})

test('what a SOC analyst reads of a flow', () => {
  const injected = pay([flow({ source: 'mail/read', root: 'requested', call: 3 })])
  assert.deepEqual(explainFeature('flow_root_surprise', injected), {
    seen: 'to came only from mail/read (call 3)',
    expected: 'that source fed erp/pay.to in none of 10 calls with that argument, and not at its only peer',
  })
  assert.deepEqual(explainFeature('flow_new_peers', pay([flow({})])), {
    seen: 'to came only from erp/list (call 1)',
    expected: 'that source fed erp/pay.to in 10 of 10 calls with that argument, and at its only peer',
  })
  assert.deepEqual(explainFeature('obeyed_surprise', injected), {
    seen: 'erp/pay took to from an output of mail/read',
    expected: 'no earlier outputs of mail/read are known',
  })
  assert.equal(
    explainFeature('value_surprise', pay([flow({ source: 'self', root: '', call: 0 })])).seen,
    'to stood in nothing that the agent had read',
  )
})

test('padding an output beyond its bound wins nothing: no discount, and the value counts as new as a made-up one', () => {
  const made = deviationByName(flowFamily, pay([flow({ source: 'self', root: '' })]))
  const cut = deviationByName(flowFamily, pay([flow({ source: 'cut', root: '' })]))
  assert.equal(made.values_known, 1)
  assert.equal(cut.values_known, undefined)
  assert.equal(cut.value_invented, undefined)
  for (const name of ['flow_surprise', 'value_surprise', 'value_novelty', 'value_new_peers'])
    assert.ok((cut[name] ?? 0) > 0 && (cut[name] ?? 0) >= (made[name] ?? 0), name)
  const beside = deviationByName(
    flowFamily,
    pay([flow({}), flow({ value: 1, source: 'cut', root: '' })], ['a:99', 'a:98']),
  )
  assert.equal(beside.value_tainted, 1, 'what the kept part held stays tainted')
  assert.equal(beside.values_known, undefined)
})
