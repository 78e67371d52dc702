import { counted } from '@straylight/schemas/counted'
import type { FlowKeys } from '../../event/step-keys.ts'
import type { HashedKey } from '../../profile/hashed-key.ts'
import { type Flow, isGuessable } from '../../provenance/flow.ts'
import { contextSource, cutSource, requestSource } from '../../provenance/value-origin.ts'
import type { Comparison } from '../comparison.ts'
import { atPeers, fadedInWords, rarity, whole } from '../counts-in-words.ts'
import type { Explanation } from '../explanation.ts'
import { unseenValue } from '../priors.ts'
import { flowRootSurprise, isTainted, waysOfValues } from './flow-deviation.ts'

const keysOf = ({ keys }: Comparison, { argument, kind, source, root }: Flow): FlowKeys =>
  keys.step.sink(argument).way(kind, source, root)

/** The ways of the value whose source is the strangest for its argument: the one the score speaks of. */
export function strangestFlow(comparison: Comparison): readonly Flow[] | undefined {
  if (comparison.strangest === undefined) comparison.strangest = foundStrangest(comparison)
  return comparison.strangest ?? undefined
}

function foundStrangest(comparison: Comparison): readonly Flow[] | null {
  let strangest: readonly Flow[] | null = null
  let highest = Number.NEGATIVE_INFINITY
  for (const ways of waysOfValues(comparison.shape.flows ?? [])) {
    if (isGuessable((ways[0] as Flow).kind)) continue
    let least = Number.POSITIVE_INFINITY
    for (const flow of ways) least = Math.min(least, flowRootSurprise(comparison, flow))
    if (least <= highest) continue
    highest = least
    strangest = ways
  }
  return strangest
}

/** Events reported that fed one call. */
const feedersMax = 8

/** Ids of the events whose outputs bore this one's values, the strangest way first: what a person opens next. */
export function feedingEvents(comparison: Comparison): string[] {
  const ids: string[] = []
  for (const flows of [strangestFlow(comparison), comparison.shape.flows])
    for (const { event } of flows ?? [])
      if (event !== undefined && !ids.includes(event) && ids.length < feedersMax) ids.push(event)
  return ids
}

/** `system/action.argument`: where a value went in. */
export const sinkName = (comparison: Comparison, { argument }: Flow): string => `${comparison.shape.step}.${argument}`

/** 'came only from files/read (call 3)'. */
export function originInWords(ways: readonly Flow[]): string {
  const [{ source }] = ways as [Flow]
  if (source === requestSource) return 'was in the request'
  if (source === contextSource) return 'came from memory or retrieved text'
  if (source === cutSource)
    return 'is of unknown origin: a list of what the agent had read was too long to be known in full'
  if (!source.includes('/')) return 'stood in nothing that the agent had read'
  const calls = ways.map((way) => (way.call > 0 ? `${way.source} (call ${way.call})` : way.source))
  return `came only from ${calls.join(' and ')}`
}

/**
 * 'recipient came only from files/read (call 3)' against 'that source fed bank/send_money.recipient in none of 30 calls with
 * that argument, and at none of its 10 peers'.
 */
export function explainFlow(comparison: Comparison): Explanation {
  const ways = strangestFlow(comparison)
  if (!ways) return { seen: 'values of unknown origin', expected: 'no source is known' }
  const flow = ways[0] as Flow
  const sink = sinkName(comparison, flow)
  const key = keysOf(comparison, flow).flow
  const own = comparison.ownCount(key)
  const total = comparison.ownTotal(key.of)
  const times =
    own === 0
      ? `none of ${counted(Math.round(total), 'call')}`
      : `${whole(own)} of ${counted(Math.round(total), 'call')}`
  const expected = `that source fed ${sink} in ${times} with that argument${fadedInWords(comparison)}${atPeers(comparison, key, own === 0)}`
  return { seen: `${flow.argument} ${originInWords(ways)}`, expected }
}

/** How often the argument held that value before; of several values that the agent was not asked for, the rarest. */
export const explainValue = (comparison: Comparison): Explanation => explainRarest(comparison, isUnasked)

/** The same of the values that came out of an output or memory. */
export const explainTaintedValue = (comparison: Comparison): Explanation =>
  explainRarest(comparison, (ways) => isUnasked(ways) && ways.some(isTainted))

type IsMeant = (ways: readonly Flow[]) => boolean
const isUnasked: IsMeant = ([way]) => way?.source !== requestSource

function explainRarest(comparison: Comparison, isMeant: IsMeant): Explanation {
  const rarest = rarestValue(comparison, isMeant)
  if (rarest === undefined) return explainFlow(comparison)
  const { key, ways } = rarest
  const [flow] = ways as [Flow]
  const noun = `value of ${sinkName(comparison, flow)}`
  return {
    seen: `${flow.argument} ${originInWords(ways)}`,
    expected: `that value ${rarity(comparison, key, { noun, preposition: 'among' })}`,
  }
}

function rarestValue(comparison: Comparison, isMeant: IsMeant): { ways: readonly Flow[]; key: HashedKey } | undefined {
  let rarest: { ways: readonly Flow[]; key: HashedKey } | undefined
  let least = Number.POSITIVE_INFINITY
  for (const ways of waysOfValues(comparison.shape.flows ?? [])) {
    const [{ kind, value }] = ways as [Flow]
    const key = comparison.keys.values[value]
    if (key === undefined || isGuessable(kind) || !isMeant(ways)) continue
    const p = comparison.probability(key, unseenValue)
    if (p >= least) continue
    least = p
    rarest = { ways, key }
  }
  return rarest
}

/** How often an output of that source went on into such a call. */
export function explainObeyed(comparison: Comparison): Explanation {
  const ways = strangestFlow(comparison)
  const flow = ways?.find(({ source }) => source.includes('/'))
  if (!flow) return explainFlow(comparison)
  const { step } = comparison.shape
  const { feeding, returning } = keysOf(comparison, flow)
  const own = feeding === null ? 0 : comparison.ownCount(feeding)
  const outputs = returning === null ? 0 : comparison.ownCount(returning)
  return {
    seen: `${step} took ${flow.argument} from an output of ${flow.source}`,
    expected:
      outputs === 0
        ? `no earlier outputs of ${flow.source} are known`
        : `${own === 0 ? 'none' : whole(own)} of ${whole(outputs)} earlier outputs of ${flow.source} led to such a call`,
  }
}
