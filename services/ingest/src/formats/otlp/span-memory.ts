import { isObject, type JsonObject, scalarText } from '../../record/field-reader.ts'
import { attributeNames } from './attribute-names.ts'
import { withMeasures } from './measure-contents.ts'
import { passedOver, passedOverNames } from './otlp-record.ts'
import { firstValue } from './record-parts.ts'
import { isOneCall, type SpanCall } from './relate-spans.ts'
import { ReportedCalls } from './reported-calls.ts'
import { SpanShares } from './span-shares.ts'

/** Spans that are remembered, some 300 bytes each and 7 KB at most: the oldest of the sender that has most make room. */
const spansMax = 20_000
/** Characters of a name that are remembered. */
const nameMax = 512
/** Spans of other documents that are walked up from one. */
const stepsMax = 32
const agentsMax = 8

/** A record that a span became, which what comes later may still change. */
export interface HeldSpan {
  value: JsonObject
}

interface Remembered {
  held: HeldSpan
  /** Whose share it takes up. */
  readonly account: string
  /** Key of the span around it in another document. */
  readonly parent: string | null
  /** Whether it is gone: what it became cannot be changed any more. */
  isDone: boolean
}

/**
 * Remembers spans over documents: a call finds the agents that run around it where those end later, or in another document, and of two spans
 * that tell of one call the second is passed over, as of a span and a log record. `sender` keeps spans of different senders apart: none speaks for another's trace.
 */
export class SpanMemory {
  private readonly spans = new Map<string, Remembered>()
  /** Of those that are remembered, the call below each span. */
  private readonly below = new Map<string, string>()
  private readonly shares = new SpanShares()
  private readonly calls = new ReportedCalls()

  /**
   * Takes a record in, before it or anything that came with it is asked for. Anything but a span is left alone. `account`: whose share
   * of the memory it takes up.
   */
  remember(sender: string, held: HeldSpan, account: string): void {
    const key = keyOf(sender, held.value, held.value.spanId)
    if (key === null || held.value.otlp !== 'span') return
    const parent = keyOf(sender, held.value, held.value.parentSpanId)
    this.forget(key)
    this.spans.set(key, { held, account, parent, isDone: false })
    this.shares.add(account, key)
    if (parent !== null && callOf(held.value) !== null) this.below.set(parent, key)
    const oldest = this.spans.size > spansMax ? this.shares.oldestOfLargest() : undefined
    if (oldest !== undefined) this.forget(oldest)
  }

  private forget(key: string): void {
    const known = this.spans.get(key)
    if (known === undefined) return
    this.spans.delete(key)
    this.shares.remove(known.account, key)
    if (known.parent !== null && this.below.get(known.parent) === key) this.below.delete(known.parent)
  }

  /** Whether a call still lacks an agent, and a span around it that may name one has not come. */
  isWaiting(sender: string, { value }: HeldSpan): boolean {
    if (callOf(value) === null || namesAgent(value) || hasAgents(value)) return false
    let parent = keyOf(sender, value, value.parentSpanId)
    for (let steps = 0; parent !== null && steps < stepsMax; steps++) {
      const around = this.spans.get(parent)
      if (around === undefined) return true
      if (hasAgents(around.held.value) || namesAgent(around.held.value)) return false
      parent = around.parent
    }
    return false
  }

  /** Changes a record to what is known of it now, and lets it go. `account` as for `remember`. */
  settle(sender: string, held: HeldSpan, account: string): void {
    if (this.calls.isReportedOtherwise(sender, held.value, account)) held.value = reportedOtherwise(held.value)
    if (held.value.otlp === 'log') return
    const key = keyOf(sender, held.value, held.value.spanId)
    const self = key === null ? undefined : this.spans.get(key)
    if (self === undefined || key === null || self.held !== held) {
      // The same span came again: the later one is remembered.
      if (callOf(held.value) !== null)
        this.addSurroundings({ held, parent: keyOf(sender, held.value, held.value.parentSpanId) })
      return
    }
    if (callOf(held.value) !== null) {
      this.joinTwin(key, self)
      if (held.value.passed_over === undefined) this.addSurroundings(self)
    }
    self.isDone = true
    self.held = { value: brief(held.value) }
  }

  /** A call that another span tells of, around it or inside it, is passed over; what it says goes to the other, while that can still take it. */
  private joinTwin(key: string, self: Remembered): void {
    const { value } = self.held
    const [outer, inner] = [self.parent, this.below.get(key) ?? null].map((at) =>
      at === null ? undefined : this.spans.get(at),
    )
    const call = callOf(value)
    if (call === null) return
    if (outer !== undefined && isTwin(outer, call)) {
      if (!outer.isDone) outer.held.value = joined(outer.held.value, value)
      self.held.value = repeated(value)
    } else if (inner !== undefined && isTwin(inner, call)) {
      self.held.value = inner.isDone ? repeated(value) : joined(value, inner.held.value)
      if (!inner.isDone) inner.held.value = repeated(inner.held.value)
    }
  }

