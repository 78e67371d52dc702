import { type Destination, destinationOf } from '../event/destination.ts'
import type { EventShape } from '../event/event-shape.ts'
import { reportedInPlaceOf, reportedWith } from '../features/reported-fields.ts'
import { isGuessable, valueKindOf } from '../provenance/flow.ts'
import type { SeededRandom } from './seeded-random.ts'

/** How an ordinary event is turned into one that its agent would not have done. */
export type SpliceKind =
  | 'fed_by_output'
  | 'fresh_destination'
  | 'other_step_fresh_destination'
  | 'other_agent'
  | 'larger_volume'
  | 'new_privilege'

/**
 * How often each kind is drawn. Where values are known, nearly always a value that came only from an output: in trials that
 * kind alone beat every mix. Else a fresh destination carries most.
 */
const kindWeights: readonly [SpliceKind, number][] = [
  ['fed_by_output', 100],
  ['fresh_destination', 4],
  ['other_step_fresh_destination', 4],
  ['other_agent', 1],
  ['larger_volume', 1],
  ['new_privilege', 0.5],
]

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
const word = (random: SeededRandom, length: number): string =>
  Array.from({ length }, () => letters[random.below(letters.length)]).join('')

/** A destination of the same kind that nobody has used; half of them leave the house whatever the kind was. */
function freshDestination(like: Destination | undefined, random: SeededRandom): Destination {
  const family = random.next() < 0.5 ? undefined : like?.kind.split(':')[0]
  const outside = ['mail', 'host', 'account'][random.below(3)]
  switch (family ?? outside) {
    case 'mail':
      return destinationOf(`${word(random, 8)}@${word(random, 9)}.com`)
    case 'host':
      return destinationOf(`https://${word(random, 9)}.com/${word(random, 6)}`)
    case 'account':
      return destinationOf(
        `de${String(random.below(1e9)).padStart(9, '0')}${String(random.below(1e9)).padStart(9, '0')}`,
      )
    case 'path':
      return destinationOf(`${like?.key.slice(0, like.key.lastIndexOf('/')) ?? ''}/${word(random, 8)}`)
    case 'file':
      return destinationOf(`${word(random, 8)}.${like?.kind.split(':')[1] ?? 'txt'}`)
    case 'id':
      return destinationOf(`${like?.key.replace(/[0-9]+/g, () => String(random.below(1e5))) ?? ''}${random.below(1e4)}`)
    default:
      return destinationOf(word(random, 9))
  }
}

const drawPlainKind = (random: SeededRandom): SpliceKind => drawKind(random, kindWeights.slice(1))

function drawKind(random: SeededRandom, weights = kindWeights): SpliceKind {
  let at = random.next() * weights.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [kind, weight] of weights) {
    at -= weight
    if (at < 0) return kind
  }
  return 'fresh_destination'
}

/** Puts another event's doing into this one's place in the session. */
const inPlaceOf = (place: EventShape, doing: EventShape): EventShape => ({
  ...doing,
  previous_step: place.previous_step,
  previous_step_2: place.previous_step_2,
  session_bytes_sent: place.session_bytes_sent - (place.bytes_sent ?? 0) + (doing.bytes_sent ?? 0),
  session_bytes_received: place.session_bytes_received - (place.bytes_received ?? 0) + (doing.bytes_received ?? 0),
  asked: place.asked,
  late: place.late,
  told_fields: reportedInPlaceOf(place.told_fields, doing.told_fields),
  closed: place.closed,
  passed: place.passed,
})

/** An earlier call of the session and the values that it returned. */
export type Returned = Pick<EventShape, 'step' | 'root'> & { readonly returned: readonly string[] }

/** How often a fed call also goes where nobody went before; the others go to a place already known. */
const fedFreshDestination = 0.7

const isFirm = ({ value }: { readonly value: string }): boolean => !isGuessable(valueKindOf(value))

