import { type Flow, kindOf } from '../provenance/flow.ts'
import { requestSource } from '../provenance/value-origin.ts'
import type { Comparison } from './comparison.ts'
import { featureIndex } from './feature.ts'

const at = { overridden: featureIndex('request_overridden'), passedOver: featureIndex('request_passed_over') }

/** Kinds that name a person, a place on the net or an account (docs/inputs.md): a request that names one means that one. */
const addressed: Readonly<Record<string, string>> = { e: 'mail address', u: 'URL', a: 'account' }

/**
 * A value that an output or memory bore, held against what the session was asked to do.
 * request_overridden: a mail address, a URL or an account, and the request names another of that kind.
 * request_passed_over: nothing in this argument was requested, and the request names another value of that kind which
 * this argument took before, at the agent or its peers. Both need request_values and argument_values.
 * The latter looks at values of one kind.
 */
export function againstRequest(comparison: Comparison, flow: Flow, out: Float64Array): void {
  if (comparison.shape.asked.length === 0) return
  if (out[at.overridden] === 0 && isOverridden(comparison, flow)) out[at.overridden] = 1
  if (out[at.passedOver] === 0 && isPassedOver(comparison, flow)) out[at.passedOver] = 1
}

/** Whether the request names another mail address, URL or account than the one in this place. */
export function isOverridden({ shape }: Comparison, { value, kind }: Flow): boolean {
  if (addressed[kind] === undefined) return false
  const used = shape.values[value]?.value
  for (const name of shape.asked) if (name !== used && kindOf(name) === kind) return true
  return false
}

/** Whether an argument that took nothing from the request could have taken something of it. */
export function isPassedOver(comparison: Comparison, { argument, kind }: Flow): boolean {
  const { asked, flows } = comparison.shape
  for (const flow of flows ?? []) if (flow.argument === argument && flow.source === requestSource) return false
  const { value } = comparison.keys.step.sink(argument)
  for (const name of asked) {
    if (kindOf(name) !== kind) continue
    const taken = comparison.keyIn(value, name)
    if (!comparison.newToAgent(taken) || comparison.otherPeersWith(taken) > 0) return true
  }
  return false
}

/** What a kind of value is called: 'mail address', 'value'. */
export const kindInWords = (kind: string): string => addressed[kind] ?? 'value'
