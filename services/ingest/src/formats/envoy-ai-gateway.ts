import type { Format } from './format.ts'
import { dotted } from './table/dotted.ts'
import { mcpFormat } from './table/mcp-format.ts'
import { callerAddress } from './table/network-address.ts'
import { failureWhere, statusOutcome, worstOf } from './table/status-outcome.ts'

/** Of calls of tools and of models, which are passed over. */
const marks = [
  ...['mcp.method.name', 'mcp.provider.name', 'mcp_method', 'mcp_backend'],
  ...['gen_ai.request.model', 'gen_ai.provider.name', 'genai_model_name', 'llm_model_name'],
]

/** The access log that Envoy AI Gateway writes for MCP, with the names that its documentation gives the fields. */
export const envoyAiGateway: Format = mcpFormat({
  name: 'envoy-ai-gateway',
  title: 'Envoy AI Gateway: access log of MCP',
  marks,
  detect: (value) =>
    marks.some((mark) => mark in value) && ('response_code' in value || 'start_time' in value) && !('api_id' in value),
  method: ['mcp.method.name', 'mcp_method'],
  tool: ['mcp.tool.name', 'gen_ai.tool.name', 'mcp_tool_name'],
  table: {
    id: ['x-request-id', 'request_id', 'request.id', 'x_request_id'],
    time: ['start_time', 'time', 'timestamp', '@timestamp'],
    agent: [
      ...['agent.id', 'agent', 'jwt.sub', 'jwt_sub', 'client.id', 'client_id', 'x-client-id', 'user.id'],
      ...[
        'mcp.client.name',
        callerAddress(['x-forwarded-for', 'downstream_remote_address', 'downstream_direct_remote_address']),
      ],
    ],
    names: ['agent.id', 'jwt.sub', 'jwt_sub', 'client.id', 'client_id'],
    session: ['session.id', 'mcp.session.id', 'mcp_session_id'],
    trace: ['trace_id', 'traceparent', 'trace.id'],
    credential_id: ['jwt.jti', 'jwt_jti'],
    credential_expires_at: ['jwt.exp', 'jwt_exp'],
    credential_scopes: ['jwt.scope', 'jwt_scope'],
    system: ['mcp.provider.name', 'mcp.backend.name', 'mcp_backend', 'upstream_cluster', { constant: 'mcp' }],
    resource: ['mcp.resource.uri', 'mcp_resource_uri', dotted('mcp.resource.name')],
    destinations: ['upstream_host'],
    bytes_sent: 'bytes_received',
    bytes_received: 'bytes_sent',
    outcome: worstOf(statusOutcome('response_code'), failureWhere(['error.type', 'mcp.error.code'])),
    source_ip: ['x-forwarded-for', 'downstream_remote_address', 'downstream_direct_remote_address'],
  },
})
