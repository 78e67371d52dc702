import { hash } from 'node:crypto'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { moreKind } from '@straylight/schemas/within-bounds'
import type { Root } from './value-origin.ts'

/** Values of one event's arguments that are followed; the last one stands for all that are not. */
const valuesMax = 32

/**
 * One way that a value took into an argument: which step's output (or the request, memory, the agent itself) fed it.
 * A value that several steps returned has several.
 */
export interface Flow {
  /** Which of the event's values, from 0: tells the ways of one value from those of another. */
  readonly value: number
  readonly argument: string
  /** Kind of the value: the letter before its hash (docs/inputs.md). */
  readonly kind: string
  /** A step, or 'request', 'context', 'self' or 'cut'. */
  readonly source: string
  /** How the source's own call was rooted; '' where the source is no step. */
  readonly root: Root | ''
  /** Ordinal in the session of the call that returned the value, for people; 0 where there is none or it is not known any more. */
  readonly call: number
  /** Id of the event of that call; absent where there is none or it is not known any more. */
  readonly event?: string
}

/** Dates and small numbers: anybody can guess them, so equality says little. */
export const isGuessable = (kind: string): boolean => kind === 'd'

/** The letters before the hash; of a value without any its first character, which may be a surrogate pair. */
export function valueKindOf(value: string): string {
  if (value.charCodeAt(1) === colon) return value.charAt(0)
  const end = value.indexOf(':')
  if (end > 0) return value.slice(0, end)
  for (const character of value) return character.toWellFormed()
  return ''
}

const colon = 58

export interface UsedValue {
  readonly argument: string
  readonly value: string
}

const noValues: readonly UsedValue[] = []

/**
 * An event's argument values in a fixed order. A path is followed by its base name, which says nothing of its own. All that find no
 * room are one value, in the argument of the first of them: no call hides a value behind others that it usually has.
 */
export function usedValues(event: AgentEvent): readonly UsedValue[] {
  const { argument_values } = event
  if (argument_values === undefined) return noValues
  const used: UsedValue[] = []
  for (const argument of Object.keys(argument_values)) {
    const values = argument_values[argument] as readonly string[]
    for (let at = 0; at < values.length; at++) {
      const value = values[at] as string
      if (at > 0 && valueKindOf(value) === 'p' && valueKindOf(values[at - 1] as string) === 'p') continue
      used.push({ argument, value })
    }
  }
  return used.length > valuesMax ? crowded(used) : used
}

function crowded(used: readonly UsedValue[]): readonly UsedValue[] {
  const rest = used.slice(valuesMax - 1)
  const argument = rest[0]?.argument ?? ''
  const digest = hash('sha256', JSON.stringify(rest), 'hex').slice(0, 12)
  return [...used.slice(0, valuesMax - 1), { argument, value: `${moreKind}:${digest}` }]
}
