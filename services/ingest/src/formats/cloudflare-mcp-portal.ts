import type { Format } from './format.ts'
import { mcpFormat } from './table/mcp-format.ts'
import { failureWhere, worstOf } from './table/status-outcome.ts'

/** Cloudflare's log of MCP server portals (Logpush data set `mcp_portal_logs`). */
export const cloudflareMcpPortal: Format = mcpFormat({
  name: 'cloudflare-mcp-portal',
  title: 'Cloudflare: Logpush of MCP server portals',
  marks: ['PortalID', 'PortalAUD', 'ToolCallName'],
  detect: (value) => ('PortalID' in value || 'PortalAUD' in value) && 'Method' in value,
  method: 'Method',
  tool: 'ToolCallName',
  table: {
    time: 'Datetime',
    agent: ['UserEmail', 'UserID', 'ClientIP'],
    names: ['UserID', 'UserEmail'],
    session: 'SessionID',
    system: ['ServerID', 'ServerURL', 'PortalID'],
    resource: 'ResourceReadURI',
    destinations: ['ServerURL'],
    outcome: worstOf({ at: 'Success', values: { true: 'success', false: 'failure' } }, failureWhere('Error')),
    source_ip: 'ClientIP',
  },
})
