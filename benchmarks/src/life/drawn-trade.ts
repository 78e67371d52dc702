import { type SeededRandom, seededRandom } from '@straylight/models/training/seeded-random'
import {
  type Call,
  historyDays,
  type LifeRole,
  type LifeTrade,
  liveDays,
  type Member,
  type Places,
  rampOf,
  type Strike,
} from './life-trade.ts'

/** How destinations are spread in what nobody has tuned anything to: from a few to nearly all new. */
const freshShares = [0, 0, 0.02, 0.1, 0.3, 0.7, 1]

/** Another trade with each seed: its systems, actions, amounts, places, hours, bursts, weekly jobs, and who comes, goes and is renamed. */
export function drawnTrade(seed: number): LifeTrade {
  const random = seededRandom(seed).fork()
  const roles: Record<string, LifeRole> = {}
  const count = 4 + random.below(4)
  for (let at = 0; at < count; at++) roles[`role${at}`] = drawnRole(at, random.fork())
  const names = Object.keys(roles)
  const rolled = names[random.below(names.length)] as string
  return {
    domain: 'drawn.example',
    roles,
    rollOut: {
      ...{ role: rolled, day: 20 + random.below(10), share: 0.3 + 0.6 * random.next() },
      call: { system: 'introduced', action: 'thing.read', share: 1, received: 3_000, records: 4 },
    },
    strikes: drawnStrikes(roles, random),
  }
}

function drawnRole(at: number, random: SeededRandom): LifeRole {
  const start = random.below(16)
  const isWeekly = random.next() < 0.15
  const calls = Array.from({ length: 2 + random.below(5) }, (_, which) => drawnCall(at, which, random))
  return {
    members: drawnMembers(at, random),
    sessions: Math.round(2 + 16 * random.next() ** 2),
    weekend: random.next() < 0.3 ? 1 : 0.3 * random.next(),
    hours: [start, start + 4 + random.below(8)],
    monthEnd: random.next() < 0.3 ? 2 + random.below(4) : 1,
    ...(isWeekly ? { weekday: random.below(5) } : {}),
    ...(random.next() < 0.4 ? { burst: { share: 0.05 + 0.1 * random.next(), times: 2 + random.below(5) } } : {}),
    calls,
  }
}

function drawnMembers(at: number, random: SeededRandom): Member[] {
  const members: Member[] = Array.from({ length: 1 + random.below(4) }, (_, which) => ({ agent: `a${at}-${which}` }))
  const middle = () => historyDays + 3 + random.below(liveDays / 2)
  const drawn = random.next()
  if (drawn < 0.25) members.push({ agent: `a${at}-new`, joins: middle() })
  else if (drawn < 0.5) members.push({ agent: `a${at}-unknown`, joins: middle(), unregistered: true })
  else if (drawn < 0.65) {
    const day = middle()
    members.push({ agent: `a${at}-old`, leaves: day })
    members.push({ agent: `b${at}-old`, joins: day, unregistered: true, renamed: true })
  }
  return members
}

const between = (random: SeededRandom, least: number, most: number) => least * (most / least) ** random.next()

function drawnCall(role: number, which: number, random: SeededRandom): Call {
  const system = `system${role}-${random.below(3)}`
  const isWrite = random.next() < 0.45
  const amount = Math.round(between(random, 200, 200_000))
  const goesOut = random.next() < (isWrite ? 0.6 : 0.2)
  return {
    system,
    action: `${isWrite ? 'item.write' : 'item.read'}-${which}`,
    share: which === 0 ? 1 : 0.03 + 0.97 * random.next() ** 1.5,
    times: random.next() < 0.5 ? 1 : 1 + random.below(8),
    ...(isWrite ? { sent: amount } : { received: amount }),
    ...(random.next() < 0.6 ? { records: random.next() < 0.5 ? 1 : Math.round(between(random, 3, 500)) } : {}),
    spread: 0.2 + random.next(),
    ...(goesOut ? { to: drawnPlaces(role, random) } : {}),
  }
}

