import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { mcpFormat } from './table/mcp-format.ts'
import { valueAt } from './table/source.ts'
import { failureWhere, statusOutcome, worstOf } from './table/status-outcome.ts'

/** Obot's audit log of MCP, as its API, its exports and its webhooks write it. */
export const obot: Format = mcpFormat({
  name: 'obot',
  title: 'Obot: audit log of MCP',
  marks: ['callType', 'mcpServerDisplayName', 'mcpID', 'eventType'],
  detect: (value) =>
    ('callType' in value && ('mcpID' in value || 'mcpServerDisplayName' in value || 'callIdentifier' in value)) ||
    (isObject(value.action) && 'operation' in value.action && isObject(value.target) && 'targetType' in value.target),
  // Coding agents on a person's own machine report their tools as `tool`.
  method: {
    at: ['callType', 'action/operation'],
    values: {
      tool: 'tools/call',
      'tools/call': 'tools/call',
      'resources/read': 'resources/read',
      'prompts/get': 'prompts/get',
    },
    otherwise: 'lifecycle',
  },
  tool: ['callIdentifier', 'action/name'],
  table: {
    id: ['requestID', 'id'],
    // Exports since July 2026 say what and who in objects.
    time: ['createdAt', 'created', 'timestamp/occurredAt', 'timestamp/recordedAt'],
    agent: ['apiKey', 'client/name', 'clientName', clientOf, 'userID', 'actor/id', 'userAgent', 'clientIP'],
    names: [userAndClient, 'userID', 'apiKey', 'client/name', 'clientName', clientOf, 'actor/id'],
    owner: [
      'userID',
      (record) => (valueAt(record, ['actor', 'actorType']) === 'user' ? valueAt(record, ['actor', 'id']) : undefined),
    ],
    session: ['sessionID', 'details/trace/sessionID', 'details/session/id'],
    trace: ['requestID', 'details/trace/requestID', 'details/trace/toolUseID'],
    credential_id: ['apiKey', 'apiKeyID'],
    system: ['mcpServerDisplayName', 'mcpServerCatalogEntryName', 'mcpID', target, { constant: 'mcp' }],
    resource: readResource,
    argument_names: ['requestBody/params/arguments', 'requestBody/arguments'],
    outcome: worstOf(
      statusOutcome(['responseStatus', 'outcome/httpStatus']),
      failureWhere(['error', 'outcome/error']),
      {
        at: 'outcome/status',
        values: { success: 'success', denied: 'denied', blocked: 'denied' },
        otherwise: 'failure',
      },
    ),
    source_ip: ['clientIP', 'details/network/clientIP'],
    source_host: 'details/device/hostname',
  },
})

function clientOf({ client }: JsonObject): unknown {
  return typeof client === 'string' ? client : undefined
}

/** The server that was asked; a tool of the agent's own machine is on no server. */
function target(record: JsonObject): unknown {
  const kind = valueAt(record, ['target', 'targetType'])
  return kind === 'local_tool' ? 'local' : valueAt(record, ['target', 'name'])
}

function readResource(record: JsonObject): unknown {
  if (record.callType === 'resources/read') return record.callIdentifier
  return valueAt(record, ['action', 'operation']) === 'resources/read' ? valueAt(record, ['action', 'name']) : undefined
}

/** Two people may use the same client: `person/client` tells them apart in the registry. */
function userAndClient(record: JsonObject): unknown {
  const client = isObject(record.client) ? record.client.name : record.clientName
  return typeof record.userID === 'string' && typeof client === 'string' ? `${record.userID}/${client}` : undefined
}
