import type { AgentEvent } from '@straylight/schemas/agent-event'
import { agentEventsOf } from './agent-events-of.ts'
import type { LabelledStream } from './labelled-stream.ts'
import { movingWorld } from './moving-world.ts'
import type { StreamLabel } from './stream-event.ts'

/** A stream under a condition that the field may bring. */
export interface Variant {
  readonly name: string
  /** What is changed, for people. */
  readonly about: string
  readonly kind: 'base' | 'stress'
  apply(events: readonly AgentEvent[], stream: LabelledStream): AgentEvent[]
}

export type Mode = 'sparse' | 'all'

/** All there are. The base ones are what `--quick` keeps. */
export const variants: readonly Variant[] = [
  {
    name: 'as given',
    about: 'events as recorded, with keyed hashes of their values',
    kind: 'base',
    apply: (events) => [...events],
  },
  {
    name: 'without provenance',
    about: 'no argument, result, request or context values',
    kind: 'base',
    apply: (events) => events.map(withoutProvenance),
  },
  {
    name: 'moving world',
    about: 'half of the values that outputs carry renamed in every session, destinations with them',
    kind: 'stress',
    apply: (_, stream) => agentEventsOf(movingWorld(stream.events)),
  },
  ...[5, 10, 20].map(thinHistory),
]

function withoutProvenance(event: AgentEvent): AgentEvent {
  const { argument_values: _a, result_values: _r, request_values: _q, context_values: _c, ...rest } = event
  return rest
}

function thinHistory(sessions: number): Variant {
  return {
    name: `first ${sessions} sessions`,
    about: `only the first ${sessions} warm-up sessions of each agent`,
    kind: 'stress',
    apply: (events, { labels }) => firstSessions(events, labels, sessions),
  }
}

/** Leaves out the warm-up sessions of an agent after its first `count`; the test part stays whole. */
export function firstSessions(
  events: readonly AgentEvent[],
  labels: ReadonlyMap<string, StreamLabel>,
  count: number,
): AgentEvent[] {
  const kept = new Map<string, Set<string>>()
  return events.filter((event) => {
    const label = labels.get(event.id)
    if (label?.phase !== 'warmup') return true
    const sessions = kept.get(event.agent) ?? new Set<string>()
    kept.set(event.agent, sessions)
    if (sessions.size < count) sessions.add(label.session)
    return sessions.has(label.session)
  })
}

export const warmUpOf = (events: readonly AgentEvent[], labels: ReadonlyMap<string, StreamLabel>): AgentEvent[] =>
  events.filter(({ id }) => labels.get(id)?.phase === 'warmup')

/** Sparse keeps the clean and resisted sessions and at most three attack sessions an agent. */
export const testPartOf = (
  events: readonly AgentEvent[],
  labels: ReadonlyMap<string, StreamLabel>,
  mode: Mode,
): AgentEvent[] =>
  events.filter(({ id }) => {
    const label = labels.get(id)
    return label?.phase === 'test' && (mode === 'all' || label.sparse)
  })
