import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { isMcpAction } from './table/mcp-format.ts'
import { readByTable } from './table/read-by-table.ts'
import { isNothing, valueAt } from './table/source.ts'
import { statusOutcome, worstOf } from './table/status-outcome.ts'

const payload = 'jsonPayload'
const gateway = `${payload}/agentGatewayInfo`

const read = readByTable({
  id: 'insertId',
  time: ['timestamp', 'receiveTimestamp'],
  tenant_hint: 'resource/labels/project_id',
  agent: [
    ...[
      `${gateway}/agentIdentity`,
      `${gateway}/agentId`,
      `${gateway}/clientAgent`,
      `${payload}/authzPolicyInfo/principal`,
    ],
    ...[`${payload}/sourceInfo/serviceAccount`, `${payload}/mtls/clientCertUriSans/0`, `${payload}/tls/clientSpiffeId`],
    ...['httpRequest/remoteIp', 'resource/labels/gateway_name'],
  ],
  names: [`${gateway}/agentIdentity`, `${gateway}/agentId`, `${payload}/authzPolicyInfo/principal`],
  session: [`${gateway}/mcpInfo/sessionId`, 'trace'],
  trace: ['trace', 'spanId'],
  tool: toolOf,
  system: [
    ...[`${gateway}/mcpInfo/serverName`, registryName, `${payload}/enforcedGatewaySecurityPolicy/hostname`],
    ...[hostOf, 'resource/labels/gateway_name'],
  ],
  resource: ['httpRequest/requestUrl', `${gateway}/agentRegistryResource`],
  action: [toolOf, `${gateway}/mcpInfo/method`, `${gateway}/a2aInfo/method`, 'httpRequest/requestMethod'],
  destinations: [`${payload}/enforcedGatewaySecurityPolicy/hostname`, hostOf],
  bytes_sent: 'httpRequest/requestSize',
  bytes_received: 'httpRequest/responseSize',
  outcome: worstOf(decisionOf, statusOutcome('httpRequest/status')),
  source_ip: 'httpRequest/remoteIp',
})

/** Google's Agent Gateway: requests of agents to tools, models and other agents, with what its policies decided. */
export const googleAgentGateway: Format = {
  name: 'google-agent-gateway',
  title: 'Google Cloud: Agent Gateway and Secure Web Proxy (`LogEntry` with `httpRequest`)',
  marks: ['httpRequest'],
  detect: (value) =>
    isObject(value.httpRequest) &&
    isObject(value.resource) &&
    value.resource.type === 'networkservices.googleapis.com/Gateway',
  read(value) {
    const method = valueAt(value, ['jsonPayload', 'agentGatewayInfo', 'mcpInfo', 'method'])
    return isNothing(method) || isMcpAction(method) ? read(value) : { passed_over: 'google-agent-gateway lifecycle' }
  },
}

function toolOf(record: JsonObject): unknown {
  const mcp = valueAt(record, ['jsonPayload', 'agentGatewayInfo', 'mcpInfo'])
  return valueAt(mcp, ['toolName']) ?? valueAt(mcp, ['tool']) ?? valueAt(mcp, ['params', 'name'])
}

function registryName(record: JsonObject): unknown {
  const name = valueAt(record, ['jsonPayload', 'agentGatewayInfo', 'agentRegistryResource'])
  return typeof name === 'string' ? name.split('/').at(-1) : undefined
}

function hostOf(record: JsonObject): unknown {
  const url = valueAt(record, ['httpRequest', 'requestUrl'])
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).host : undefined
}

/** What policies decided; in a dry run they refuse nothing. */
function decisionOf(record: JsonObject): unknown {
  const results = [
    valueAt(record, ['jsonPayload', 'authzPolicyInfo', 'result']),
    valueAt(record, ['jsonPayload', 'enforcedGatewaySecurityPolicy', 'matchedRules', '0', 'action']),
    valueAt(record, ['jsonPayload', 'enforcedGatewaySecurityPolicy', 'matchedRules', 'action']),
  ]
  return results.includes('DENIED') ? 'denied' : results.includes('ALLOWED') ? 'success' : undefined
}
