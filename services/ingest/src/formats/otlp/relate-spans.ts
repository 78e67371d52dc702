import type { ValueHasher } from '@straylight/models/provenance/value-hasher'
import type { JsonObject } from '../../record/field-reader.ts'
import { numberOf } from './any-value.ts'
import { attributeNames } from './attribute-names.ts'
import { type Conversation, conversationOf } from './conversation.ts'
import { type MeasuredContents, measureContents, withMeasures } from './measure-contents.ts'
import { type OtlpRecord, passedOver, passedOverNames, type Requests } from './otlp-record.ts'
import { toolInName } from './otlp-tool.ts'
import type { Span } from './read-spans.ts'
import { firstValue } from './record-parts.ts'
import { type AroundSpan, parentsOf, SpanSurroundings, spanKeyOf, within } from './span-surroundings.ts'

/** Spans that are walked up from one: a document may nest as it likes. */
const ancestorsMax = 64

/** What a span of a call gets from the other spans of its document. */
interface Related {
  agents: readonly string[]
  attributes: Record<string, unknown>
  contents: MeasuredContents
  requests: Requests
}

/**
 * One record a span, in order: a call with what the spans around it say (the agents that run it, its session), what further spans of the
 * same call say, and what its requests moved. Every other span is passed over by name. Contents are measured one by one, as they are asked for.
 */
export function* relateSpans(
  spans: readonly Span[],
  hasher: ValueHasher | null,
): Generator<OtlpRecord, void, undefined> {
  const [only] = spans
  if (spans.length === 1 && only !== undefined) {
    const around = { agents: [], session: undefined, outside: only.parentSpanId }
    yield recordOf(only, { call: null, related: null, around, hasher })
    return
  }
  const document = new SpanDocument(spans, hasher)
  for (const span of spans)
    yield recordOf(span, {
      call: document.callOf(span),
      related: document.related.get(span) ?? null,
      around: document.around(span),
      hasher,
    })
}

/** `call`: the span that tells of the same call before this one does. */
function recordOf(
  span: Span,
  {
    call,
    related,
    around,
    hasher,
  }: { call: Span | null; related: Related | null; around: AroundSpan; hasher: ValueHasher | null },
): OtlpRecord {
  const { kind } = span
  if (kind !== 'tool' && kind !== 'read') return placed(passedOver('span', passedOverNames[kind]), span, around)
  if (call !== null) return placed(passedOver('span', passedOverNames.repeat), span, around)
  const { kept: attributes, contents, doubled } = span.read
  if (span.isServer && firstValue(attributes, attributeNames.agent) === undefined && !related?.agents.length)
    return passedOver('span', passedOverNames.server)
  const own = contents === null ? undefined : measureContents(contents, hasher)
  // Absent parts are `undefined`, and so not written: one shape for all records costs less than one for each.
  return {
    otlp: 'span',
    traceId: span.traceId,
    spanId: span.spanId,
    name: span.name,
    parentSpanId: around.outside,
    scope: span.scope,
    timeUnixNano: span.end ?? span.start,
    isPart: span.parentSpanId === undefined ? undefined : true,
    isError: span.isError ? true : undefined,
    isDenied: span.isDenied ? true : undefined,
    kind,
    attributes,
    resource: span.resource,
    contents: related === null || isEmpty(related.contents) ? own : withMeasures(own ?? {}, related.contents),
    doubled: doubled ?? undefined,
    agents: related?.agents.length ? related.agents : undefined,
    related: related === null || isEmpty(related.attributes) ? undefined : related.attributes,
    requests: related === null || isEmpty(related.requests) ? undefined : related.requests,
  }
}

/** What is passed over, with its place in its trace: calls of later documents look for the agents around them. */
function placed(record: OtlpRecord, span: Span, around: AroundSpan): OtlpRecord {
  if (typeof span.traceId !== 'string' || typeof span.spanId !== 'string') return record
  const { agents, session, outside } = within(span, around)
  const place = { traceId: span.traceId, spanId: span.spanId, parentSpanId: outside }
  return { ...record, ...place, agents: agents.length === 0 ? undefined : agents, session }
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false
  return true
}

/** What was said in each trace of a document. */
function conversationsOf(spans: readonly Span[]): ReadonlyMap<unknown, Conversation> {
  const said = new Map<unknown, JsonObject[]>()
  for (const { traceId, read } of spans)
    if (read.messages !== null) said.set(traceId, [...(said.get(traceId) ?? []), read.messages])
  return new Map([...said].map(([trace, messages]) => [trace, conversationOf(messages)]))
}

