import type { Fault, FormatDraft } from '../record/event-draft.ts'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import { singleJson } from '../record/inner-json.ts'
import type { Format, Framing, PassedOver } from './format.ts'
import { isMcpAction, mcpAction, mcpTool } from './table/mcp-format.ts'
import { readByTable } from './table/read-by-table.ts'
import { type Source, valueAt } from './table/source.ts'
import { saysDenied } from './table/status-outcome.ts'

/** Where recorders put a message of JSON-RPC in the line that says when and whose it was. */
const inside = ['message', 'msg', 'payload', 'rpc', 'frame', 'data', 'body', 'json', 'raw'] as const
const method: Source = 'request/method'
const tool: Source = 'request/params/name'
const meta = 'request/params/_meta/io.modelcontextprotocol'

const readCall = readByTable({
  // A message's own id counts requests of one session, and comes again in the next.
  id: (record) => (record.jsonrpc === '2.0' ? record.event_id : (record.id ?? record.event_id)),
  time: ['timestamp', 'time', 'ts', '@timestamp', 'at', 'created_at', 'received_at', 'request/timestamp'],
  agent: [
    ...['agent', 'agent_id', 'agentId', 'agent_name', 'client_id', 'clientId', 'client', 'client_name', 'clientName'],
    ...['client/name', 'sub', 'subject', 'user', 'user_id', 'userId', 'principal'],
    (record) => valueAt(record, ['request', 'params', '_meta', 'io.modelcontextprotocol/clientInfo', 'name']),
    ...[`${meta}/clientInfo/name`, 'request/params/clientInfo/name', 'session', 'session_id', 'sessionId'],
    // A bare transcript names nobody: whose it is says the registry, or a token.
    { constant: 'mcp-client' },
  ],
  owner: ['owner', 'on_behalf_of'],
  session: ['session', 'session_id', 'sessionId', 'mcp_session_id', 'mcp-session-id', 'conversation_id'],
  trace: ['trace', 'trace_id', 'traceId', traceOf],
  parent_agent: ['parent_agent', 'delegated_by'],
  credential_id: ['credential', 'credential_id', 'token_id', 'jti'],
  tool: mcpTool(method, tool),
  system: [
    'server',
    'server_name',
    'serverName',
    'server/name',
    'target',
    'upstream',
    'mcp_server',
    { constant: 'mcp' },
  ],
  resource: 'request/params/uri',
  action: mcpAction(method, tool),
  argument_names: 'request/params/arguments',
  bytes_sent: ['bytes_sent', 'request_bytes', 'request_size'],
  bytes_received: ['bytes_received', 'response_bytes', 'response_size'],
  outcome: outcomeOf,
  source_ip: ['client_ip', 'source_ip', 'remote_addr', 'ip'],
})

function read(value: JsonObject): FormatDraft | PassedOver | Fault {
  const call = mcpCallIn(value)
  const request = call?.request
  if (request === undefined) return { passed_over: 'json-rpc response' }
  if (!isMcpAction(request.method)) return { passed_over: 'json-rpc lifecycle' }
  // Set one by one: what is written behind a spread is several times slower.
  const record: Record<string, unknown> = { ...value }
  record.request = request
  record.response = call?.response
  return readCall(record)
}

/** The request and the response that a line holds. */
export interface McpCall {
  readonly request?: JsonObject
  readonly response?: JsonObject
}

/** The request and the response that a line holds; `null` where it holds neither. */
export function mcpCallIn(value: JsonObject): McpCall | null {
  const bare = bareCallIn(value)
  if (bare !== null) return bare
  const request = messageOf(value.request)
  const response = messageOf(value.response)
  if (request !== null && 'method' in request) return { request, ...(response === null ? {} : { response }) }
  if (response !== null) return { response }
  const message = isMessage(value) ? value : innerMessage(value)
  if (message === null) return null
  return 'method' in message ? { request: message } : { response: message }
}

const acts = /^(?:tools|resources|prompts)\/(?:call|read|get|list)$/

/** MCP's Inspector keeps a call's method and parameters, and its result or error, without what JSON-RPC puts around them. */
function bareCallIn(value: JsonObject): McpCall | null {
  const request = objectOf(value.request)
  if (request === null || 'jsonrpc' in request || typeof request.method !== 'string' || !acts.test(request.method))
    return null
  const response = objectOf(value.response)
  if (response === null) return { request }
  return { request, response: 'error' in response || 'result' in response ? response : { result: response } }
}

function objectOf(value: unknown): JsonObject | null {
  const read = typeof value === 'string' && value.startsWith('{') ? singleJson(value) : value
  return isObject(read) ? read : null
}

function innerMessage(value: JsonObject): JsonObject | null {
  for (const name of inside) {
    const message = messageOf(value[name])
    if (message !== null) return message
  }
  return null
}

