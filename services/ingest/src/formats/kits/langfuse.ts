import { isObject, type JsonObject, scalarText } from '../../record/field-reader.ts'
import type { Format } from '../format.ts'
import { valueAt } from '../table/source.ts'
import { contentText, type KitSpan, kitFormat, spansOfList } from './span-kit.ts'

const types: ReadonlySet<unknown> = new Set([
  ...['SPAN', 'EVENT', 'GENERATION', 'AGENT', 'TOOL', 'CHAIN', 'RETRIEVER', 'EVALUATOR', 'EMBEDDING', 'GUARDRAIL'],
])

const isObservation = (value: JsonObject): boolean =>
  types.has(value.type) &&
  ('startTime' in value || 'start_time' in value) &&
  ('traceId' in value || 'trace_id' in value)

/**
 * Observations of Langfuse: of its API (`data`), of traces with their observations, and of its exports, with names in camel case or with
 * underlines. A call's agent is the observation of type `AGENT` around it.
 */
export const langfuse: Format = kitFormat({
  name: 'langfuse',
  title: 'Langfuse: observations of its API and exports',
  marks: ['traceId', 'trace_id'],
  isSpan: isObservation,
  spanOf,
  documents: [
    { marks: ['data'], spansIn: ({ data }) => spansOfList(data, isObservation) },
    {
      marks: ['observations'],
      spansIn: (trace) => spansOfList(listOf(trace), isObservation),
    },
  ],
})

/** What a trace says itself stands for its observations, too. */
function listOf({ observations, id, name, sessionId, projectId, environment }: JsonObject): unknown {
  if (!Array.isArray(observations)) return null
  const around = { traceId: id, traceName: name, sessionId, projectId, environment }
  return observations.map((one: unknown) => (isObject(one) ? { ...around, ...present(one) } : one))
}

const present = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null && value !== undefined))

function spanOf(value: JsonObject): KitSpan {
  const at = (camel: string, snake: string): unknown => value[camel] ?? value[snake] ?? undefined
  const metadata = isObject(value.metadata) ? value.metadata : {}
  const type = scalarText(value.type).toLowerCase()
  const agent = metadata.agent ?? metadata.agent_name ?? metadata.agentName
  return {
    id: value.id,
    trace: at('traceId', 'trace_id'),
    parent: at('parentObservationId', 'parent_observation_id'),
    name: value.name,
    start: at('startTime', 'start_time'),
    end: at('endTime', 'end_time'),
    attributes: {
      'langfuse.observation.type': type,
      'langfuse.observation.level': value.level,
      'langfuse.observation.input': contentText(value.input),
      'langfuse.observation.output': contentText(value.output),
      'gen_ai.tool.name': type === 'tool' ? value.name : undefined,
      'gen_ai.agent.name': type === 'agent' ? value.name : agent,
      'session.id': at('sessionId', 'session_id'),
      'mcp.server.name': metadata.mcp_server ?? metadata.server,
    },
    resource: {
      'service.name': serviceOf(value, metadata),
      'tenant.id': at('projectId', 'project_id'),
    },
    isError: value.level === 'ERROR',
    error: at('statusMessage', 'status_message'),
  }
}

/** Where no agent is around it: the service that wrote it, else its trace's name. */
function serviceOf(value: JsonObject, metadata: JsonObject): unknown {
  return (
    valueAt(metadata.resourceAttributes, ['service.name']) ?? value.traceName ?? value.trace_name ?? value.projectId
  )
}
