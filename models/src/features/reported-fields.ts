import type { AgentEvent } from '@straylight/schemas/agent-event'

/**
 * Fields whose presence is counted apart: what no other count tells. `agent`: whoever sends gives them or not, whatever the agent
 * does; counted once for all of its events. `step`: they go with the call. Each is a bit, by its place: append only, for
 * stored events keep the bits.
 */
export const countedFields = [
  { name: 'session', of: 'agent' },
  { name: 'credential', of: 'agent' },
  { name: 'source', of: 'agent' },
  { name: 'privilege', of: 'agent' },
  { name: 'order', of: 'agent' },
  { name: 'destinations', of: 'step' },
  { name: 'argument_values', of: 'step' },
  { name: 'resource', of: 'step' },
] as const satisfies readonly { readonly name: string; readonly of: 'agent' | 'step' }[]

export type CountedField = (typeof countedFields)[number]['name']

const bitOf = (name: CountedField): number => 1 << countedFields.findIndex((field) => field.name === name)
const bits = {
  session: bitOf('session'),
  credential: bitOf('credential'),
  source: bitOf('source'),
  privilege: bitOf('privilege'),
  order: bitOf('order'),
  destinations: bitOf('destinations'),
  argument_values: bitOf('argument_values'),
  resource: bitOf('resource'),
} as const satisfies Record<CountedField, number>

const agentBits = countedFields.reduce((all, { name, of }) => all | (of === 'agent' ? bitOf(name) : 0), 0)

/** What a call tells that is done in another one's place: what its source gives is the place's, what goes with the call its own. */
export const reportedInPlaceOf = (place: number, doing: number): number => (place & agentBits) | (doing & ~agentBits)
/** The same fields and one more. */
export const reportedWith = (reported: number, name: CountedField): number => reported | bits[name]

/** The counted fields that an event tells, as bits. Its order is reported unless its date took it away: a late event has none. */
export function reportedFields(event: AgentEvent, late: boolean): number {
  let reported = late ? 0 : bits.order
  if (event.session !== undefined) reported |= bits.session
  if (event.credential !== undefined) reported |= bits.credential
  if (event.source?.ip !== undefined || event.source?.host !== undefined) reported |= bits.source
  if (event.privilege !== undefined) reported |= bits.privilege
  if (event.destinations !== undefined && event.destinations.length > 0) reported |= bits.destinations
  if (event.argument_values !== undefined) reported |= bits.argument_values
  if (event.resource !== undefined) reported |= bits.resource
  return reported
}
