import { type Flow, valueKindOf } from '../../provenance/flow.ts'
import { requestSource } from '../../provenance/value-origin.ts'
import type { Comparison } from '../comparison.ts'
import type { Slots } from '../feature-family.ts'
import type { requestFeatures } from './request-features.ts'

type At = Slots<keyof typeof requestFeatures>

/** Kinds that name a person, a place on the net or an account (docs/inputs.md): a request that names one means that one. */
const addressed: Readonly<Record<string, string>> = { e: 'mail address', u: 'URL', a: 'account' }

/**
 * A value out of an output or memory, held against what the session was asked to do.
 * Formulas: `request-features.ts`.
 */
export function againstRequest(comparison: Comparison, flow: Flow, out: Float64Array, at: At): void {
  if (comparison.shape.asked.length === 0) return
  if (out[at.request_overridden] === 0 && isOverridden(comparison, flow)) out[at.request_overridden] = 1
  if (out[at.request_passed_over] === 0 && isPassedOver(comparison, flow)) out[at.request_passed_over] = 1
}

/** Whether the request names another mail address, URL or account than the one in this place. */
export function isOverridden({ shape }: Comparison, { value, kind }: Flow): boolean {
  if (addressed[kind] === undefined) return false
  const used = shape.values[value]?.value
  for (const name of shape.asked) if (name !== used && valueKindOf(name) === kind) return true
  return false
}

/** Whether an argument that took nothing from the request could have taken something of it. */
export function isPassedOver(comparison: Comparison, { argument, kind }: Flow): boolean {
  const { asked, flows } = comparison.shape
  for (const flow of flows ?? []) if (flow.argument === argument && flow.source === requestSource) return false
  const { value } = comparison.keys.step.sink(argument)
  for (const name of asked) {
    if (valueKindOf(name) !== kind) continue
    const taken = comparison.keyIn(value, name)
    if (!comparison.newToAgent(taken) || comparison.otherPeersWith(taken) > 0) return true
  }
  return false
}

/** What a kind of value is called: 'mail address', 'value'. */
export const kindInWords = (kind: string): string => addressed[kind] ?? 'value'
