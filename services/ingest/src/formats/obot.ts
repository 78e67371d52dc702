import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { mcpFormat } from './table/mcp-format.ts'
import { failureWhere, statusOutcome, worstOf } from './table/status-outcome.ts'

/** Obot's audit log of MCP, as its API, its exports and its webhooks write it. */
export const obot: Format = mcpFormat({
  name: 'obot',
  title: 'Obot: audit log of MCP',
  marks: ['callType', 'mcpServerDisplayName', 'mcpID'],
  detect: (value) =>
    'callType' in value && ('mcpID' in value || 'mcpServerDisplayName' in value || 'callIdentifier' in value),
  // Coding agents on a person's own machine report their tools as `tool`.
  method: {
    at: 'callType',
    values: {
      tool: 'tools/call',
      'tools/call': 'tools/call',
      'resources/read': 'resources/read',
      'prompts/get': 'prompts/get',
    },
    otherwise: 'lifecycle',
  },
  tool: 'callIdentifier',
  table: {
    id: ['requestID', 'id'],
    time: ['createdAt', 'created'],
    agent: ['apiKey', 'client/name', 'clientName', 'userID', 'userAgent', 'clientIP'],
    names: [userAndClient, 'userID', 'apiKey', 'client/name', 'clientName'],
    owner: 'userID',
    session: 'sessionID',
    trace: 'requestID',
    credential_id: ['apiKey', 'apiKeyID'],
    system: ['mcpServerDisplayName', 'mcpServerCatalogEntryName', 'mcpID', { constant: 'mcp' }],
    resource: (record) => (record.callType === 'resources/read' ? record.callIdentifier : undefined),
    argument_names: ['requestBody/params/arguments', 'requestBody/arguments'],
    outcome: worstOf(statusOutcome('responseStatus'), failureWhere('error')),
    source_ip: 'clientIP',
  },
})

/** Two people may use the same client: `person/client` tells them apart in the registry. */
function userAndClient(record: JsonObject): unknown {
  const client = isObject(record.client) ? record.client.name : record.clientName
  return typeof record.userID === 'string' && typeof client === 'string' ? `${record.userID}/${client}` : undefined
}
