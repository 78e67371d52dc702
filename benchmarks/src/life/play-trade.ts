import { type SeededRandom, seededRandom } from '@straylight/models/training/seeded-random'
import { dayMs, hourMs, minuteMs } from '@straylight/schemas/duration'
import {
  type Call,
  historyDays,
  type LifeRole,
  type LifeTrade,
  lifeStart,
  liveDays,
  liveStart,
  type Member,
  type Places,
  type Strike,
} from './life-trade.ts'

/** An event as a line of the native form, and what it belongs to: ordinary life, a change that is none of an attacker's, an incident. */
export interface LifeEvent {
  readonly time: number
  readonly label: string
  readonly line: Readonly<Record<string, unknown>>
}

/** The registry of a trade: all but those who came unannounced. */
export const registryOf = ({ roles, domain }: LifeTrade) => ({
  version: 1,
  agents: Object.entries(roles).flatMap(([role, { members }]) =>
    members
      .filter(({ unregistered }) => unregistered !== true)
      .map(({ agent }) => ({ agent, owner: `${role}@${domain}`, tier: 'medium', role })),
  ),
})

const isWeekend = (day: number): boolean => day % 7 >= 5
/** The last working days of a month and the first of the next, about. */
const isMonthEnd = (day: number): boolean => day % 30 === 28 || day % 30 === 29
/** So many days an agent that comes is new: a change, then ordinary life. */
const newcomerDays = 7
/** So many days what was rolled out is a change, then ordinary life. */
const rolledOutDays = 10

/** Twelve hours of which nothing was kept. */
const gap = { from: liveStart + 15 * dayMs + 6 * hourMs, to: liveStart + 15 * dayMs + 18 * hourMs }

/** The same trade and seed give the same life. In order of time. */
export function playTrade(trade: LifeTrade, seed: number): LifeEvent[] {
  const random = seededRandom(seed)
  const events: LifeEvent[] = []
  for (const [name, role] of Object.entries(trade.roles))
    for (const member of role.members) {
      const rollOut = trade.rollOut.role === name ? trade.rollOut : undefined
      events.push(...memberLife({ role, member, rollOut, random: random.fork(), been: [] }))
    }
  const striking = random.fork()
  for (const strike of trade.strikes) events.push(...strikeOf(strike, striking))
  return events.filter(({ time }) => time < gap.from || time >= gap.to).sort((one, other) => one.time - other.time)
}

interface Living {
  readonly role: LifeRole
  readonly member: Member
  readonly rollOut: LifeTrade['rollOut'] | undefined
  readonly random: SeededRandom
  /** Where it has been, the latest last. */
  readonly been: string[]
}

function memberLife(living: Living): LifeEvent[] {
  const { role, member, random } = living
  const events: LifeEvent[] = []
  for (let day = member.joins ?? 0; day < (member.leaves ?? historyDays + liveDays); day++) {
    const monthEnd = isMonthEnd(day) ? role.monthEnd : 1
    const count = sessionsOf(role, { day, monthEnd, random })
    for (let at = 0; at < count; at++) {
      const hour = role.hours[0] + (role.hours[1] - role.hours[0]) * random.next() + (member.later ?? 0)
      events.push(...session(living, { from: lifeStart + day * dayMs + hour * hourMs, day, times: monthEnd }))
    }
  }
  return events
}

function sessionsOf(role: LifeRole, of: { day: number; monthEnd: number; random: SeededRandom }): number {
  const { day, monthEnd, random } = of
  if (role.weekday !== undefined && day % 7 !== role.weekday) return 0
  const burst = role.burst !== undefined && random.next() < role.burst.share ? role.burst.times : 1
  const busy = role.sessions * (isWeekend(day) ? role.weekend : 1) * (monthEnd > 1 ? 1.5 : 1) * burst
  return Math.max(0, Math.round(busy + random.normal() * Math.sqrt(busy) * 0.7))
}

