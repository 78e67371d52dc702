import { isObject, type JsonObject } from '../../record/field-reader.ts'
import { saysDenied } from '../table/status-outcome.ts'
import { either } from './any-value.ts'
import { attributeNames, type SpanKind, spanKinds } from './attribute-names.ts'
import { contentsOfEvents } from './contents-of-events.ts'
import { idOf } from './otlp-id.ts'
import { type ReadAttributes, type ReadResource, readAttributes, readResource } from './read-attributes.ts'

/** A span as it stands in its document. */
export interface Span {
  readonly traceId: unknown
  readonly spanId: unknown
  readonly parentSpanId: unknown
  readonly name: string
  readonly start: unknown
  readonly end: unknown
  readonly isError: boolean
  /** Whether its error says that a right was missing. */
  readonly isDenied: boolean
  /** Of the side that was called: another service than the caller's tells of it. */
  readonly isServer: boolean
  readonly kind: SpanKind
  /** Name of the instrumentation that wrote it. */
  readonly scope: unknown
  readonly read: ReadAttributes
  readonly resource: JsonObject
}

/** Every span of some `ResourceSpans`, in order. */
export function readSpans(groups: readonly unknown[]): Span[] {
  const spans: Span[] = []
  for (const group of groups) {
    if (!isObject(group)) continue
    const resource = readResource(group.resource)
    for (const scope of scopesOf(group, 'Spans', 'spans'))
      for (const span of listIn(scope, 'spans', 'spans')) spans.push(readSpan(span, resource, scopeName(scope)))
  }
  return spans
}

/** The `ScopeSpans` or `ScopeLogs` of a group; `InstrumentationLibrarySpans` were those of before 2022. */
export function scopesOf(group: JsonObject, camel: 'Spans' | 'Logs', snake: 'spans' | 'logs'): readonly JsonObject[] {
  const scopes =
    either(group, `scope${camel}`, `scope_${snake}`) ??
    either(group, `instrumentationLibrary${camel}`, `instrumentation_library_${snake}`)
  return Array.isArray(scopes) ? scopes.filter(isObject) : []
}

export function listIn(scope: JsonObject, camel: string, snake: string): readonly unknown[] {
  const list = either(scope, camel, snake)
  return Array.isArray(list) ? list : []
}

function scopeName(scope: JsonObject): unknown {
  const named = scope.scope ?? scope.instrumentationLibrary ?? scope.instrumentation_library
  return isObject(named) ? named.name : undefined
}

function readSpan(given: unknown, resource: ReadResource, scope: unknown): Span {
  const span = isObject(given) ? given : {}
  const attributes = readAttributes(span.attributes)
  const name = typeof span.name === 'string' ? span.name.slice(0, 2_048) : ''
  const kind = kindOf(attributes.kept, name)
  const contents = kind === 'tool' ? (attributes.contents ?? contentsOfEvents(span.events)) : attributes.contents
  const read = { ...attributes, contents, doubled: attributes.doubled ?? resource.doubled }
  return {
    traceId: idOf(either(span, 'traceId', 'trace_id')),
    spanId: idOf(either(span, 'spanId', 'span_id')),
    parentSpanId: idOf(either(span, 'parentSpanId', 'parent_span_id')),
    name,
    start: either(span, 'startTimeUnixNano', 'start_time_unix_nano'),
    end: either(span, 'endTimeUnixNano', 'end_time_unix_nano'),
    isError: isErrorStatus(span.status),
    isDenied: isErrorStatus(span.status) && saysDenied(messageOf(span.status)),
    isServer: span.kind === 2 || span.kind === '2' || span.kind === 'SPAN_KIND_SERVER',
    kind,
    scope,
    read,
    resource: resource.kept,
  }
}

const messageOf = (status: unknown): string =>
  isObject(status) && typeof status.message === 'string' ? status.message : ''

function isErrorStatus(status: unknown): boolean {
  const code = isObject(status) ? status.code : undefined
  return code === 2 || code === '2' || code === 'STATUS_CODE_ERROR' || code === 'ERROR' || code === 'Error'
}

/** A span that any attribute calls a tool's is one, whatever else it is called. */
function kindOf(attributes: JsonObject, name: string): SpanKind {
  // Logfire writes a span when it begins, too; Google's ADK one more beside calls that have each their own.
  if (attributes['logfire.span_type'] === 'pending_span') return 'other'
  if (attributes['gen_ai.tool.name'] === '(merged tools)') return 'other'
  let first: SpanKind | null = null
  for (const { name: of, kinds } of spanKinds) {
    const said = attributes[of]
    const kind = typeof said === 'string' ? kinds.get(said.toLowerCase()) : undefined
    if (kind === 'tool') return kind
    first ??= kind ?? null
  }
  if (first !== null) return first
  if (/^execute_tool /.test(name)) return 'tool'
  if (/^(?:invoke_agent|agent run)\b/.test(name) && hasOne(attributes, attributeNames.agent)) return 'agent'
  const isCall = hasOne(attributes, attributeNames.call) || /^(?:running tool|tools\/call)\b/.test(name)
  return isCall && hasOne(attributes, attributeNames.tool) ? 'tool' : 'other'
}

const hasOne = (attributes: JsonObject, names: readonly string[]): boolean => names.some((name) => name in attributes)
