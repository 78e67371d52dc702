import type { Flow } from '../../provenance/flow.ts'
import type { Comparison } from '../comparison.ts'
import type { Explanation } from '../explanation.ts'
import { explainFlow, originInWords, sinkName } from './explain-flow.ts'
import { isTainted, waysOfValues } from './flow-deviation.ts'
import { isOverridden, isPassedOver, kindInWords } from './request-deviation.ts'

type Explain = (comparison: Comparison) => Explanation
type OfFlow<Reported> = (comparison: Comparison, flow: Flow) => Reported

/** Tells the first tainted value that stands against the request in this way; `named`: what the request has to say instead. */
const explainAgainst =
  (against: OfFlow<boolean>, named: OfFlow<string>): Explain =>
  (comparison) => {
    const ways = waysOfValues(comparison.shape.flows ?? []).find(
      (some) => some.some(isTainted) && against(comparison, some[0] as Flow),
    )
    if (ways === undefined) return explainFlow(comparison)
    const flow = ways[0] as Flow
    return { seen: `${flow.argument} ${originInWords(ways)}`, expected: `the request names ${named(comparison, flow)}` }
  }

/** 'recipient came only from files/read (call 3)' against 'the request names another account'. */
export const explainOverridden = explainAgainst(isOverridden, (_, { kind }) => `another ${kindInWords(kind)}`)

/** The same against 'the request names another account, which bank/send_money.recipient took before'. */
export const explainPassedOver = explainAgainst(
  isPassedOver,
  (comparison, flow) => `another ${kindInWords(flow.kind)}, which ${sinkName(comparison, flow)} took before`,
)
