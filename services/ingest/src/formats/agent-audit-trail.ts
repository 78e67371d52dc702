import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { readByTable } from './table/read-by-table.ts'
import { isNothing } from './table/source.ts'

const of = (...names: readonly string[]) => names.map((name) => `action_detail/${name}`)

/**
 * Records of the draft for an audit trail of agents (`draft-sharif-agent-audit-trail`). What an action is about stands in `action_detail`,
 * whose fields differ by who writes it.
 */
export const agentAuditTrail: Format = {
  name: 'agent-audit-trail',
  title: 'Agent Audit Trail: records of the IETF draft',
  marks: ['record_id', 'action_type'],
  detect: (value) => 'agent_id' in value && 'action_type' in value && ('record_id' in value || 'prev_hash' in value),
  read: readByTable({
    id: 'record_id',
    time: ['timestamp', 'time'],
    tenant_hint: ['tenant_id', 'organization_id'],
    agent: 'agent_id',
    names: ['agent_id', 'agent_name'],
    owner: ['owner', 'principal', 'on_behalf_of'],
    session: ['session_id', 'trace_id'],
    trace: ['trace_id', 'parent_record_id'],
    parent_agent: ['parent_agent_id', 'delegated_by', ...of('delegated_by', 'parent_agent_id', 'from_agent')],
    privilege: ['trust_level'],
    tool: of('tool_name', 'tool', 'function', 'function_name'),
    system: [...of('system', 'server', 'mcp_server', 'service', 'api', 'target_system'), systemOf],
    resource: of('resource', 'resource_id', 'path', 'file', 'uri', 'object', 'table'),
    action: [...of('tool_name', 'tool', 'function', 'function_name', 'operation', 'method'), 'action_type'],
    destinations: of('destination', 'url', 'endpoint', 'recipient', 'host').map((path) => path),
    argument_names: of('arguments', 'parameters', 'params', 'input'),
    bytes_sent: of('bytes_sent', 'request_bytes'),
    bytes_received: of('bytes_received', 'response_bytes'),
    records: of('records', 'record_count', 'rows'),
    // What was handed to a person has not ended.
    outcome: {
      at: 'outcome',
      values: { success: 'success', failure: 'failure', timeout: 'failure', denied: 'denied', error: 'failure' },
    },
    source_ip: ['source_ip', ...of('source_ip')],
  }),
}

/** What stands before a tool's first dot, else the kind of action. */
function systemOf(record: JsonObject): unknown {
  const detail = isObject(record.action_detail) ? record.action_detail : {}
  const tool = detail.tool_name ?? detail.tool
  const [, before] = typeof tool === 'string' ? (/^([\w-]+?)(?:__|[./:])./.exec(tool) ?? []) : []
  return before ?? (isNothing(record.system) ? record.action_type : record.system)
}
