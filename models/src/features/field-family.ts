import type { HashedKey } from '../profile/hashed-key.ts'
import { type Comparison, surprise } from './comparison.ts'
import { whole } from './counts-in-words.ts'
import type { Explanation } from './explanation.ts'
import { type FeatureCause, featureFamily, inNats } from './feature-family.ts'
import { fieldEventsMin, leftOut, leftOutPseudoEvents } from './priors.ts'
import { countedFields } from './reported-fields.ts'
import { inBothSums } from './sum-weights.ts'

const fieldMissing: FeatureCause = { name: 'field_missing', techniques: ['OWASP:ASI10', 'ATLAS:AML.TA0007'] }

/** What is left out more often than that is not missed. */
const mostLeftOut = 0.02

/** What earlier events that had a field are counted by: a key, or a context to which each of them adds one. */
interface Reported {
  /** What the agent's table and the shared ones ask of. */
  readonly print: number
  readonly hash: number
}
const byKey = ({ print, key }: HashedKey): Reported => ({ print, hash: key })

type Visit = (name: string, of: 'agent' | 'step', reported: Reported) => void

/** Visits every field that an event leaves out though it could have it. */
function eachLeftOut({ shape, keys }: Comparison, visit: Visit): void {
  const { step } = keys
  for (let field = 0; field < countedFields.length; field++) {
    if ((shape.told_fields & (1 << field)) !== 0) continue
    const { name, of } = countedFields[field] as (typeof countedFields)[number]
    visit(name, of, byKey(step.reported(field)))
  }
  // What a family counts for each event that has the field, by step, is counted already.
  if (shape.argument_set === null) visit('argument_names', 'step', step.arguments)
  if (shape.bytes_sent === null) visit('bytes_sent', 'step', step.sent)
  if (shape.outcome === null) visit('outcome', 'step', step.outcome)
  if (shape.outcome !== null && shape.outcome !== 'success') return
  if (shape.bytes_received === null) visit('bytes_received', 'step', step.received)
  if (shape.records === null) visit('records', 'step', step.records)
}

/** Earlier events of the agent, or of its peers with it, that a field is held against: those of the step, or all. */
const ownEvents = ({ keys, profile, scale }: Comparison, of: 'agent' | 'step'): number =>
  profile.table.countOf((of === 'step' ? keys.step.own : keys.step.own.of).print) * scale
const peersEvents = ({ keys, peers, scale }: Comparison, of: 'agent' | 'step'): number =>
  peers.table.count(of === 'step' ? keys.step.own.key : keys.step.own.of.hash) * scale

/** Share of events that leave it out, with pseudo-events of what is believed where history ends. */
const share = (events: number, had: number, believed: number): number =>
  (Math.max(0, events - had) + leftOutPseudoEvents * believed) / (events + leftOutPseudoEvents)

function natsOf(comparison: Comparison, of: 'agent' | 'step', { print, hash }: Reported): number {
  const { profile, peers, scale } = comparison
  const events = ownEvents(comparison, of)
  const had = profile.table.countOf(print) * scale
  // Most fields that an event leaves out its agent never tells, or not always: then peers have no say.
  if (share(events, had, 0) > mostLeftOut) return 0
  const peersHad = peers.table.count(hash) * scale
  if (had === 0 && peersHad === 0) return 0
  // The agent's own stand among its peers' as well, as far as those have learnt them.
  const others = Math.max(0, peersEvents(comparison, of) - events)
  if (events + others < fieldEventsMin) return 0
  const p = share(events, had, share(others, Math.max(0, peersHad - had), leftOut))
  return p > mostLeftOut ? 0 : surprise(p)
}

/** 'no bytes_sent', where '1,240 of 1,240 earlier mail/send calls of this agent had it'. */
function missingSentence(comparison: Comparison): Explanation {
  const { profile, peers, scale, shape } = comparison
  let most = 0
  let explanation: Explanation | undefined
  eachLeftOut(comparison, (name, of, { print, hash }) => {
    const nats = natsOf(comparison, of, { print, hash })
    if (nats <= most) return
    most = nats
    const events = ownEvents(comparison, of)
    const words = (had: number, all: number, whose: string) =>
      `${whole(Math.min(had, all))} of ${whole(all)} earlier ${of === 'step' ? `${shape.step} calls` : 'events'} of ${whose} had it`
    const expected =
      events >= fieldEventsMin
        ? words(profile.table.countOf(print) * scale, events, 'this agent')
        : words(peers.table.count(hash) * scale, peersEvents(comparison, of), 'its peer group')
    const seen = name === 'order' ? "no place in sequence, since its time is behind the agent's clock" : `no ${name}`
    explanation = { expected, seen }
  })
  return explanation ?? { expected: 'no field missing', seen: shape.step }
}

/**
 * What an event leaves out though its agent practically always reports it: leaving out is how features are switched off.
 * What came back, and records, are not missed in calls that did not succeed. A late event leaves out its order.
 */
export const fieldFamily = featureFamily({
  name: 'missing fields',
  question: 'What does it leave out?',
  features: {
    field_missing: {
      ...inNats,
      formula:
        '−ln P(left out) of the field that is missed most, the agent’s own share backing off to its peers’, by action where the field goes with the call; 0 where more than two events in a hundred leave it out, and below 50 events of agent and peers',
      needs: [],
      cause: fieldMissing,
      title: 'Missing field',
      sentence: missingSentence,
      // Softly: when a shipper stops sending a field, all its agents leave it out at once.
      weights: inBothSums(0.5, 10),
    },
  },
  reads: [],
  measure(comparison, out, at) {
    eachLeftOut(comparison, (_name, of, reported) => {
      const nats = natsOf(comparison, of, reported)
      if (nats > (out[at.field_missing] as number)) out[at.field_missing] = nats
    })
  },
})
