import type { Fault } from '../record/event-draft.ts'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import { type Format, type Framing, isFault } from './format.ts'
import { dotted } from './table/dotted.ts'
import { pairsOf } from './table/logfmt.ts'
import { callsTool, mcpFormat } from './table/mcp-format.ts'
import { callerAddress } from './table/network-address.ts'
import type { Source } from './table/source.ts'
import { failureWhere, statusOutcome, worstOf } from './table/status-outcome.ts'

const method: Source = [dotted('mcp.method.name'), dotted('mcp.method')]
const tool: Source = [dotted('gen_ai.tool.name'), dotted('mcp.tool.name'), dotted('mcp.resource.name')]

/** The access log of agentgateway, as JSON or as the text that it writes by default (`agentgateway.dev`, MCP observability). */
export const agentgateway: Format = mcpFormat({
  name: 'agentgateway',
  title: 'agentgateway: access log, as JSON or text',
  marks: ['gateway', 'listener', 'route', 'mcp.method.name', 'mcp.method', 'mcp.target'],
  detect: (value) =>
    ('mcp.target' in value || 'mcp.method' in value || 'gateway' in value || 'route' in value) &&
    ('src.addr' in value || 'http.status' in value || 'src' in value) &&
    !('mcp.provider.name' in value),
  decode: decodeText,
  framings: [tracingFields()],
  method,
  tool,
  table: {
    id: [dotted('request.id'), dotted('span.id')],
    time: ['time', 'timestamp', '@timestamp'],
    tenant_hint: [dotted('jwt.tid'), dotted('jwt.org_id')],
    agent: [
      ...[dotted('jwt.sub'), dotted('jwt.client_id'), dotted('jwt.azp'), dotted('apiKey.name'), dotted('api_key.name')],
      ...[dotted('mcp.client.name'), dotted('src.identity'), callerAddress(dotted('src.addr'))],
    ],
    names: [dotted('jwt.sub'), dotted('jwt.client_id'), dotted('jwt.azp'), dotted('apiKey.name')],
    session: [dotted('mcp.session.id'), dotted('session.id')],
    trace: dotted('trace.id'),
    parent_agent: [dotted('jwt.act.sub'), 'jwt.act'],
    credential_id: [dotted('jwt.jti'), dotted('apiKey.id')],
    credential_issued_at: dotted('jwt.iat'),
    credential_expires_at: dotted('jwt.exp'),
    credential_scopes: [dotted('jwt.scope'), dotted('jwt.scp'), dotted('jwt.roles')],
    system: [dotted('mcp.target'), dotted('mcp.tool.target'), 'endpoint', 'route', 'gateway'],
    resource: [dotted('mcp.resource.uri'), resourceName],
    destinations: [endpointAway],
    bytes_sent: [dotted('request.size'), dotted('http.request.body.size'), 'bytes_received'],
    bytes_received: [dotted('response.size'), dotted('http.response.body.size'), 'bytes_sent'],
    outcome: worstOf(statusOutcome(dotted('http.status')), failureWhere(['error', dotted('mcp.error')])),
    source_ip: dotted('src.addr'),
  },
})

/** Rust's `tracing` writes what is said in `fields`, and its time beside them. */
function tracingFields(): Framing {
  return {
    name: 'tracing fields',
    marks: ['fields'],
    open({ fields, timestamp, level }) {
      return isObject(fields) ? [{ value: { time: timestamp, level, ...fields }, optional: true }] : null
    },
  }
}

/** A server that runs beside the gateway is no other place. */
function endpointAway({ endpoint }: JsonObject): unknown {
  return typeof endpoint === 'string' && endpoint.startsWith('stdio:') ? undefined : endpoint
}

/** The name of a tool is no resource. */
function resourceName(record: JsonObject): unknown {
  return record['mcp.resource.type'] === 'tool' || callsTool(record['mcp.method.name'] ?? record['mcp.method'])
    ? undefined
    : record['mcp.resource.name']
}

/** One line: `TIME  level  request gateway=… src.addr=… mcp.method.name=… error="…"`. */
const textLine = /^(\d{4}-\d\d-\d\dT[0-9:.]+Z)\s+(\w+)\s+request:?\s+(\S.*)$/

function decodeText(bytes: Buffer): { json: unknown } | Fault | null {
  if (bytes.length > 16_384 || bytes[0] === undefined || bytes[0] < 0x30 || bytes[0] > 0x39) return null
  const line = textLine.exec(bytes.toString('utf8').trimEnd())
  if (line === null) return null
  const json = pairsOf(line[3] ?? '', { time: line[1] })
  if (isFault(json)) return json
  return 'gateway' in json || 'mcp.method' in json || 'mcp.method.name' in json ? { json } : null
}