function labelOf({ member, rollOut }: Living, { day, times }: { day: number; times: number }): string {
  if (member.joins !== undefined && day < member.joins + newcomerDays)
    return member.renamed === true ? 'benign:rename' : 'benign:newcomer'
  const sinceRollOut = rollOut === undefined ? -1 : day - historyDays - rollOut.day
  if (sinceRollOut >= 0 && sinceRollOut < rolledOutDays) return 'benign:roll-out'
  return times > 1 ? 'month end' : 'ordinary'
}

function session(living: Living, of: { from: number; day: number; times: number }): LifeEvent[] {
  const { role, member, rollOut, random } = living
  const { from, times } = of
  const name = `${member.agent}-${Math.floor(from / minuteMs).toString(36)}-${random.below(1_000)}`
  const label = labelOf(living, of)
  const events: LifeEvent[] = []
  let time = from
  const add = (call: Call) => {
    time += Math.min(10 * minuteMs, 4_000 * Math.exp(random.normal()))
    const place = call.to === undefined ? undefined : placeOf(call.to, living)
    const line = lineOf({ agent: member.agent, name, time, call, random, at: events.length, times, place })
    events.push({ time, label, line })
  }
  for (const call of role.calls) {
    if (random.next() > call.share) continue
    for (let at = 0; at < Math.max(1, Math.round((call.times ?? 1) * (0.5 + random.next()))); at++) add(call)
  }
  const rolled = rollOut !== undefined && of.day >= historyDays + rollOut.day
  if (rolled && random.next() < rollOut.share) add(rollOut.call)
  return events
}

function placeOf({ known, exponent = 0, fresh = 0, unheard, again = 0 }: Places, { random, been }: Living): string {
  if (unheard !== undefined && (known.length === 0 || random.next() < fresh)) {
    const place = unheard(random)
    been.push(place)
    return place
  }
  // The square makes recent ones more usual.
  if (been.length > 0 && random.next() < again)
    return been[been.length - 1 - Math.floor(been.length * random.next() ** 2)] as string
  return known[zipf(known.length, exponent, random)] as string
}

/** A rank from 0, by inverting the continuous power law: near enough to Zipf's. */
function zipf(ranks: number, exponent: number, random: SeededRandom): number {
  const share = random.next()
  if (exponent === 0) return Math.floor(ranks * share)
  const rank =
    exponent === 1
      ? (ranks + 1) ** share
      : ((ranks + 1) ** (1 - exponent) * share + (1 - share)) ** (1 / (1 - exponent))
  return Math.min(ranks - 1, Math.floor(rank) - 1)
}

function lineOf(of: {
  agent: string
  name: string
  time: number
  call: Call
  random: SeededRandom
  at: number
  times: number
  place: string | undefined
}): Record<string, unknown> {
  const { agent, name, time, call, random, at, times, place } = of
  const { sent, received, records, spread = 0.4, privilege = 'operate' } = call
  const amount = (median: number) => Math.max(1, Math.round(median * times * Math.exp(spread * random.normal())))
  return {
    ...{ id: `${name}-${at}`, time: new Date(time).toISOString(), agent, session: name },
    ...{ credential: { id: `jti:${name}` }, system: call.system, action: call.action, privilege },
    ...{ tool: `${call.system}.${call.action}`, outcome: random.next() < 0.02 ? 'failure' : 'success' },
    source: { ip: `10.8.${agent.length}.${10 + random.below(3)}` },
    ...(sent === undefined ? {} : { bytes_sent: amount(sent) }),
    ...(received === undefined ? {} : { bytes_received: amount(received) }),
    ...(records === undefined ? {} : { records: records === 1 ? 1 : amount(records) }),
    ...(place === undefined ? {} : { destinations: [place] }),
  }
}

function strikeOf({ name: incident, agent, day, hour, calls }: Strike, random: SeededRandom): LifeEvent[] {
  const name = `${agent}-${incident}-${day}`
  return calls.map((call, at) => {
    const time = liveStart + day * dayMs + hour * hourMs + 5_000 * (at + 1)
    const place = call.to?.known[0]
    return {
      time,
      label: `incident:${incident}`,
      line: lineOf({ agent, name, time, call, random, at, times: 1, place }),
    }
  })
}
