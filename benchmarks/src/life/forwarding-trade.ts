import { type Call, type LifeTrade, rampOf } from './life-trade.ts'

const carriers = Array.from({ length: 12 }, (_, at) => `https://api.carrier${at}.example`)
const members = (...agents: string[]) => agents.map((agent) => ({ agent }))

const roles: LifeTrade['roles'] = {
  dispatch: {
    members: [...members('plan-north', 'plan-south', 'plan-west'), { agent: 'plan-night', later: 14 }],
    ...{ sessions: 9, weekend: 0.3, hours: [5, 20], monthEnd: 1 },
    calls: [
      { system: 'tms', action: 'loads.list', share: 1, received: 9_000, records: 30 },
      { system: 'tms', action: 'load.assign', share: 0.9, times: 3, sent: 400, records: 1 },
      { system: 'routing', action: 'route.compute', share: 0.7, sent: 2_000, received: 14_000 },
      { system: 'carriers', action: 'tender.send', share: 0.6, sent: 1_500, to: { known: carriers.slice(0, 6) } },
    ],
  },
  stock: {
    ...{ members: members('stock-a', 'stock-b', 'stock-c'), sessions: 7, weekend: 0.6, hours: [4, 22], monthEnd: 3 },
    calls: [
      { system: 'wms', action: 'bins.count', share: 1, times: 4, received: 2_500, records: 40 },
      { system: 'wms', action: 'stock.adjust', share: 0.5, sent: 300, records: 1 },
      { system: 'wms', action: 'report.export', share: 0.15, received: 60_000, records: 500 },
    ],
  },
  customs: {
    ...{ members: members('customs-eu', 'customs-sea'), sessions: 6, weekend: 0, hours: [8, 17], monthEnd: 4 },
    calls: [
      { system: 'archive', action: 'papers.read', share: 1, times: 2, received: 40_000, records: 1 },
      ...[{ system: 'customs', action: 'declaration.file', share: 0.8, sent: 9_000 }].map((call) => ({
        ...call,
        to: { known: ['https://entry.customs.example'] },
      })),
      { system: 'mail', action: 'send', share: 0.3, sent: 4_000, to: { known: ['broker@customs-help.example'] } },
    ],
  },
  carriers: {
    ...{ members: members('liaison-1', 'liaison-2', 'liaison-3'), sessions: 8, weekend: 0.1, hours: [7, 18] },
    monthEnd: 1,
    calls: [
      { system: 'crm', action: 'carrier.read', share: 1, received: 1_800, records: 1 },
      {
        ...{ system: 'mail', action: 'send', share: 0.8, sent: 2_200 },
        to: {
          known: Array.from({ length: 40 }, (_, at) => `desk${at}@carrier${at % 12}.example`),
          fresh: 0.05,
          unheard: (random) => `u${random.below(1e6)}@freight.example`,
        },
      },
      { system: 'tms', action: 'load.read', share: 0.5, times: 2, received: 2_000, records: 1 },
    ],
  },
  returns: {
    ...{ members: members('returns-1', 'returns-2', 'returns-3'), sessions: 10, weekend: 0.2, hours: [8, 20] },
    monthEnd: 1,
    calls: [
      { system: 'shop', action: 'order.read', share: 1, received: 2_400, records: 1 },
      { system: 'shop', action: 'refund.create', share: 0.6, sent: 300, records: 1 },
      {
        ...{ system: 'mail', action: 'send', share: 0.7, sent: 1_200 },
        to: { known: [], unheard: (random) => `u${random.below(1e6)}@buyers.example` },
      },
    ],
  },
  rates: {
    ...{ members: members('rate-analyst'), sessions: 5, weekend: 0, hours: [8, 18], monthEnd: 3 },
    calls: [
      { system: 'warehouse', action: 'query.run', share: 1, times: 3, received: 70_000, records: 400 },
      { system: 'bi', action: 'board.update', share: 0.4, sent: 6_000, records: 1 },
    ],
  },
}

const order: Call = { system: 'shop', action: 'order.read', share: 1, received: 2_400, records: 1 }
const load: Call = { system: 'tms', action: 'load.read', share: 1, received: 2_000, records: 1 }
const pay: Call = { system: 'payroll', action: 'salary.read', share: 1, received: 5_000, records: 12 }
const far: Call = { system: 'wms', action: 'report.export', share: 1, received: 3_000_000, records: 25_000 }
const grant: Call = { system: 'iam', action: 'role.grant', share: 1, sent: 200, records: 1, privilege: 'admin' }
const out: Call = {
  ...{ system: 'mail', action: 'send', share: 1, sent: 40_000 },
  to: { known: ['drop@elsewhere.example'] },
}
const wipe: Call = { system: 'wms', action: 'bins.delete', share: 1, sent: 100, records: 1 }
const mail: Call = {
  ...{ system: 'mail', action: 'send', share: 1, sent: 4_000 },
  to: { known: ['broker@customs-help.example'] },
}

/** A forwarding house: who plans loads, keeps stock, clears customs, talks to carriers, takes returns and compares rates. */
export const forwardingTrade: LifeTrade = {
  domain: 'forwarder.example',
  roles,
  rollOut: {
    ...{ role: 'dispatch', day: 22, share: 0.7 },
    call: { system: 'telematics', action: 'positions.read', share: 1, received: 5_000, records: 12 },
  },
  strikes: [
    { name: 'new-system', agent: 'returns-2', day: 43, hour: 11, calls: [order, pay, pay] },
    { name: 'fifty-times', agent: 'stock-b', day: 44, hour: 12, calls: [far] },
    { name: 'privilege', agent: 'plan-north', day: 45, hour: 9, calls: [{ ...load, action: 'loads.list' }, grant] },
    {
      ...{ name: 'exfiltration', agent: 'liaison-1', day: 46, hour: 10 },
      calls: [...Array.from({ length: 8 }, () => load), out],
    },
    { name: 'destruction', agent: 'stock-c', day: 47, hour: 13, calls: Array.from({ length: 30 }, () => wipe) },
    ...rampOf('customs-eu', mail),
  ],
}
