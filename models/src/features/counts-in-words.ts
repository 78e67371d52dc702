import { dayMs } from '@straylight/schemas/duration'
import { amountBin } from '../event/amount-bin.ts'
import type { HashedKey } from '../profile/hashed-key.ts'
import type { Family } from '../profile/profile-key.ts'
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

export function span(comparison: Comparison): string {
  const { first_time, last_time } = comparison.profile
  const days = Math.max(1, Math.round((last_time - first_time) / dayMs))
  return `${days} ${days === 1 ? 'day' : 'days'}`
}

function peersWith(comparison: Comparison, key: HashedKey): string {
  const having = Math.max(0, comparison.otherPeersWith(key))
  // A newcomer is not counted among its peers yet.
  const others = Math.max(having, comparison.peers.agents - 1)
  return `${having} of ${others} ${others === 1 ? 'peer' : 'peers'}`
}

/** '0 of 41,200 events in 30 days; 2 of 38 peers'. */
export function rarity(comparison: Comparison, key: HashedKey, of = 'events'): string {
  const own = comparison.ownCount(key)
  const total = comparison.ownTotal(key.of)
  return `${whole(own)} of ${whole(total)} ${of} in ${span(comparison)}; ${peersWith(comparison, key)}`
}

/** How the largest amount known compares: 'never more than 2.3 kB; 30 amounts known of this agent, …'. */
export function largest(comparison: Comparison, family: Family, context: string, amount: number): string {
  const inWords = family === 'records' ? (records: number) => `${whole(records)} records` : bytesText
  const tail = comparison.tail(comparison.contextOf(family, context), amount)
  return largestOf(tail, { what: 'amounts', top: inWords(quarterTop(amountBin(amount) - 4 * tail.excess)) })
}

/** The largest amount of a quarter octave, and of a whole one: amounts are kept in such bins. */
const quarterTop = (bin: number): number => Math.ceil(2 ** Math.floor(bin / 4) * (1 + ((bin % 4) + 1) / 4)) - 2
export const octaveTop = (octave: number): number => 2 ** (octave + 1) - 2

/** The same of a tail that is known; `what` are counted, `top` is the most that the largest of them may have been. */
export function largestOf(tail: Tail, { what, top }: { what: string; top: string }): string {
  if (tail.own + tail.peers === 0)
    return `no ${what === 'amounts' ? 'amount' : what} known yet of this agent or its peer group`
  const above =
    tail.excess > 0
      ? top.startsWith('0 ')
        ? 'never any'
        : `never more than ${top}`
      : `as much in ${(100 * tail.p).toPrecision(2)} %`
  return `${above}; ${whole(tail.own)} ${what} known of this agent, ${whole(tail.peers)} of its peer group`
}
