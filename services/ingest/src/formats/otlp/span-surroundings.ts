import { attributeNames } from './attribute-names.ts'
import type { Span } from './read-spans.ts'
import { firstValue } from './record-parts.ts'

/** What stands around a span: the agents at work, the nearest first, and the nearest session. */
export interface AroundSpan {
  readonly agents: readonly string[]
  readonly session: unknown
  /** The parent of the outermost span around it: it is in no document, or in another one. */
  readonly outside: unknown
}

const nothing: AroundSpan = { agents: [], session: undefined, outside: undefined }
/** Agents that are named: more are in one another nowhere but in a document that was made for it. */
const agentsMax = 8

/** The key of a span of one trace; `null` where its ids are none. */
export const spanKeyOf = ({ traceId }: Span, id: unknown): string | null =>
  typeof traceId === 'string' && typeof id === 'string' ? `${traceId} ${id}` : null

/** The parent of each span whose parent is in the same document. */
export function parentsOf(spans: readonly Span[]): ReadonlyMap<Span, Span> {
  const byId = new Map<string, Span>()
  for (const span of spans) {
    const key = spanKeyOf(span, span.spanId)
    if (key !== null && !byId.has(key)) byId.set(key, span)
  }
  const parents = new Map<Span, Span>()
  for (const span of spans) {
    const key = spanKeyOf(span, span.parentSpanId)
    const parent = key === null ? undefined : byId.get(key)
    if (parent !== undefined && parent !== span) parents.set(span, parent)
  }
  return parents
}

/** Looks up a document's tree, each span once, however deep it is and whether or not it runs in a circle. */
export class SpanSurroundings {
  private readonly known = new Map<Span, AroundSpan>()
  private readonly parents: ReadonlyMap<Span, Span>

  constructor(parents: ReadonlyMap<Span, Span>) {
    this.parents = parents
  }

  of(span: Span): AroundSpan {
    const below: Span[] = []
    for (let at: Span | undefined = span; at !== undefined && !this.known.has(at); at = this.parents.get(at)) {
      below.push(at)
      this.known.set(at, nothing)
    }
    for (const at of below.reverse()) {
      const parent = this.parents.get(at)
      const around = parent === undefined ? nothing : (this.known.get(parent) ?? nothing)
      this.known.set(at, parent === undefined ? { ...nothing, outside: at.parentSpanId } : within(parent, around))
    }
    return this.known.get(span) ?? nothing
  }
}

/** What stands around the spans inside `parent`. */
export function within(parent: Span, around: AroundSpan): AroundSpan {
  const session = firstValue(parent.read.kept, attributeNames.session) ?? around.session
  const agent = parent.kind === 'agent' ? agentOf(parent) : undefined
  if (typeof agent !== 'string' || agent === '' || around.agents.includes(agent))
    return session === around.session ? around : { ...around, session }
  return { ...around, agents: [agent, ...around.agents].slice(0, agentsMax), session }
}

/** The name of the agent that a span runs. */
function agentOf({ read: { kept }, name }: Span): unknown {
  const named = firstValue(kept, attributeNames.agent) ?? firstValue(kept, nodeNames)
  return named ?? name.replace(/^(?:invoke_agent|agent run) +|\.agent$|\._execute_core$/g, '').slice(0, 512)
}

const nodeNames = ['graph.node.name', ...attributeNames.toolSpan]
