import { parsedJson } from '@straylight/schemas/parsed-json'
import type { Fault, FormatDraft } from '../record/event-draft.ts'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format, PassedOver } from './format.ts'
import { readByTable } from './table/read-by-table.ts'

const begun = /^Calling tool (\S{1,600}) with arguments: (.*)$/s
const ended = /^Calling tool \S{1,600} took: /

/**
 * What Docker's MCP Gateway writes with `--log-calls`, as Docker keeps it (`json-file`, or `docker logs -t`). It names neither the agent
 * nor the outcome: one gateway is one agent, named by its container.
 */
export const dockerMcpGateway: Format = {
  name: 'docker-mcp-gateway',
  title: "Docker MCP Gateway: `--log-calls`, in Docker's own log",
  marks: ['log', 'MESSAGE'],
  detect: (value) => lineOf(value) !== null,
  yields: () => true,
  decode: decodeText,
  read,
}

const readCall = readByTable({
  time: ['time', 'timestamp', '@timestamp', '__REALTIME_TIMESTAMP', '_SOURCE_REALTIME_TIMESTAMP', 'date'],
  agent: ['attrs/tag', 'container_name', 'CONTAINER_NAME', 'kubernetes/pod_name', { constant: 'docker-mcp-gateway' }],
  system: [(record) => serverOf(record.tool), { constant: 'docker-mcp-gateway' }],
  tool: 'tool',
  action: 'tool',
  argument_names: 'arguments',
})

function read(value: JsonObject): FormatDraft | PassedOver | Fault {
  const line = lineOf(value) ?? ''
  const [, tool, given = ''] = begun.exec(line) ?? []
  if (tool === undefined) return { passed_over: 'docker-mcp-gateway duration' }
  const names = parsedJson(given.trim())
  // Set one by one: what is written behind a spread is several times slower.
  const call: Record<string, unknown> = { ...value }
  call.tool = tool
  call.arguments = isObject(names) ? names : undefined
  return readCall(call)
}

function lineOf(value: JsonObject): string | null {
  const line = value.log ?? value.MESSAGE
  const at = typeof line === 'string' ? line.slice(0, 200).indexOf('Calling tool ') : -1
  if (typeof line !== 'string' || at < 0) return null
  const call = line.slice(at)
  return begun.test(call) || ended.test(call) ? call : null
}

/** Tools of several servers carry the server before a colon or two underscores. */
function serverOf(tool: unknown): unknown {
  return typeof tool === 'string' ? /^([\w.-]{1,100}?)(?::|__)./.exec(tool)?.[1] : undefined
}

/** `docker logs -t`: the time, then the line. */
function decodeText(bytes: Buffer): { json: unknown } | null {
  if (bytes.length > 65_536 || bytes[0] !== 0x32) return null
  const parts = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))\s+(.*)$/.exec(bytes.toString('utf8').trimEnd())
  const json = parts === null ? null : { time: parts[1], log: parts[2] ?? '' }
  return json !== null && lineOf(json) !== null ? { json } : null
}