/**
 * A value of the call is replaced by one that only an earlier output carried: what an obeyed injection looks like. Half
 * of the time it is a call that the agent's peers make elsewhere. Undefined where there is no output or no value.
 */
function fedByOutput(
  place: EventShape,
  own: readonly EventShape[],
  random: SeededRandom,
  earlier: readonly Returned[],
): EventShape | undefined {
  const sources = earlier.filter(({ returned }) => returned.some((value) => isFirm({ value })))
  if (sources.length === 0) return undefined
  const source = sources[random.below(sources.length)] as Returned
  const elsewhere = !place.values.some(isFirm) || random.next() < 0.5
  const usable = elsewhere ? own.filter(({ values }) => values.some(isFirm)) : []
  if (elsewhere && usable.length === 0) return undefined
  const doing = elsewhere ? inPlaceOf(place, usable[random.below(usable.length)] as EventShape) : place
  const firm = doing.values.flatMap((used, index) => (isFirm(used) ? [index] : []))
  const index = firm[random.below(firm.length)] as number
  const { argument, value: was } = doing.values[index] as EventShape['values'][number]
  const tainted = source.returned.filter((value) => isFirm({ value }))
  const alike = tainted.filter((value) => valueKindOf(value) === valueKindOf(was))
  const value = (alike.length > 0 ? alike : tainted)[
    random.below((alike.length > 0 ? alike : tainted).length)
  ] as string
  const others = (doing.flows ?? []).filter((flow) => flow.value !== index)
  const fed = { value: index, argument, kind: valueKindOf(value), source: source.step, root: source.root, call: 0 }
  const fresh = doing.destinations.length > 0 && random.next() < fedFreshDestination
  return {
    ...doing,
    flows: [...others, fed],
    values: doing.values.map((used, at) => (at === index ? { argument, value } : used)),
    destinations: fresh
      ? [freshDestination(doing.destinations[0], random), ...doing.destinations.slice(1)]
      : doing.destinations,
  }
}

/**
 * Makes one spliced event. `earlier` are the session's calls before it; `own` are events of the same agent's peers (what it could do), `others` of all agents.
 * Never fails: where a kind has nothing to change (no volume known), a fresh destination is spliced instead.
 */
export function splice(
  place: EventShape,
  own: readonly EventShape[],
  others: readonly EventShape[],
  random: SeededRandom,
  earlier: readonly Returned[] = [],
): EventShape {
  const drawn = drawKind(random)
  const fed = drawn === 'fed_by_output' ? fedByOutput(place, own, random, earlier) : undefined
  if (fed) return fed
  const kind = drawn === 'fed_by_output' ? drawPlainKind(random) : drawn
  if (kind === 'other_agent') return inPlaceOf(place, others[random.below(others.length)] as EventShape)
  if (kind === 'new_privilege' && place.privileges.length > 0)
    return { ...place, privileges: [`privilege:${word(random, 7)}`] }
  if (kind === 'larger_volume') {
    const factor = 2 ** (3 + 6 * random.next())
    const larger = (amount: number | null) => (amount === null ? null : Math.round((amount + 1) * factor))
    const bytes_sent = larger(place.bytes_sent)
    const bytes_received = larger(place.bytes_received)
    if (bytes_sent !== null || bytes_received !== null) {
      return inPlaceOf(place, { ...place, bytes_sent, bytes_received, records: larger(place.records) })
    }
  }
  const withDestinations = own.filter((shape) => shape.destinations.length > 0)
  const doing =
    kind === 'other_step_fresh_destination' && withDestinations.length > 0
      ? inPlaceOf(place, withDestinations[random.below(withDestinations.length)] as EventShape)
      : place
  return {
    ...doing,
    told_fields: reportedWith(doing.told_fields, 'destinations'),
    destinations: [freshDestination(doing.destinations[0], random), ...doing.destinations.slice(1)],
  }
}
