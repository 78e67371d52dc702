import { type Destination, destinationOf } from './destination.ts'
import type { EventShape } from './event-shape.ts'
import type { SeededRandom } from './seeded-random.ts'

/** How an ordinary event is turned into one that its agent would not have done. */
export type SpliceKind =
  | 'fresh_destination'
  | 'other_step_fresh_destination'
  | 'other_agent'
  | 'larger_volume'
  | 'new_privilege'

/** How often each kind is drawn: a fresh destination is the negative that carries most (detection study, section 3). */
const kindWeights: readonly [SpliceKind, number][] = [
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
  const outside = ['email', 'host', 'account'][random.below(3)]
  switch (family ?? outside) {
    case 'email':
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

function drawKind(random: SeededRandom): SpliceKind {
  let at = random.next() * kindWeights.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [kind, weight] of kindWeights) {
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
  session_bytes_sent: place.session_bytes_sent + (doing.bytes_sent ?? 0),
  session_bytes_received: place.session_bytes_received + (doing.bytes_received ?? 0),
  late: place.late,
  closed: place.closed,
  passed: place.passed,
})

/**
 * Makes one spliced event. `own` are events of the same agent's peers (what it could do), `others` of all agents.
 * Never fails: where a kind has nothing to change (no volume known), a fresh destination is spliced instead.
 */
export function splice(
  place: EventShape,
  own: readonly EventShape[],
  others: readonly EventShape[],
  random: SeededRandom,
): EventShape {
  const kind = drawKind(random)
  if (kind === 'other_agent') return inPlaceOf(place, others[random.below(others.length)] as EventShape)
  if (kind === 'new_privilege' && place.privileges.length > 0)
    return { ...place, privileges: [`privilege:${word(random, 7)}`] }
  if (kind === 'larger_volume') {
    const factor = 2 ** (3 + 6 * random.next())
    const larger = (amount: number | null) => (amount === null ? null : Math.round((amount + 1) * factor))
    const bytes_sent = larger(place.bytes_sent)
    const bytes_received = larger(place.bytes_received)
    if (bytes_sent !== null || bytes_received !== null) {
      return {
        ...place,
        bytes_sent,
        bytes_received,
        records: larger(place.records),
        session_bytes_sent: place.session_bytes_sent + (bytes_sent ?? 0),
        session_bytes_received: place.session_bytes_received + (bytes_received ?? 0),
      }
    }
  }
  const withDestinations = own.filter((shape) => shape.destinations.length > 0)
  const doing =
    kind === 'other_step_fresh_destination' && withDestinations.length > 0
      ? inPlaceOf(place, withDestinations[random.below(withDestinations.length)] as EventShape)
      : place
  return { ...doing, destinations: [freshDestination(doing.destinations[0], random), ...doing.destinations.slice(1)] }
}
