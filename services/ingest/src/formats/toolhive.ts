import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { mcpFormat } from './table/mcp-format.ts'
import { callerAddress } from './table/network-address.ts'
import { valueAt } from './table/source.ts'
import { statusOutcome, worstOf } from './table/status-outcome.ts'

/** Types of its events that stand for methods of the protocol where no method is named. */
const methods = {
  mcp_tool_call: 'tools/call',
  mcp_resource_read: 'resources/read',
  mcp_prompt_get: 'prompts/get',
  mcp_initialize: 'initialize',
  mcp_ping: 'ping',
  mcp_tools_list: 'tools/list',
  mcp_resources_list: 'resources/list',
  mcp_prompts_list: 'prompts/list',
  mcp_logging: 'logging/setLevel',
  mcp_completion: 'completion/complete',
  mcp_roots_list_changed: 'notifications/roots/list_changed',
}

/** ToolHive's audit log: one event for each request, as JSON (`docs.stacklok.com/toolhive`, audit logging). */
export const toolhive: Format = mcpFormat({
  name: 'toolhive',
  title: 'ToolHive: audit log',
  marks: ['audit_id', 'auditId', 'logged_at', 'loggedAt'],
  detect: (value) =>
    ('audit_id' in value || 'auditId' in value || 'logged_at' in value || 'loggedAt' in value) &&
    ('outcome' in value || 'subjects' in value) &&
    'type' in value,
  method: [{ at: 'type', values: methods }, 'target/method'],
  tool: ['target/name', 'target/tool', 'data/request/params/name'],
  table: {
    id: ['audit_id', 'auditId', 'metadata/auditId', 'metadata/audit_id'],
    time: ['logged_at', 'loggedAt', 'time'],
    agent: [
      'subjects/client_id',
      'subjects/agent',
      'subjects/client_name',
      named('subjects/user_id'),
      named('subjects/user'),
      callerAddress('source/value'),
    ],
    names: ['subjects/client_id', 'subjects/agent', 'subjects/user_id', 'subjects/user', 'subjects/client_name'],
    owner: [named('subjects/user')],
    session: ['metadata/extra/session_id', 'source/extra/session_id', 'session_id'],
    trace: ['metadata/extra/request_id', 'source/extra/request_id', 'trace_id'],
    parent_agent: delegatedBy,
    system: ['metadata/extra/backend_name', 'component', 'target/backend', 'target/endpoint', { constant: 'mcp' }],
    resource: [
      'target/uri',
      (record) =>
        valueAt(record, ['target', 'type']) === 'resource' ? valueAt(record, ['target', 'name']) : undefined,
    ],
    argument_names: ['data/request/params/arguments', 'data/request/arguments'],
    bytes_sent: 'metadata/extra/request_size_bytes',
    bytes_received: 'metadata/extra/response_size_bytes',
    outcome: worstOf(
      {
        at: 'outcome',
        values: {
          success: 'success',
          failure: 'failure',
          error: 'failure',
          application_error: 'failure',
          denied: 'denied',
        },
      },
      statusOutcome('metadata/extra/status'),
    ),
    source_ip: 'source/value',
  },
})

/** ToolHive calls whoever did not sign in `anonymous`. */
function named(path: string) {
  const names = path.split('/')
  return (record: JsonObject): unknown => {
    const name = valueAt(record, names)
    return name === 'anonymous' ? undefined : name
  }
}

/** The last of those who passed the request on. */
function delegatedBy(record: JsonObject): unknown {
  const chain = record.delegation_chain ?? record.delegationChain
  const links = isObject(chain) ? (chain.links ?? chain.actors ?? chain.chain) : chain
  const last: unknown = Array.isArray(links) ? links.at(-1) : undefined
  return isObject(last) ? (last.sub ?? last.subject ?? last.client_id) : last
}
