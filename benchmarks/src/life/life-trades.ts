import { drawnTrade } from './drawn-trade.ts'
import { forwardingTrade } from './forwarding-trade.ts'
import type { LifeTrade } from './life-trade.ts'
import { travelTrade } from './travel-trade.ts'

/** Trades by name, each made from a life's seed. */
export const lifeTrades = {
  forwarding: (): LifeTrade => forwardingTrade,
  travel: (): LifeTrade => travelTrade,
  drawn: drawnTrade,
} as const satisfies Record<string, (seed: number) => LifeTrade>

export type TradeName = keyof typeof lifeTrades
export const tradeNames = Object.keys(lifeTrades) as TradeName[]
