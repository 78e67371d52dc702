import type { Fault } from '../record/event-draft.ts'
import { type Format, isFault } from './format.ts'
import { pairsOf } from './table/logfmt.ts'
import { mcpFormat } from './table/mcp-format.ts'
import { failureWhere, statusOutcome, worstOf } from './table/status-outcome.ts'

/** Tyk Gateway's access log with its fields of MCP (`tyk.io/docs`, MCP access logs). */
export const tyk: Format = mcpFormat({
  name: 'tyk',
  title: 'Tyk Gateway: access log of MCP',
  marks: ['mcp_method', 'api_type', 'api_id'],
  detect: (value) => ('mcp_method' in value || 'api_id' in value) && ('prefix' in value || 'api_type' in value),
  decode: decodeText,
  method: 'mcp_method',
  tool: 'mcp_primitive_name',
  table: {
    id: ['request_id', 'trace_id'],
    time: ['time', 'timestamp', 'ts'],
    tenant_hint: 'org_id',
    agent: ['api_key_alias', 'alias', 'oauth_client_id', 'oauth_id', 'jwt_sub', 'api_key', 'user_agent', 'client_ip'],
    names: ['api_key', 'api_key_alias', 'alias', 'oauth_client_id', 'oauth_id'],
    session: ['mcp_session_id', 'session_id'],
    trace: 'trace_id',
    credential_id: ['api_key', 'token_id'],
    system: ['api_name', 'api_id', 'listen_path', 'host'],
    resource: [
      'mcp_resource_uri',
      (record) => (record.mcp_primitive_type === 'resource' ? record.mcp_primitive_name : undefined),
    ],
    destinations: ['upstream_addr'],
    bytes_sent: ['request_size', 'content_length'],
    bytes_received: ['response_size', 'bytes_sent'],
    outcome: worstOf(statusOutcome(['response_code', 'status']), failureWhere('mcp_error_code')),
    source_ip: ['client_ip', 'remote_addr'],
  },
})

/** The text that Tyk writes unless it is set to write JSON: `time="…" level=info api_id=… api_type=mcp mcp_method=…`. */
function decodeText(bytes: Buffer): { json: unknown } | Fault | null {
  if (bytes.length > 16_384 || bytes.includes(0x0a) || !/^(?:time|level)=/.test(bytes.toString('latin1', 0, 8)))
    return null
  const json = pairsOf(bytes.toString('utf8'))
  if (isFault(json)) return json
  return 'mcp_method' in json ? { json } : null
}
