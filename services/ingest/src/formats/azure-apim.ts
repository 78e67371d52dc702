import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { mcpFormat } from './table/mcp-format.ts'
import { codeText, type Source, valueAt } from './table/source.ts'
import { failureWhere, statusOutcome, worstOf } from './table/status-outcome.ts'

/** A column of the table in Log Analytics, or the same in a diagnostic record's `properties`. */
const column = (name: string): Source => [
  name,
  `properties/${name}`,
  `properties/${name[0]?.toLowerCase()}${name.slice(1)}`,
]

/** Azure API Management's log of MCP requests (table `ApiManagementGatewayMCPLog`), from Log Analytics or an Event Hub. */
export const azureApim: Format = mcpFormat({
  name: 'azure-apim',
  title: 'Azure API Management: `ApiManagementGatewayMCPLog`',
  marks: ['McpServerEndpoint', 'ToolName', 'ServerName', 'CorrelationId', 'category', 'Category'],
  detect: (value) =>
    value.Type === 'ApiManagementGatewayMCPLog' ||
    // Its log of all requests: what is no call of MCP is passed over by name.
    value.Type === 'ApiManagementGatewayLogs' ||
    value.category === 'GatewayLogs' ||
    'McpServerEndpoint' in value ||
    ('ToolName' in value && 'ServerName' in value) ||
    /gateway\w*mcp|mcp\w*gateway/i.test(codeText(value.category ?? value.Category ?? '')) ||
    isMcp(value.properties),
  method: [column('Method')],
  tool: column('ToolName'),
  table: {
    id: [column('CorrelationId'), 'correlationId'],
    time: ['TimeGenerated', 'time', column('Timestamp')],
    agent: [column('ClientId'), column('ClientName'), column('UserId'), column('CallerIpAddress'), column('SessionId')],
    names: [column('ClientId'), column('ClientName')],
    session: column('SessionId'),
    trace: [column('CorrelationId'), 'correlationId'],
    system: [column('ServerName'), column('McpServerEndpoint'), column('ApiId'), { constant: 'mcp' }],
    destinations: [column('McpServerEndpoint')],
    outcome: worstOf(
      statusOutcome(column('ResponseCode')),
      failureWhere(column('ErrorType')),
      failureWhere(column('Error')),
    ),
    source_ip: [column('CallerIpAddress'), 'callerIpAddress'],
  },
})

const isMcp = (properties: unknown): boolean =>
  isObject(properties) &&
  (has(properties, 'mcpServerEndpoint', 'McpServerEndpoint') ||
    (has(properties, 'toolName', 'ToolName') && has(properties, 'serverName', 'ServerName')))
const has = (value: JsonObject, ...names: readonly string[]): boolean =>
  names.some((name) => valueAt(value, [name]) !== undefined)