class SpanDocument {
  readonly related = new Map<Span, Related>()
  private readonly parents: ReadonlyMap<Span, Span>
  private readonly surroundings: SpanSurroundings
  private readonly byCall = new Map<string, Span>()
  private readonly repeats = new Map<Span, Span>()

  private readonly hasher: ValueHasher | null
  /** What model calls of a trace say of its calls. */
  private readonly conversations: ReadonlyMap<unknown, Conversation>

  constructor(spans: readonly Span[], hasher: ValueHasher | null) {
    this.hasher = hasher
    this.parents = parentsOf(spans)
    this.surroundings = new SpanSurroundings(this.parents)
    for (const span of spans) if (span.kind === 'tool') this.findCall(span)
    this.conversations = conversationsOf(spans)
    for (const span of spans) if (span.kind === 'tool' || span.kind === 'read') this.relateCall(span)
    if (hasher !== null) this.relateRequests(spans, hasher)
    for (const span of spans) if (span.kind === 'other') this.relateRequest(span)
  }

  /** The span that tells of this span's call; `null` where this one does. */
  callOf(span: Span): Span | null {
    return this.repeats.get(span) ?? null
  }

  around(span: Span): AroundSpan {
    return this.surroundings.of(span)
  }

  /** The outermost span of the same call, by what is around this one or by the call's id. */
  private findCall(span: Span): void {
    for (const outer of this.outer(span)) {
      if (outer.kind === 'agent' || outer.kind === 'model') break
      if (outer.kind === 'tool' && isSameCall(outer, span)) this.repeats.set(span, this.repeats.get(outer) ?? outer)
      if (outer.kind === 'tool') break
    }
    const id = firstValue(span.read.kept, attributeNames.call)
    const key = typeof id === 'string' && !this.repeats.has(span) ? spanKeyOf(span, `call ${id}`) : null
    const before = key === null ? undefined : this.byCall.get(key)
    if (key === null) return
    if (before === undefined || !isSameCall(before, span) || !overlap(before, span)) this.byCall.set(key, span)
    else this.repeats.set(span, before)
  }

  private relateCall(span: Span): void {
    const call = this.repeats.get(span)
    const related = this.relatedOf(call ?? span)
    if (call !== undefined) this.addRepeat(related, span)
    const { agents, session } = this.surroundings.of(span)
    related.agents = related.agents.length === 0 ? agents : related.agents
    if (session !== undefined) related.attributes[attributeNames.session[0]] ??= session
    this.relateConversation(span, related)
  }

  /** What the call was given and gave back, where only the model calls around it say so. */
  private relateConversation(span: Span, related: Related): void {
    const id = firstValue(span.read.kept, attributeNames.call)
    const conversation = this.conversations.get(span.traceId)
    if (conversation === undefined || typeof id !== 'string') return
    const [given, returned] = [conversation.given.get(id), conversation.returned.get(id)]
    if (given === undefined && returned === undefined) return
    const contents = {
      arguments: given === undefined ? {} : { [attributeNames.arguments[0]]: given },
      result: returned === undefined ? {} : { [attributeNames.result[0]]: returned },
    }
    related.contents = withMeasures(related.contents, measureContents(contents, this.hasher))
  }

  /** What people asked stands with the first call of their trace. */
  private relateRequests(spans: readonly Span[], hasher: ValueHasher): void {
    const first = new Map<unknown, Span>()
    for (const span of spans) {
      const before = first.get(span.traceId)
      const isCall = span.kind === 'tool' || span.kind === 'read'
      if (isCall && (before === undefined || Number(span.start) < Number(before.start))) first.set(span.traceId, span)
    }
    for (const [trace, { requests }] of this.conversations) {
      const span = first.get(trace)
      if (span === undefined || requests.length === 0) continue
      const related = this.relatedOf(this.repeats.get(span) ?? span)
      related.contents = withMeasures(related.contents, { request_values: hasher.values(requests) })
    }
  }

  private addRepeat(related: Related, span: Span): void {
    const { kept, contents } = span.read
    for (const name of Object.keys(kept)) related.attributes[name] ??= kept[name]
    if (span.isError) related.attributes[attributeNames.error[0]] ??= '_OTHER'
    if (contents !== null) related.contents = withMeasures(related.contents, measureContents(contents, this.hasher))
    for (const [amount, names] of amounts) if (amount !== 'records') this.sum(related.requests, amount, kept, names)
  }

