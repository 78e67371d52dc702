import type { ValueHasher } from '@straylight/models/provenance/value-hasher'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { chosenText } from '@straylight/schemas/within-bounds'
import { isObject, type JsonObject } from '../../record/field-reader.ts'
import { attributeNames } from './attribute-names.ts'

/** What is kept of a call's contents: how large they were and what its arguments are called, and never a value. */
export interface MeasuredContents {
  readonly sent?: number | undefined
  readonly received?: number | undefined
  readonly argument_names?: readonly string[] | undefined
  /** Keyed hashes of what the values held that looks like identifiers. */
  readonly argument_values?: Readonly<Record<string, readonly string[]>> | undefined
  readonly result_values?: readonly string[] | undefined
  /** Of what people asked before the first call of a trace. */
  readonly request_values?: readonly string[] | undefined
  /** The MCP server and its tool, where an agent names them among its arguments. */
  readonly server?: string | undefined
  readonly tool?: string | undefined
  /** The file that a coding agent's tool worked on, and the host that it asked. */
  readonly file?: string | undefined
  readonly host?: string | undefined
}

/** Longest text of arguments that is parsed for their names. */
const parsedMax = 64 * 1024
/** Names that are kept; one event holds fewer, and says so of the rest. */
const namesMax = 256

/** Measures arguments and result of a call, the first of each that is there. */
export function measureContents(
  contents: { arguments: JsonObject; result: JsonObject },
  hasher: ValueHasher | null,
): MeasuredContents {
  const given = firstOf(contents.arguments, attributeNames.arguments)
  const result = firstOf(contents.result, attributeNames.result)
  // Claude Code names server and tool among the parameters that it adds itself.
  const added = contents.arguments.tool_parameters
  const parameters = added === undefined ? undefined : argumentsOf(added)
  const { mcp_server_name: server, mcp_tool_name: called } = parameters ?? {}
  const isOwn = given !== undefined && !(given === added && isName(called))
  const fields = isOwn ? argumentsOf(given) : undefined
  const tool = called ?? (isOwn ? toolIn(given) : undefined)
  return {
    sent: isOwn ? bytesOf(given) : undefined,
    received: result === undefined ? undefined : bytesOf(result),
    argument_names: fields === undefined ? undefined : namesOf(fields),
    argument_values: hasher === null || given === undefined ? undefined : hashedArguments(fields, hasher),
    result_values: hasher === null || result === undefined ? undefined : hasher.values(result),
    server: isName(server) ? server.slice(0, 512) : undefined,
    tool: isName(tool) ? tool.slice(0, 512) : undefined,
  }
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** Names under which coding agents give a tool its file. */
const fileNames = ['file_path', 'notebook_path', 'absolute_path', 'path', 'dir_path']

/** What a coding agent's tool worked on, where the agent exports that: a file's path, or the host of an address. Nothing else of its arguments is kept. */
export function workedOn(given: JsonObject): Pick<MeasuredContents, 'file' | 'host'> {
  for (const name of attributeNames.arguments) {
    const fields = given[name] === undefined ? undefined : argumentsOf(given[name])
    if (fields === undefined) continue
    const file = firstOf(fields, fileNames)
    const host = typeof fields.url === 'string' ? hostOf(fields.url) : undefined
    if (isName(file) || host !== undefined) return { file: isName(file) ? chosenText(file, 1_000) : undefined, host }
  }
  return {}
}

/** Of arguments that are no object nothing is known: they may be cut, or a text. */
const hashedArguments = (fields: JsonObject | undefined, hasher: ValueHasher) =>
  fields === undefined ? undefined : (hasher.arguments(fields) ?? undefined)

function hostOf(url: string): string | undefined {
  const parsed = url.length <= 8_192 && URL.canParse(url) ? new URL(url) : null
  return parsed === null || parsed.host === '' ? undefined : parsed.host
}

/** The first measure of each, the second where that has none. */
export function withMeasures(first: MeasuredContents, second: MeasuredContents): MeasuredContents {
  return {
    sent: first.sent ?? second.sent,
    received: first.received ?? second.received,
    argument_names: first.argument_names ?? second.argument_names,
    argument_values: first.argument_values ?? second.argument_values,
    result_values: first.result_values ?? second.result_values,
    request_values: first.request_values ?? second.request_values,
    server: first.server ?? second.server,
    tool: first.tool ?? second.tool,
  }
}

function firstOf(object: JsonObject, names: readonly string[]): unknown {
  for (const name of names) if (object[name] !== undefined && object[name] !== null) return object[name]
  return undefined
}

const bytesOf = (content: unknown): number =>
  Buffer.byteLength(typeof content === 'string' ? content : JSON.stringify(content))

/** Arguments by their names, where they are an object or the JSON of one. */
function argumentsOf(content: unknown): JsonObject | undefined {
  const value = typeof content === 'string' ? jsonOf(content) : content
  if (!isObject(value)) return undefined
  // OpenLLMetry and MLflow put what the tool was given one level deeper.
  const { kwargs, inputs } = value
  if (isObject(kwargs) && Object.keys(kwargs).length > 0) return kwargs
  if (isObject(inputs)) return inputs
  const call = callIn(value)
  return call === null ? value : isObject(call.arguments) ? call.arguments : {}
}

/** A request of MCP in the place of arguments, as instrumentations of MCP write them: the tool stands beside them. */
function callIn(value: JsonObject): JsonObject | null {
  if (isObject(value.params) && typeof value.method === 'string') return value.params
  return 'tool_name' in value && (isObject(value.arguments) || Object.keys(value).length === 1) ? value : null
}

function toolIn(content: unknown): unknown {
  const value = typeof content === 'string' ? jsonOf(content) : content
  const call = isObject(value) ? callIn(value) : null
  return call?.tool_name ?? call?.name
}

function jsonOf(text: string): unknown {
  return text.length <= parsedMax && /^\s*\{/.test(text) ? parsedJson(text) : undefined
}

const namesOf = (fields: JsonObject): string[] =>
  Object.keys(fields)
    .slice(0, namesMax)
    .map((name) => chosenText(name, 512))