function drawnPlaces(role: number, random: SeededRandom): Places {
  const fresh = freshShares[random.below(freshShares.length)] as number
  const isMail = random.next() < 0.6
  const house = (at: number) => `house${role}-${at}.example`
  const placeAt = (at: number) => (isMail ? `desk${at}@${house(at % 25)}` : `https://${house(at)}`)
  const houses = 1 + random.below(500)
  const unheardShare = random.next() ** 2
  const unheard = (drawing: SeededRandom) => {
    const at = drawing.next() < unheardShare ? 1_000 + drawing.below(1e6) : Math.floor(houses * drawing.next() ** 2)
    return isMail ? `u${drawing.below(1e6)}@${house(at)}` : `https://n${drawing.below(1e6)}.${house(at)}`
  }
  const known = Array.from({ length: 1 + Math.floor(between(random, 1, 300)) }, (_, at) => placeAt(at))
  return { known, exponent: 1.4 * random.next(), fresh, unheard, again: random.next() < 0.5 ? 0 : random.next() }
}

/** One call as usual in all, but for where it goes: nobody here was ever at this firm. None where nobody goes anywhere. */
function minimalStrike(staff: readonly LifeRole[], random: SeededRandom): Strike[] {
  const going = staff.flatMap(({ members, calls }) =>
    calls.map((call) => ({ agent: (members[0] as Member).agent, call })),
  )
  const outward = going.filter(({ call }) => call.to !== undefined)
  const drawn = outward[random.below(Math.max(1, outward.length))]
  if (drawn === undefined) return []
  const isMail = drawn.call.to?.known[0]?.includes('@') === true
  const to = { known: [isMail ? 'ops@collector.example' : 'https://collector.example'] }
  const { agent, call } = drawn
  return [{ name: 'minimal', agent, day: 48, hour: 14, calls: [{ ...call, share: 1, to }] }]
}

/** The same six kinds of attack as elsewhere and one more, by agents that were there from the beginning. */
function drawnStrikes(roles: Readonly<Record<string, LifeRole>>, random: SeededRandom): Strike[] {
  const staff = Object.values(roles).filter(({ weekday }) => weekday === undefined)
  const pick = (): { agent: string; role: LifeRole } => {
    const role = (staff[random.below(staff.length)] ?? Object.values(roles)[0]) as LifeRole
    return { agent: (role.members[0] as Member).agent, role }
  }
  const usual = ({ role }: { role: LifeRole }) => ({ ...(role.calls[0] as Call), share: 1 })
  const secret: Call = { system: 'payroll', action: 'salary.read', share: 1, received: 50_000, records: 80 }
  const grant: Call = { system: 'iam', action: 'role.grant', share: 1, sent: 200, records: 1, privilege: 'admin' }
  const upload: Call = {
    ...{ system: 'files', action: 'upload', share: 1, sent: 900_000 },
    to: { known: ['https://paste.drop-here.example'] },
  }
  const many = ({ sent, received, records, ...call }: Call): Call => ({
    ...call,
    ...(sent === undefined ? {} : { sent: 50 * sent }),
    ...(received === undefined ? {} : { received: 50 * received }),
    ...(records === undefined ? {} : { records: 50 * records }),
  })
  const [first, second, third, fourth, fifth, sixth] = [pick(), pick(), pick(), pick(), pick(), pick()] as const
  const wipe: Call = { system: usual(fifth).system, action: 'item.delete', share: 1, sent: 100, records: 1 }
  return [
    { name: 'new-system', agent: first.agent, day: 43, hour: 11, calls: [usual(first), secret, secret] },
    { name: 'fifty-times', agent: second.agent, day: 44, hour: 12, calls: [many(usual(second))] },
    { name: 'privilege', agent: third.agent, day: 45, hour: 9, calls: [usual(third), grant] },
    {
      ...{ name: 'exfiltration', agent: fourth.agent, day: 46, hour: 10 },
      calls: [...Array.from({ length: 8 }, () => usual(fourth)), upload],
    },
    { name: 'destruction', agent: fifth.agent, day: 47, hour: 13, calls: Array.from({ length: 30 }, () => wipe) },
    ...rampOf(sixth.agent, { ...usual(sixth), sent: usual(sixth).sent ?? 2_000 }),
    ...minimalStrike(staff, random),
  ]
}
