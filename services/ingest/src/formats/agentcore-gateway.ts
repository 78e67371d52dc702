import type { JsonObject } from '../record/field-reader.ts'
import { singleJson } from '../record/inner-json.ts'
import type { Format } from './format.ts'
import { mcpFormat } from './table/mcp-format.ts'
import { type Source, valueAt } from './table/source.ts'

const claims: Source = ['body/jwtClaims/sub', 'body/jwt_claims/sub', 'body/claims/sub', 'jwt_claims/sub']

/** Amazon Bedrock AgentCore Gateway's own log in CloudWatch, S3 or Firehose; its data events are CloudTrail's. */
const gateway = mcpFormat({
  name: 'agentcore-gateway',
  title: 'Amazon Bedrock AgentCore Gateway: application log',
  marks: ['event_timestamp', 'resource_arn'],
  detect: (value) =>
    'event_timestamp' in value &&
    typeof value.resource_arn === 'string' &&
    // A runtime's own log has no body, and no call of a tool.
    value.resource_arn.includes(':bedrock-agentcore:'),
  method: methodOf,
  tool: (record) => toolOf(record),
  table: {
    id: 'request_id',
    time: ['event_timestamp', 'timestamp'],
    tenant_hint: 'account_id',
    agent: [claims, 'body/clientId', 'body/client_id', 'body/principal', gatewayOf],
    names: [claims, 'body/clientId', 'body/client_id'],
    session: ['session_id', 'body/sessionId'],
    trace: 'trace_id',
    system: [targetOf, gatewayOf],
    resource: 'resource_arn',
    argument_names: (record) => valueAt(record.request, ['params', 'arguments']) ?? printedNames(record),
    outcome: {
      at: 'body/isError',
      values: { true: 'failure', false: 'success' },
    },
    source_ip: 'body/sourceIp',
  },
})

/** The request is taken apart once, for all that ask for it. */
export const agentcoreGateway: Format = {
  ...gateway,
  read(value, headers) {
    // Set by itself: what is written behind a spread is several times slower.
    const record: Record<string, unknown> = { ...value }
    record.request = requestOf(value)
    return gateway.read(record, headers)
  },
}

/** The request is JSON, its text, or the way in which Java prints a map: `{method=tools/call, params={name=x}}`. */
function requestOf(record: JsonObject): unknown {
  const request = valueAt(record, ['body', 'requestBody'])
  return typeof request === 'string' ? singleJson(request) : request
}

function methodOf(record: JsonObject): unknown {
  const method = valueAt(record.request, ['method'])
  if (typeof method === 'string') return method
  const text = valueAt(record, ['body', 'requestBody'])
  const printed = typeof text === 'string' ? /\bmethod=([\w/]{1,100})/.exec(text.slice(0, 20_000))?.[1] : undefined
  return printed ?? (namedInLog(record) === undefined ? undefined : 'tools/call')
}

function toolOf(record: JsonObject): unknown {
  const name = valueAt(record.request, ['params', 'name'])
  if (typeof name === 'string') return name
  const text = valueAt(record, ['body', 'requestBody'])
  const printed =
    typeof text === 'string'
      ? /\bparams=\{(?:[^{}]*, )?name=([^,{}]{1,300})/.exec(text.slice(0, 20_000))?.[1]
      : undefined
  return printed ?? namedInLog(record)
}

function namedInLog(record: JsonObject): string | undefined {
  const log = valueAt(record, ['body', 'log'])
  return typeof log === 'string' ? /^Executing tool (\S{1,300})/.exec(log)?.[1] : undefined
}

/** Names of the arguments in a map that Java printed: what stands before `=` at their own depth. */
function printedNames(record: JsonObject): string[] | undefined {
  const text = valueAt(record, ['body', 'requestBody'])
  const start = typeof text === 'string' ? text.indexOf('arguments={') : -1
  if (typeof text !== 'string' || start < 0) return undefined
  const names: string[] = []
  let depth = 0
  let from = start + 'arguments={'.length
  for (let at = from; at < Math.min(text.length, 20_000) && depth >= 0; at++) {
    const char = text[at]
    if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') depth--
    if (depth === 0 && char === '=' && from >= 0) {
      names.push(text.slice(from, at).trim())
      from = -1
    }
    if (depth === 0 && char === ',' && text[at + 1] === ' ') from = at + 2
  }
  return names.filter((name) => /^[\w.-]{1,100}$/.test(name)).slice(0, 64)
}

/** Tools are `target___tool`. */
function targetOf(record: JsonObject): unknown {
  const tool = toolOf(record)
  return typeof tool === 'string' ? /^(.+?)___./.exec(tool)?.[1] : undefined
}

function gatewayOf(record: JsonObject): unknown {
  return typeof record.resource_arn === 'string'
    ? record.resource_arn.slice(record.resource_arn.lastIndexOf('/') + 1)
    : undefined
}
