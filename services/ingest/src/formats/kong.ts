import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { isMcpAction, mcpFormat } from './table/mcp-format.ts'
import { valueAt } from './table/source.ts'
import { failureWhere, statusOutcome, worstOf } from './table/status-outcome.ts'

/** Kong Gateway's log of a request, with what its AI MCP Proxy adds (`developer.konghq.com`, MCP traffic). */
export const kong: Format = mcpFormat({
  name: 'kong',
  title: 'Kong Gateway: log plugins, with the AI MCP Proxy',
  marks: ['latencies', 'started_at', 'ai'],
  detect: (value) => 'latencies' in value && 'request' in value && ('started_at' in value || 'client_ip' in value),
  method: (record) => callOf(record)?.method,
  tool: (record) => callOf(record)?.tool_name ?? valueAt(callOf(record), ['payload', 'request', 'params', 'name']),
  table: {
    id: ['request/id', 'correlation_id'],
    time: 'started_at',
    tenant_hint: 'workspace_name',
    agent: [
      ...['consumer/username', 'consumer/custom_id', 'consumer/id', 'authenticated_entity/consumer_id'],
      ...['authenticated_entity/id', 'request/headers/x-consumer-username', 'client_ip'],
    ],
    names: ['consumer/username', 'consumer/custom_id', 'consumer/id', 'authenticated_entity/id'],
    session: ['ai/mcp/mcp_session_id', 'request/headers/mcp-session-id'],
    trace: ['trace_id/w3c', 'trace_id'],
    credential_id: ['authenticated_entity/id', 'credential/id'],
    system: ['service/name', 'route/name', 'service/host', { constant: 'mcp' }],
    destinations: ['service/host'],
    argument_names: (record) => argumentsOf(valueAt(callOf(record), ['payload', 'request'])),
    bytes_sent: 'request/size',
    bytes_received: [(record: JsonObject) => callOf(record)?.response_body_size, 'response/size'],
    outcome: worstOf(
      statusOutcome('response/status'),
      failureWhere((record) => callOf(record)?.error),
      refusedByList,
    ),
    source_ip: 'client_ip',
  },
})

/** The first call by which the agent acts; a batch of several is one request of Kong's. */
function callOf(record: JsonObject): JsonObject | undefined {
  const calls = valueAt(record, ['ai', 'mcp', 'rpc'])
  const list: readonly unknown[] = Array.isArray(calls) ? calls : isObject(calls) ? [calls] : []
  return (list.find((call) => isObject(call) && isMcpAction(call.method)) ?? list.find(isObject)) as
    | JsonObject
    | undefined
}

/** What the access lists of the AI MCP Proxy decided, which it writes beside the calls: the call is answered with a status of 200. */
function refusedByList(record: JsonObject): unknown {
  const audit = valueAt(record, ['ai', 'mcp', 'audit'])
  const decisions: readonly unknown[] = Array.isArray(audit) ? audit.slice(0, 64) : [audit]
  return decisions.some((one) => valueAt(one, ['action']) === 'deny') ? 'denied' : undefined
}

/** Payloads are JSON, or its text. */
function argumentsOf(payload: unknown): unknown {
  if (typeof payload !== 'string') return valueAt(payload, ['params', 'arguments'])
  try {
    return valueAt(JSON.parse(payload), ['params', 'arguments'])
  } catch {
    return undefined
  }
}