  /** A span that is no call: where a call made it, what it moved counts for the call. */
  private relateRequest(span: Span): void {
    const { kept } = span.read
    if (kept['span.type'] !== undefined) this.relatePart(span)
    const address = firstValue(kept, attributeNames.address)
    if (span.isServer || (address === undefined && !amounts.some(([, names]) => firstValue(kept, names) !== undefined)))
      return
    for (const outer of this.outer(span)) {
      if (outer.kind === 'agent' || outer.kind === 'model') return
      if (outer.kind !== 'tool' && outer.kind !== 'read') continue
      const { requests } = this.relatedOf(this.repeats.get(outer) ?? outer)
      for (const [amount, names] of amounts) this.sum(requests, amount, kept, names)
      if (requests.address === undefined && address !== undefined) {
        requests.address = address
        requests.port = firstValue(kept, attributeNames.port)
      }
      return
    }
  }

  /** Claude Code's spans inside a tool's: whether a person allowed it, and how it ended. */
  private relatePart(span: Span): void {
    const call = this.parents.get(span)
    if (call?.kind !== 'tool') return
    const { attributes } = this.relatedOf(call)
    for (const name of ['decision', 'success']) attributes[name] ??= span.read.kept[name]
  }

  private sum(requests: Requests, amount: Amount, kept: JsonObject, names: readonly string[]): void {
    const given = numberOf(firstValue(kept, names))
    if (typeof given === 'number' && given >= 0 && Number.isFinite(given))
      requests[amount] = (requests[amount] ?? 0) + given
  }

  private relatedOf(span: Span): Related {
    const before = this.related.get(span)
    if (before !== undefined) return before
    const made: Related = { agents: [], attributes: {}, contents: {}, requests: {} }
    this.related.set(span, made)
    return made
  }

  /** The spans around one, the nearest first. */
  private *outer(span: Span): Generator<Span, void, undefined> {
    let outer = this.parents.get(span)
    for (let steps = 0; steps < ancestorsMax && outer !== undefined && outer !== span; steps++) {
      yield outer
      outer = this.parents.get(outer)
    }
  }
}

type Amount = 'sent' | 'received' | 'records'
const amounts: readonly (readonly [Amount, readonly string[]])[] = [
  ['sent', attributeNames.sent],
  ['received', attributeNames.received],
  ['records', attributeNames.records],
]

/**
 * Whether two spans, one inside the other or with one id, tell of one call: they name one tool and not two ids, and two instrumentations
 * wrote them, since none tells of a call twice. An agent that gives two calls one id must not hide the second.
 */
function isSameCall(one: Span, other: Span): boolean {
  return isOneCall(callIn(one), callIn(other), one.isServer !== other.isServer)
}

/** What of a span says which call it tells of. */
export interface SpanCall {
  readonly scope: unknown
  readonly attributes: JsonObject
  readonly name: string
}

const callIn = ({ scope, read, name }: Span): SpanCall => ({ scope, attributes: read.kept, name })

/** `twoSides`: one is the caller's and one the callee's, which the same instrumentation may write. */
export function isOneCall(one: SpanCall, other: SpanCall, twoSides = false): boolean {
  if (!twoSides && one.scope === other.scope && isClient(one) === isClient(other)) return false
  const [id, otherId] = [one, other].map(({ attributes }) => firstValue(attributes, attributeNames.call))
  if (id !== undefined && otherId !== undefined && id !== otherId) return false
  const [name, otherName] = [one, other].map(toolOf)
  return name !== undefined && otherName !== undefined && (endsWith(name, otherName) || endsWith(otherName, name))
}

const isClient = ({ attributes }: SpanCall): boolean => 'mcp.method.name' in attributes

/** A client may put the server's name before the tool's. */
const endsWith = (name: string, inner: string): boolean =>
  name === inner || (name.endsWith(inner) && /[^a-zA-Z0-9]$/.test(name.slice(0, -inner.length)))

/** The tool that a span calls. */
function toolOf({ attributes, name }: SpanCall): string | undefined {
  const named = firstValue(attributes, attributeNames.tool) ?? firstValue(attributes, attributeNames.toolSpan)
  if (named !== undefined) return typeof named === 'string' ? named : undefined
  return toolInName(name) || undefined
}

function overlap(one: Span, other: Span): boolean {
  const [start, end, otherStart, otherEnd] = [one.start, one.end, other.start, other.end].map(Number)
  return Number(start) <= Number(otherEnd) && Number(otherStart) <= Number(end)
}
