import type { Comparison } from './comparison.ts'
import { explainFlow, originInWords, sinkName } from './explain-flow.ts'
import type { Explanation } from './explanation.ts'
import type { Flow } from './flow.ts'
import { isBorne, waysOfValues } from './flow-deviation.ts'
import { isOverridden, isPassedOver, kindInWords } from './request-deviation.ts'

type Against = (comparison: Comparison, flow: Flow) => boolean

function waysAgainst(comparison: Comparison, against: Against): readonly Flow[] | undefined {
  return waysOfValues(comparison.shape.flows ?? []).find(
    (ways) => ways.some(isBorne) && against(comparison, ways[0] as Flow),
  )
}

/** 'recipient came only out of files/read (call 3)' against 'the request names another account'. */
export function explainOverridden(comparison: Comparison): Explanation {
  const ways = waysAgainst(comparison, isOverridden)
  if (ways === undefined) return explainFlow(comparison)
  const [{ argument, kind }] = ways as [Flow]
  return { seen: `${argument} ${originInWords(ways)}`, expected: `the request names another ${kindInWords(kind)}` }
}

/** The same against 'the request names an account that bank/send_money.recipient took before'. */
export function explainPassedOver(comparison: Comparison): Explanation {
  const ways = waysAgainst(comparison, isPassedOver)
  if (ways === undefined) return explainFlow(comparison)
  const flow = ways[0] as Flow
  const sink = sinkName(comparison, flow)
  return {
    seen: `${flow.argument} ${originInWords(ways)}`,
    expected: `the request names another ${kindInWords(flow.kind)}, which ${sink} took before`,
  }
}
