import { type Comparison, surprise } from './comparison.ts'
import { whole } from './counts-in-words.ts'
import type { Explanation } from './explanation.ts'
import { featureIndex } from './feature.ts'
import type { HashedContext } from './hashed-key.ts'
import { countedFields } from './told-fields.ts'

const at = featureIndex('field_missing')

/** Events known of agent and peers before "practically always" means anything, and what is left out more often is not missed. */
const known = { events: 50, leftOut: 0.02 }
/** What is believed of an agent and peers that nobody knows. */
const prior = 0.05

/** How many earlier events had a field, of how many, at the agent and at its peers. */
interface Told {
  readonly name: string
  readonly of: 'agent' | 'step'
  readonly had: number
  readonly peersHad: number
}

/** Visits every field that an event leaves out though it could have it. */
function eachLeftOut(comparison: Comparison, visit: (told: Told) => void): void {
  const { shape, keys } = comparison
  const { step } = keys
  for (let field = 0; field < countedFields.length; field++) {
    if ((shape.told_fields & (1 << field)) !== 0) continue
    const key = step.told(field)
    const { name, of } = countedFields[field] as (typeof countedFields)[number]
    visit({ name, of, had: comparison.ownCount(key), peersHad: comparison.peersCount(key) })
  }
  // What a family counts for each event that has the field, by step, is counted already.
  const bySum = (name: string, context: HashedContext) =>
    visit({ name, of: 'step', had: comparison.ownTotal(context), peersHad: comparison.peersTotal(context) })
  if (shape.argument_set === null) bySum('argument_names', step.arguments)
  if (shape.bytes_sent === null) bySum('bytes_sent', step.sent)
  if (shape.outcome === null) bySum('outcome', step.outcome)
  if (shape.outcome !== null && shape.outcome !== 'success') return
  if (shape.bytes_received === null) bySum('bytes_received', step.received)
  if (shape.records === null) bySum('records', step.records)
}

/** Events that a field is held against: those of the step, or all. The peers' are those of the agent too. */
const eventsOf = (comparison: Comparison, of: Told['of']): readonly [own: number, peers: number] => {
  const { own } = comparison.keys.step
  return of === 'step'
    ? [comparison.ownCount(own), comparison.peersCount(own)]
    : [comparison.ownTotal(own.of), comparison.peersTotal(own.of)]
}

/** Two pseudo-events of what is believed where history ends. */
const share = (events: number, had: number, believed: number): number =>
  (Math.max(0, events - had) + 2 * believed) / (events + 2)

function natsOf(comparison: Comparison, { of, had, peersHad }: Told): number {
  // Nobody ever had it.
  if (had === 0 && peersHad === 0) return 0
  const [events, peers] = eventsOf(comparison, of)
  // The agent's own stand among its peers' as well, as far as those have learnt them.
  const others = Math.max(0, peers - events)
  if (events + others < known.events) return 0
  const leftOut = share(events, had, share(others, Math.max(0, peersHad - had), prior))
  return leftOut > known.leftOut ? 0 : surprise(leftOut)
}

/**
 * What an event leaves out though its agent practically always tells it: leaving out is how features are switched off.
 * field_missing (nats) = −ln P(left out) of the field that is missed most, the agent's own share backing off to its peers', by step where the
 * field goes with the call. 0 where it is left out in more than two of a hundred, and below 50 events of agent and peers.
 * What came back, and records, are not missed in calls that did not succeed. A late event leaves out its order.
 */
export function fieldDeviation(comparison: Comparison, out: Float64Array): void {
  eachLeftOut(comparison, (told) => {
    const nats = natsOf(comparison, told)
    if (nats > (out[at] as number)) out[at] = nats
  })
}

/** 'no bytes_sent', where '1,240 of 1,240 earlier mail/send calls of this agent had it'. */
export function explainMissing(comparison: Comparison): Explanation | undefined {
  let most: Told | undefined
  let nats = 0
  eachLeftOut(comparison, (told) => {
    const its = natsOf(comparison, told)
    if (its > nats) [most, nats] = [told, its]
  })
  if (most === undefined) return undefined
  const { name, of, had, peersHad } = most
  const [events, peers] = eventsOf(comparison, of)
  const calls = of === 'step' ? `${comparison.shape.step} calls` : 'events'
  const words = (count: number, all: number, whose: string) =>
    `${whole(Math.min(count, all))} of ${whole(all)} earlier ${calls} of ${whose} had it`
  const expected = events >= known.events ? words(had, events, 'this agent') : words(peersHad, peers, 'its peer group')
  return {
    expected,
    seen: name === 'order' ? "no place in order, for its date is behind the agent's clock" : `no ${name}`,
  }
}