  private addSurroundings(self: Pick<Remembered, 'held' | 'parent'>): void {
    const { value } = self.held
    const agents = agentsIn(value)
    let { session } = value
    let around = self.parent === null ? undefined : this.spans.get(self.parent)
    for (let steps = 0; around !== undefined && steps < stepsMax; steps++) {
      for (const agent of agentsIn(around.held.value))
        if (!agents.includes(agent) && agents.length < agentsMax) agents.push(agent)
      session ??= around.held.value.session ?? sessionIn(around.held.value)
      around = around.parent === null ? undefined : this.spans.get(around.parent)
    }
    const own = isObject(value.attributes) ? value.attributes : {}
    const [name] = attributeNames.session
    const attributes = session === undefined || sessionIn(value) !== undefined ? own : { ...own, [name]: session }
    self.held.value = { ...value, attributes, ...(agents.length === 0 ? {} : { agents }) }
  }
}

/** What later records may ask of a span that is gone: its place, who ran it and which call it was. */
function brief({ otlp, kit, passed_over, scope, name, kind, agents, session, attributes }: JsonObject): JsonObject {
  const of = isObject(attributes) ? attributes : undefined
  const kept: Record<string, unknown> = {}
  if (of !== undefined)
    for (const names of [attributeNames.tool, attributeNames.toolSpan, attributeNames.call, attributeNames.agent]) {
      const found = names.find((one) => of[one] !== undefined && of[one] !== null && of[one] !== '')
      if (found !== undefined) kept[found] = short(of[found])
    }
  if (of !== undefined && 'mcp.method.name' in of) kept['mcp.method.name'] = short(of['mcp.method.name'])
  const around = Array.isArray(agents) ? { agents: agents.map(short) } : {}
  const said = session ?? (of === undefined ? undefined : firstValue(of, attributeNames.session))
  return {
    ...{ otlp, kit, passed_over, scope: short(scope), name: short(name), kind, session: short(said) },
    ...(of === undefined ? {} : { attributes: kept }),
    ...around,
  }
}

const short = (value: unknown): unknown => (typeof value === 'string' ? value.slice(0, nameMax) : value)

function keyOf(sender: string, { kit, traceId }: JsonObject, id: unknown): string | null {
  return typeof traceId === 'string' && typeof id === 'string'
    ? `${sender}\n${scalarText(kit)}\n${traceId}\n${id}`
    : null
}

/** The call that a record tells of; `null` where it is passed over, or no call of a tool or read. */
function callOf({ passed_over, otlp, scope, attributes, name }: JsonObject): SpanCall | null {
  if (passed_over !== undefined || otlp !== 'span' || !isObject(attributes)) return null
  return { scope, attributes, name: typeof name === 'string' ? name : '' }
}

function isTwin({ held }: Remembered, call: SpanCall): boolean {
  const other = held.value.kind === 'tool' ? callOf(held.value) : null
  return other !== null && isOneCall(other, call)
}

const agentsIn = ({ agents }: JsonObject): unknown[] => (Array.isArray(agents) ? [...agents] : [])
const hasAgents = (value: JsonObject): boolean => agentsIn(value).length > 0
const namesAgent = ({ attributes, resource }: JsonObject): boolean =>
  (isObject(attributes) && firstValue(attributes, attributeNames.agent) !== undefined) ||
  (isObject(resource) && resource['gen_ai.agent.name'] !== undefined)

const sessionIn = ({ attributes }: JsonObject): unknown =>
  isObject(attributes) ? firstValue(attributes, attributeNames.session) : undefined

/** A further span of a call keeps its place in its trace. */
function repeated({ kit, traceId, spanId, parentSpanId, agents, session }: JsonObject): JsonObject {
  return { ...passedOver('span', passedOverNames.repeat), kit, traceId, spanId, parentSpanId, agents, session }
}

/** What a span and a log record tell of is one call; a span keeps its place in its trace. */
function reportedOtherwise(value: JsonObject): JsonObject {
  const { reported } = passedOverNames
  return value.otlp === 'log' ? { ...passedOver('log', reported) } : { ...repeated(value), passed_over: reported }
}

/** What a call's further span says, for what the call does not say itself. */
function joined(value: JsonObject, twin: JsonObject): JsonObject {
  const related = { ...objectIn(twin.related), ...objectIn(twin.attributes), ...objectIn(value.related) }
  const contents = withMeasures(objectIn(value.contents), objectIn(twin.contents))
  const requests = { ...objectIn(twin.requests), ...objectIn(value.requests) }
  const isError = value.isError === true || twin.isError === true ? true : undefined
  const isDenied = value.isDenied === true || twin.isDenied === true ? true : undefined
  return { ...value, related, contents, requests, isError, isDenied }
}

const objectIn = (value: unknown): JsonObject => (isObject(value) ? value : {})
