import { dayMs } from '@straylight/schemas/duration'
import { amountBin } from '../event/amount-bin.ts'
import type { HashedKey } from '../profile/hashed-key.ts'
import type { Comparison, Tail } from './comparison.ts'

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** Bytes in decimal units with two significant digits or more: 48211 is 48.2 kB. */
export function bytesText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(value < 100 ? 1 : 0)} ${units[unit]}`
}

const grouped = new Intl.NumberFormat('en-US')

export const whole = (count: number): string =>
  count < 999 ? `${Math.round(count)}` : grouped.format(Math.round(count))

/** 'over 29 days': what the agent's profile covers. */
function span(comparison: Comparison): string {
  const { first_time, last_time } = comparison.profile
  const days = Math.max(1, Math.round((last_time - first_time) / dayMs))
  return `over ${days} ${days === 1 ? 'day' : 'days'}`
}

/** '1 event', '90 calls of erp/pay': what stands before 'of', 'with' or 'to' is what is counted. */
export function numbered(count: number, noun: string): string {
  const number = whole(count)
  return `${number} ${number === '1' ? noun : plural(noun)}`
}
const plural = (noun: string): string => noun.replace(/(?= of | with | to |$)/, 's')

/** Below this share of the agent's events its counts are worth telling as what they are: old ones count less. */
const unfadedShare = 0.98

/** ', older ones counted in part' where counts have faded with age, so that they are fewer than what happened. */
export function fadedInWords(comparison: Comparison): string {
  const all = comparison.ownTotal(comparison.keys.step.own.of)
  return all < unfadedShare * comparison.profile.events ? ', older ones counted in part' : ''
}

/** ', and at none of its 2 peers', ', but at all of its 2 peers'; nothing where it has none. `never`: the agent had none. */
export function atPeers(comparison: Comparison, key: HashedKey, never: boolean): string {
  const having = Math.max(0, comparison.otherPeersWith(key))
  // A newcomer is not counted among its peers yet.
  const others = Math.max(having, comparison.peers.agents - 1)
  if (others === 0) return ''
  const but = never && having > 0 ? 'but' : 'and'
  if (others === 1) return having === 0 ? ', and not at its only peer' : `, ${but} at its only peer`
  return `, ${but} at ${having === 0 ? 'none' : having === others ? 'all' : having} of its ${others} peers`
}

/** What a key is counted among: 'in 90 events', 'among 30 destinations'. `noun`: in the singular, 'call of erp/pay'. */
export interface CountedAmong {
  readonly noun: string
  readonly preposition?: 'in' | 'among'
}

/** 'never in 90 events over 29 days, and at none of its 2 peers'; '3 of 90 events over 29 days, and at 1 of its 2 peers'. */
export function rarity(comparison: Comparison, key: HashedKey, among: CountedAmong = { noun: 'event' }): string {
  const { noun, preposition = 'in' } = among
  const own = comparison.ownCount(key)
  const total = comparison.ownTotal(key.of)
  const peers = atPeers(comparison, key, own === 0)
  if (total === 0) return `no earlier ${plural(noun)}${peers}`
  const { events } = comparison.profile
  // What never happened did not happen in all of its events, however little the old ones count.
  if (own === 0 && noun === 'event' && events > total)
    return `never ${preposition} ${numbered(events, noun)} ${span(comparison)}${peers}`
  const all = `${numbered(total, noun)} ${span(comparison)}${fadedInWords(comparison)}`
  return `${own === 0 ? `never ${preposition}` : `${own < 0.5 ? 'less than 1' : whole(own)} of`} ${all}${peers}`
}

/** '3.1 %'; below a thousandth of a percent there is no telling. */
export function percentInWords(share: number): string {
  const percent = 100 * share
  if (percent >= 99.5) return '100 %'
  return percent < 0.001 ? 'less than 0.001 %' : `${Number(percent.toPrecision(2))} %`
}

/** The largest amount of a quarter octave, and of a whole one: amounts are kept in such bins. */
const quarterTop = (bin: number): number => Math.ceil(2 ** Math.floor(bin / 4) * (1 + ((bin % 4) + 1) / 4)) - 2
export const octaveTop = (octave: number): number => 2 ** (octave + 1) - 2

/** The most that the largest amount known may have been, from how far another one goes beyond it. */
export const largestKnown = (amount: number, { excess }: Tail): number => quarterTop(amountBin(amount) - 4 * excess)

export interface LargestOf {
  /** What is counted, in the singular: 'earlier call'. */
  readonly noun: string
  /** The most that the largest of them may have been, in words. */
  readonly largest: string
  /** How the sentence begins: 'largest of', 'most in'. */
  readonly superlative?: string
}

/** '30 earlier calls and 90 in its peer group'. */
function knownAmounts({ own, peers }: Tail, noun: string): string {
  if (peers < 0.5) return numbered(own, noun)
  return own < 0.5
    ? `${numbered(peers, noun)} in its peer group`
    : `${numbered(own, noun)} and ${whole(peers)} in its peer group`
}

/** How often an amount within what is known was reached; a small one is known by how often less was seen. */
function shareInWords(p: number, known: string): string {
  if (p > 0.995) return `at the low end of ${known}`
  if (p > 0.5) return `less in about ${percentInWords(1 - p)} of ${known}`
  return `as much or more in about ${percentInWords(p)} of ${known}`
}

/** 'largest of 30 earlier calls and 90 in its peer group: 2.0 kB', or how often as much was seen. */
export function largestOf(
  comparison: Comparison,
  tail: Tail,
  { noun, largest, superlative = 'largest of' }: LargestOf,
): string {
  if (tail.own + tail.peers < 0.5) return `no ${plural(noun)} of this agent or its peer group`
  const known = `${knownAmounts(tail, noun)}${fadedInWords(comparison)}`
  if (tail.excess === 0) return shareInWords(tail.p, known)
  return largest.startsWith('0 ') ? `none in ${known}` : `${superlative} ${known}: ${largest}`
}
