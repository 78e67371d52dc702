import type { SeededRandom } from '@straylight/models/training/seeded-random'
import { type Call, type LifeTrade, rampOf } from './life-trade.ts'

const numbered = (count: number, name: (at: number) => string) => Array.from({ length: count }, (_, at) => name(at))
const firms = 400
/** A new address, of a firm that few or many write from, or of one that nobody has heard of. */
const prospect = (random: SeededRandom): string => {
  const isUnheard = random.next() < 0.3
  const firm = isUnheard ? `house-${random.below(1e6)}` : `firm${Math.floor(firms * random.next() ** 3)}`
  return `u${random.below(1e6)}@${firm}.example`
}
const guest = (random: SeededRandom): string =>
  `g${random.below(1e6)}@${['post', 'letterbox', 'webmail', 'inbox'][random.below(4)]}.example`
const site = (random: SeededRandom): string => `https://hotel-${random.below(1e6)}.example/rooms`

const roles: LifeTrade['roles'] = {
  sales: {
    members: [
      { agent: 'sell-ann' },
      { agent: 'sell-bob' },
      { agent: 'sell-cy', leaves: 41 },
      { agent: 'seller-cy', joins: 41, unregistered: true, renamed: true },
      { agent: 'sell-new', joins: 38 },
    ],
    ...{ sessions: 12, weekend: 0.05, hours: [8, 18], monthEnd: 1, burst: { share: 0.06, times: 3 } },
    calls: [
      { system: 'crm', action: 'leads.search', share: 1, received: 8_000, records: 25, spread: 0.7 },
      { system: 'crm', action: 'lead.read', share: 1, times: 4, received: 1_500, records: 1 },
      {
        ...{ system: 'web', action: 'page.read', share: 0.5, received: 50_000, spread: 0.9 },
        to: { known: numbered(60, (at) => `https://firm${at}.example/about`), exponent: 1, fresh: 0.25, unheard: site },
      },
      {
        ...{ system: 'mail', action: 'send', share: 0.9, times: 3, sent: 2_500, spread: 0.6 },
        to: {
          known: numbered(80, (at) => `desk@firm${at}.example`),
          exponent: 1,
          fresh: 0.4,
          unheard: prospect,
          again: 0.6,
        },
      },
    ],
  },
  desk: {
    members: [
      { agent: 'desk-day' },
      { agent: 'desk-late', later: 8 },
      { agent: 'desk-spare', joins: 45, unregistered: true },
      { agent: 'desk-sea', joins: 33, unregistered: true },
    ],
    ...{ sessions: 16, weekend: 0.7, hours: [6, 15], monthEnd: 1 },
    calls: [
      { system: 'booking', action: 'trip.read', share: 1, received: 3_000, records: 1 },
      { system: 'booking', action: 'trip.change', share: 0.4, sent: 600, records: 1 },
      {
        ...{ system: 'suppliers', action: 'room.ask', share: 0.5, sent: 700, received: 4_000 },
        to: { known: numbered(200, (at) => `https://api.hotel${at}.example`), exponent: 1.1 },
      },
      {
        ...{ system: 'mail', action: 'send', share: 0.6, sent: 1_300, spread: 0.5 },
        to: { known: [], unheard: guest },
      },
      { system: 'payments', action: 'refund.create', share: 0.03, sent: 300, records: 1 },
    ],
  },
  research: {
    members: [{ agent: 'scout-1' }, { agent: 'scout-2' }],
    ...{ sessions: 4, weekend: 0, hours: [7, 19], monthEnd: 1, burst: { share: 0.1, times: 5 } },
    calls: [
      {
        ...{ system: 'web', action: 'page.read', share: 1, times: 8, received: 60_000, spread: 1.1 },
        to: {
          known: numbered(300, (at) => `https://sights${at}.example`),
          exponent: 1.2,
          fresh: 0.15,
          unheard: site,
          again: 0.3,
        },
      },
      { system: 'notes', action: 'page.write', share: 0.8, sent: 5_000, spread: 0.8, records: 1 },
    ],
  },
  books: {
    ...{ members: [{ agent: 'ledger' }], sessions: 2, weekend: 0, hours: [9, 12], monthEnd: 5 },
    calls: [
      { system: 'ledger', action: 'entries.read', share: 1, times: 6, received: 9_000, records: 60 },
      {
        ...{ system: 'bank', action: 'payment.send', share: 0.7, times: 3, sent: 900, records: 1 },
        to: {
          known: numbered(70, (at) => `DE${10 + at}50010517540${7_324_900 + at}`),
          exponent: 1,
          fresh: 0.04,
          unheard: (random) => `DE4450010517${1e9 + random.below(1e9)}`,
        },
      },
    ],
  },
  weekly: {
    ...{ members: [{ agent: 'report-mill' }], sessions: 3, weekend: 0, hours: [5, 6], monthEnd: 1, weekday: 0 },
    calls: [
      { system: 'warehouse', action: 'query.run', share: 1, times: 12, received: 200_000, records: 3_000, spread: 1 },
      {
        ...{ system: 'mail', action: 'send', share: 1, times: 5, sent: 90_000, spread: 0.5 },
        to: {
          known: numbered(30, (at) => `partner${at}@resort${at % 9}.example`),
          exponent: 0.8,
          fresh: 0.03,
          unheard: prospect,
        },
      },
    ],
  },
}

const trip: Call = { system: 'booking', action: 'trip.read', share: 1, received: 3_000, records: 1 }
const lead: Call = { system: 'crm', action: 'lead.read', share: 1, received: 1_500, records: 1 }
const cards: Call = { system: 'vault', action: 'cards.export', share: 1, received: 90_000, records: 400 }
const grant: Call = { system: 'iam', action: 'role.grant', share: 1, sent: 200, records: 1, privilege: 'admin' }
const all: Call = { system: 'crm', action: 'leads.search', share: 1, received: 4_000_000, records: 12_000 }
const upload: Call = {
  ...{ system: 'files', action: 'upload', share: 1, sent: 900_000 },
  to: { known: ['https://paste.drop-here.example'] },
}
const cancel: Call = { system: 'booking', action: 'trip.delete', share: 1, sent: 200, records: 1 }
const pay: Call = {
  ...{ system: 'bank', action: 'payment.send', share: 1, sent: 900, records: 1 },
  to: { known: ['DE10500105175407324900'] },
}

/** A travel desk: it writes to people it has never written to all day, reads the open web, works in bursts, and its people come and go. */
export const travelTrade: LifeTrade = {
  domain: 'journeys.example',
  roles,
  rollOut: {
    ...{ role: 'desk', day: 24, share: 0.6 },
    call: { system: 'weather', action: 'forecast.read', share: 1, received: 2_000, records: 5 },
  },
  strikes: [
    { name: 'new-system', agent: 'desk-day', day: 43, hour: 11, calls: [trip, cards, cards] },
    { name: 'fifty-times', agent: 'sell-bob', day: 44, hour: 12, calls: [all] },
    { name: 'privilege', agent: 'scout-1', day: 45, hour: 9, calls: [grant] },
    {
      ...{ name: 'exfiltration', agent: 'sell-ann', day: 46, hour: 10 },
      calls: [...Array.from({ length: 12 }, () => lead), upload],
    },
    { name: 'destruction', agent: 'desk-late', day: 47, hour: 15, calls: Array.from({ length: 30 }, () => cancel) },
    ...rampOf('ledger', pay),
  ],
}
