import type { SignalLevel } from '../event/event-circumstances.ts'
import { type Family, signalContext } from '../profile/profile-key.ts'
import { octaveOf } from '../session/activity-windows.ts'
import { outsideBoundary } from './boundary-deviation.ts'
import type { Comparison, Tail } from './comparison.ts'
import { bytesText, largestOf, octaveTop, rarity, whole } from './counts-in-words.ts'
import type { Explanation } from './explanation.ts'
import { explainMissing } from './field-deviation.ts'
import { signalSurprise } from './signal-deviation.ts'
import { measuresOf } from './window-deviation.ts'

type Explain = (comparison: Comparison) => Explanation | undefined

const windowNames: Readonly<Record<string, string>> = { '5m': '5 minutes', '1h': 'an hour', '1d': 'a day' }
const amountNames: Readonly<Record<string, string>> = {
  records: 'records',
  events: 'calls',
  destructive: 'calls that delete, reset or take away',
  refused: 'calls failed or denied',
  destinations: 'different destinations',
  resources: 'different resources',
  systems: 'different systems',
}

/** '1h sent' with its total: '5.0 GB sent within an hour'. */
function totalInWords(measure: string, total: number): string {
  const [window = '', what = ''] = measure.split(' ')
  return `${amountInWords(what, total)} within ${windowNames[window] ?? window}`
}

const amountInWords = (what: string, total: number): string =>
  what === 'sent' || what === 'received' ? `${bytesText(total)} ${what}` : `${whole(total)} ${amountNames[what]}`

/** Of the totals that speak for a feature the one that stands out most. */
const ofWindows =
  (feature: string): Explain =>
  (comparison) => {
    const mine = measuresOf(feature)
    const found: { measure: string; total: number; tail: Tail }[] = []
    for (const { measure, total } of comparison.shape.passed) {
      if (mine.size > 0 && !mine.has(measure)) continue
      found.push({ measure, total, tail: comparison.octaveTail(comparison.contextOf('window', measure), total) })
    }
    const [most] = found.sort((a, b) => b.tail.excess - a.tail.excess || a.tail.p - b.tail.p)
    if (most === undefined) return { expected: 'no more than ever before', seen: comparison.shape.step }
    const top = amountInWords(most.measure.split(' ')[1] ?? '', octaveTop(octaveOf(most.total) - most.tail.excess))
    const expected = largestOf(most.tail, { what: 'such windows', top })
    return { expected, seen: totalInWords(most.measure, most.total) }
  }

const named =
  (
    family: Family,
    of: string,
    name: (comparison: Comparison) => string | undefined,
    seen: (name: string) => string,
  ): Explain =>
  (comparison) => {
    const known = name(comparison)
    if (known === undefined) return { expected: `no ${of}`, seen: comparison.shape.step }
    return { expected: rarity(comparison, comparison.keyOf(family, '', known), of), seen: seen(known) }
  }

const rankNames = ['nothing', 'to read', 'to write', 'to manage', 'to administer']
const daysOf = (hours: number): string => (hours < 72 ? `${whole(hours)} hours` : `${whole(hours / 24)} days`)

const expired: Explain = ({ shape }) => ({
  expected: 'no use after the credential has expired',
  seen: `credential expired ${daysOf(shape.credential_expired_hours)} before`,
})
const overdue: Explain = ({ shape, registered }) => ({
  expected: `at most ${daysOf(registered?.credential_lifetime_hours ?? 0)}, says the registry`,
  seen: `credential of ${daysOf(shape.credential_age_hours ?? 0)}`,
})
const older: Explain = (comparison) => {
  const { credential_age_hours: age } = comparison.shape
  const tail = comparison.octaveTail(comparison.contextOf('credentialAge', ''), age ?? 0)
  const expected = largestOf(tail, {
    what: 'uses of credentials',
    top: daysOf(octaveTop(octaveOf(age ?? 0) - tail.excess)),
  })
  return { expected, seen: `credential of ${daysOf(age ?? 0)}` }
}

