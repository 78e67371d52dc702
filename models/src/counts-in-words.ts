import type { Comparison, Tail } from './comparison.ts'
import type { Family } from './profile-key.ts'

const dayMs = 86_400_000
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

export const whole = (count: number): string => Math.round(count).toLocaleString('en-US')

export function span(comparison: Comparison): string {
  const { first_time, last_time } = comparison.profile
  const days = Math.max(1, Math.round((last_time - first_time) / dayMs))
  return `${days} ${days === 1 ? 'day' : 'days'}`
}

function peersWith(comparison: Comparison, family: Family, context: string, x: string): string {
  const having = Math.max(0, comparison.otherPeersWith(family, context, x))
  // A newcomer is not counted among its peers yet.
  const others = Math.max(having, comparison.peers.agents - 1)
  return `${having} of ${others} ${others === 1 ? 'peer' : 'peers'}`
}

/** '0 of 41,200 events in 30 days; 2 of 38 peers'. */
export function rarity(comparison: Comparison, family: Family, context: string, x: string, of = 'events'): string {
  const own = comparison.ownCount(family, context, x)
  const total = comparison.totals(family, context).own
  return `${whole(own)} of ${whole(total)} ${of} in ${span(comparison)}; ${peersWith(comparison, family, context, x)}`
}

/** How the largest amount known compares: 'never above about 1/32 of it; …'. */
export function largest(comparison: Comparison, family: Family, context: string, amount: number): string {
  return largestOf(comparison.tail(family, context, amount), 'amounts')
}

/** The same of a tail that is known; `what` are counted. */
export function largestOf(tail: Tail, what: string): string {
  if (tail.own + tail.peers === 0)
    return `no ${what === 'amounts' ? 'amount' : what} known yet of this agent or its peer group`
  const octaves = tail.excess
  const above =
    octaves > 0 ? `never above about 1/${whole(2 ** octaves)} of it` : `as much in ${(100 * tail.p).toPrecision(2)} %`
  return `${above}; ${whole(tail.own)} ${what} known of this agent, ${whole(tail.peers)} of its peer group`
}
