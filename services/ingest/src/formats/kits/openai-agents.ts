import { isObject, type JsonObject } from '../../record/field-reader.ts'
import type { Format } from '../format.ts'
import { valueAt } from '../table/source.ts'
import { contentText, type KitSpan, kitFormat, spansOfList } from './span-kit.ts'

const isSpan = (value: JsonObject): boolean => isObject(value.span_data) && 'started_at' in value
const isTrace = (value: JsonObject): boolean =>
  value.object === 'trace' && ('workflow_name' in value || 'group_id' in value)

/**
 * Spans of the OpenAI Agents SDK, as its trace processors export them: `{object: "trace.span", span_data: {type, …}}`, alone, as a batch
 * (`data`) or with their trace (`spans`). A call's agent is the span of type `agent` around it.
 */
export const openaiAgents: Format = kitFormat({
  name: 'openai-agents',
  title: 'OpenAI Agents SDK: exported traces and spans',
  marks: ['span_data', 'workflow_name'],
  isSpan: (value) => isSpan(value) || isTrace(value),
  spanOf,
  documents: [
    { marks: ['data'], spansIn: ({ data }) => withTraces(spansOfList(data, isSpan)) },
    {
      marks: ['spans'],
      spansIn: (value) => withTraces(spansOfList(value.spans, isSpan), isObject(value.trace) ? value.trace : value),
    },
  ],
})

/** A batch names each trace once, before its spans: what the trace says of its group goes to each of them. */
function withTraces(items: readonly JsonObject[] | null, around?: JsonObject): readonly JsonObject[] | null {
  if (items === null) return null
  const traces = new Map<unknown, JsonObject>()
  for (const item of items) if (item.object === 'trace') traces.set(item.id, item)
  return items.filter(isSpan).map((span) => ({ ...span, of_trace: traces.get(span.trace_id) ?? around }))
}

function spanOf(value: JsonObject): KitSpan {
  const data = isObject(value.span_data) ? value.span_data : {}
  const trace = isTrace(value) ? value : value.of_trace
  const error = value.error ?? data.error
  return {
    id: value.id ?? value.span_id,
    trace: value.trace_id,
    // The trace stands around its outermost spans: it names the session.
    parent: value.parent_id ?? (isTrace(value) ? undefined : value.trace_id),
    name: data.name ?? data.type ?? 'trace',
    start: value.started_at,
    end: value.ended_at,
    attributes: attributesOf(data, trace),
    resource: {
      'service.name': valueAt(trace, ['metadata', 'agent']) ?? valueAt(trace, ['workflow_name']) ?? 'openai-agents',
      'tenant.id': valueAt(trace, ['metadata', 'tenant']),
    },
    isError: error !== null && error !== undefined,
    error: isObject(error) ? error.message : error,
  }
}

function attributesOf(data: JsonObject, trace: unknown): JsonObject {
  const session = valueAt(trace, ['group_id']) ?? valueAt(trace, ['metadata', 'session_id'])
  const named = { 'session.id': session ?? undefined }
  switch (data.type) {
    case 'agent':
      return { ...named, 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': data.name }
    case 'function':
      return {
        ...named,
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': data.name,
        'gen_ai.tool.call.arguments': contentText(data.input),
        'gen_ai.tool.call.result': contentText(data.output),
        'mcp.server.name': valueAt(data.mcp_data, ['server']),
      }
    case 'generation':
    case 'response':
    case 'transcription':
    case 'speech':
      return { ...named, 'gen_ai.operation.name': 'chat' }
    default:
      return named
  }
}