function messageOf(value: unknown): JsonObject | null {
  const message = typeof value === 'string' && value.startsWith('{"') ? singleJson(value) : value
  return isObject(message) && isMessage(message) ? message : null
}

const isMessage = (value: JsonObject): boolean =>
  value.jsonrpc === '2.0' && ('method' in value || 'result' in value || 'error' in value)

/** W3C trace context rides in the parameters. */
function traceOf(record: JsonObject): unknown {
  const parent = valueAt(record, ['request', 'params', '_meta', 'traceparent'])
  return typeof parent === 'string' ? /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(parent)?.[1] : undefined
}

/** A line of a desktop client's own log of its servers: `TIME [server] [info] Message from client: {…} { metadata: … }`. */
const desktopLine =
  /^(\d{4}-\d\d-\d\dT[0-9:.]+Z) \[([^\]]{1,200})\] (?:\[\w+\] )?Message from (client|server): (\{.*\})(?: \{ metadata: .{0,200}\})?$/s

function decodeDesktopLine(bytes: Buffer): { json: unknown } | null {
  if (bytes.length > 1_048_576 || !/^[\d[(<>-]/.test(bytes.toString('latin1', 0, 1))) return null
  const [, timestamp, server, from, text = ''] = desktopLine.exec(bytes.toString('utf8').trimEnd()) ?? []
  if (timestamp === undefined) return timedLine(bytes)
  const message = singleJson(text) ?? singleJson(text.replace(/ \{ metadata: [^{}]{0,200}\}$/, ''))
  return isObject(message) ? { json: { timestamp, server, from, message } } : null
}

const moment = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?/
const aheadMax = 200

/** A line of a transcript: a moment, what its recorder says beside it, and a message to the end of the line. */
function timedLine(bytes: Buffer): { json: unknown } | null {
  const start = bytes.indexOf(0x7b)
  if (start < 1 || start > aheadMax || bytes.includes(0x0a)) return null
  const [timestamp] = moment.exec(bytes.toString('utf8', 0, start)) ?? []
  const message = timestamp === undefined ? undefined : singleJson(bytes.toString('utf8', start).trimEnd())
  if (timestamp === undefined || !isObject(message) || !isMessage(message)) return null
  return { json: { timestamp: timestamp.replace(',', '.'), message } }
}

/** Without a response nothing is known of how it ended. */
function outcomeOf(record: JsonObject): unknown {
  const { response } = record
  if (!isObject(response)) return undefined
  const { error, result } = response
  if (isObject(error)) return typeof error.message === 'string' && saysDenied(error.message) ? 'denied' : 'failure'
  return isObject(result) && result.isError === true ? 'failure' : 'success'
}

/** A whole session in one document: its messages, each response with its request by their id. */
const transcript: Framing = {
  name: 'json-rpc transcript',
  marks: ['messages', 'transcript', 'frames', 'entries'],
  whole: true,
  open(value) {
    const list = value.messages ?? value.transcript ?? value.frames ?? value.entries
    if (!Array.isArray(list) || list.length === 0) return null
    const lines: readonly unknown[] = list
    if (!lines.every((line) => isObject(line) && mcpCallIn(line) !== null)) return null
    const { messages: _messages, transcript: _transcript, frames: _frames, entries: _entries, ...shared } = value
    return joined(lines as readonly JsonObject[], shared).map((line) => ({ value: line }))
  },
}

function joined(lines: readonly JsonObject[], shared: JsonObject): JsonObject[] {
  const responses = new Map<unknown, JsonObject>()
  const asked = new Set<unknown>()
  for (const line of lines) {
    const { request, response } = mcpCallIn(line) ?? {}
    if (request !== undefined) asked.add(request.id)
    else if (response !== undefined && !responses.has(response.id)) responses.set(response.id, response)
  }
  return lines.flatMap((line) => {
    const call = mcpCallIn(line)
    const isAnswer = call?.request === undefined && asked.has(call?.response?.id)
    if (isAnswer) return []
    const response = call?.response ?? responses.get(call?.request?.id)
    const own = isMessage(line) ? {} : line
    const request = call?.request === undefined ? {} : { request: call.request }
    return [{ ...shared, ...own, ...request, ...(response === undefined ? {} : { response }) }]
  })
}

/** Messages that are no object are as wrong as fields of a wrong type, and the line is not one of these. */
export const jsonRpc: Format = {
  name: 'json-rpc',
  title: 'transcripts of MCP: lines with messages of JSON-RPC in them',
  marks: ['jsonrpc', 'request', 'response', ...inside],
  detect: (value) => mcpCallIn(value) !== null,
  yields: (value) => !isMessage(value),
  framings: [transcript],
  decode: decodeDesktopLine,
  read,
}