const outside: Explain = ({ shape, registered }) => {
  const { systems = [], actions = [] } = registered?.boundary ?? {}
  const what = outsideBoundary(shape, registered)
  const allowed = what === 'system' ? systems : actions
  const list = allowed.slice(0, 5).join(', ') + (allowed.length > 5 ? ` and ${allowed.length - 5} more` : '')
  return {
    expected: `only what the registry's boundary names: ${list || 'nothing'}`,
    seen: what === 'system' ? `system ${shape.system}` : shape.step,
  }
}

const strangestSignal = (comparison: Comparison): SignalLevel | undefined =>
  [...comparison.shape.signals].sort((a, b) => signalSurprise(comparison, b) - signalSurprise(comparison, a))[0]

const signal: Explain = (comparison) => {
  const strangest = strangestSignal(comparison)
  if (strangest === undefined) return { expected: 'no signal', seen: comparison.shape.step }
  const { name, level } = strangest
  const { step } = comparison.shape
  const tail = comparison.binTail(comparison.contextOf('signal', signalContext(step, name)), level, 0.5)
  return {
    expected: `as much in ${(100 * tail.p).toPrecision(2)} % of calls of ${step}; ${whole(tail.own)} such calls known of this agent, ${whole(tail.peers)} of its peer group`,
    seen: `${name} says ${(level / 20).toFixed(2)}`,
  }
}

const explanations: Readonly<Record<string, Explain>> = {
  privilege_step_up: named(
    'privilegeRank',
    'uses',
    ({ shape }) => (shape.privilege_rank === null ? undefined : String(shape.privilege_rank)),
    (rank) => `rights ${rankNames[Number(rank)]}`,
  ),
  window_tail: ofWindows('window_tail'),
  window_excess: ofWindows('window_excess'),
  rate_excess: ofWindows('rate_excess'),
  destructive_excess: ofWindows('destructive_excess'),
  refused_excess: ofWindows('refused_excess'),
  fan_out_excess: ofWindows('fan_out_excess'),
  time_surprise: named(
    'timeOfWeek',
    'events',
    ({ shape }) => shape.time_of_week,
    (part) => `at work on a ${part}:00 UTC or within 3 hours after`,
  ),
  credential_expired: expired,
  credential_overdue: overdue,
  credential_age_excess: older,
  delegation_new: named(
    'delegation',
    'delegations',
    ({ shape }) => shape.parent_agent ?? undefined,
    (parent) => `called by ${parent}`,
  ),
  source_new: named(
    'source',
    'events with a source',
    (comparison) =>
      [...comparison.shape.sources].sort(
        (a, b) =>
          comparison.ownCount(comparison.keyOf('source', '', a)) -
          comparison.ownCount(comparison.keyOf('source', '', b)),
      )[0],
    (source) => `from ${source.replace(':', ' ')}`,
  ),
  outside_boundary: outside,
  signal_tail: signal,
  field_missing: explainMissing,
}

/** What a circumstance was and what is usual; nothing for features that are told elsewhere. */
export const explainCircumstance = (feature: string, comparison: Comparison): Explanation | undefined =>
  explanations[feature]?.(comparison)

/** Titles of the reasons that a person reads. */
export const circumstanceTitles: Readonly<Record<string, string>> = {
  privilege_step_up: 'higher rights than ever',
  window_excess: 'more within a while than ever',
  rate_excess: 'more often than ever',
  destructive_excess: 'burst of destructive calls',
  refused_excess: 'burst of refused calls',
  fan_out_excess: 'more places than ever',
  time_surprise: 'unusual time',
  credential_expired: 'expired credential',
  credential_overdue: 'credential older than allowed',
  credential_age_excess: 'credential older than ever',
  delegation_new: 'called by a stranger',
  source_new: 'new place of origin',
  outside_boundary: 'outside its boundary',
  signal_tail: 'another guard warns',
  field_missing: 'leaves out what it always tells',
}
