import { drawnTrade } from './drawn-trade.ts'
import { forwardingTrade } from './forwarding-trade.ts'
import type { Trade } from './trade.ts'
import { travelTrade } from './travel-trade.ts'

/** Trades by name, each made from a life's seed. */
export const trades = {
  forwarding: (): Trade => forwardingTrade,
  travel: (): Trade => travelTrade,
  drawn: drawnTrade,
} as const satisfies Record<string, (seed: number) => Trade>

export type TradeName = keyof typeof trades
export const tradeNames = Object.keys(trades) as TradeName[]
