import { isObject, type JsonObject } from '../record/field-reader.ts'
import { singleJson } from '../record/inner-json.ts'
import type { Format } from './format.ts'
import { mcpFormat } from './table/mcp-format.ts'
import { valueAt } from './table/source.ts'
import { failureWhere, statusOutcome, worstOf } from './table/status-outcome.ts'

const call = 'metadata/mcp_tool_call_metadata'
const key = 'metadata/user_api_key'

const gateway = mcpFormat({
  name: 'litellm',
  title: 'LiteLLM: its log of calls (`StandardLoggingPayload`, spend logs), with the MCP gateway',
  marks: ['call_type'],
  detect: (value) =>
    typeof value.call_type === 'string' && 'startTime' in value && 'model' in value && 'metadata' in value,
  method: {
    at: 'call_type',
    values: { call_mcp_tool: 'tools/call', list_mcp_tools: 'tools/list' },
  },
  tool: [`${call}/name`, `${call}/namespaced_tool_name`, 'mcp_namespaced_tool_name', toolInModel],
  table: {
    id: ['id', 'request_id'],
    time: ['endTime', 'startTime'],
    tenant_hint: [`${key}_org_id`, 'organization_id'],
    agent: ['agent_id', `${key}_alias`, `${key}_user_id`, 'user', `${key}_hash`, 'api_key'],
    names: [`${key}_alias`, `${key}_hash`, 'api_key', `${key}_user_id`, `${key}_team_alias`],
    owner: [`${key}_user_email`, `${key}_user_id`, 'user'],
    session: [`${call}/mcp_session_id`, 'session_id'],
    trace: 'trace_id',
    credential_id: [`${key}_hash`, 'api_key'],
    system: [`${call}/mcp_server_name`, { constant: 'mcp' }],
    argument_names: `${call}/arguments`,
    outcome: worstOf(
      { at: ['status', 'metadata/status'], values: { success: 'success' }, otherwise: 'failure' },
      statusOutcome(['error_information/error_code', 'metadata/error_information/error_code']),
      failureWhere([
        'error_information/error_message',
        'metadata/error_information/error_message',
        'error_str',
        'response/error',
      ]),
      failureWhere('response/isError'),
    ),
    source_ip: ['requester_ip_address', 'metadata/requester_ip_address'],
  },
})

/** LiteLLM's log of calls, from its callbacks or its table; calls of models are passed over. */
export const litellm: Format = {
  ...gateway,
  read(value, headers) {
    // Rows of the table hold JSON as text.
    const metadata = typeof value.metadata === 'string' ? singleJson(value.metadata) : value.metadata
    const record: Record<string, unknown> = { ...value }
    record.metadata = isObject(metadata) ? metadata : undefined
    return gateway.read(record, headers)
  },
}

/** `MCP: TOOL` stands where calls of models name theirs. */
function toolInModel(record: JsonObject): unknown {
  const model = valueAt(record, ['model'])
  return typeof model === 'string' ? /^MCP: (.{1,512})$/.exec(model)?.[1] : undefined
}
