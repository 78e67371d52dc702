import { jsonRpc, type McpCall, mcpCallIn } from '../formats/json-rpc.ts'
import { isMcpAction } from '../formats/table/mcp-format.ts'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import { singleJson } from '../record/inner-json.ts'
import type { RecordItem } from '../record/record-items.ts'

/** Records of a file among which a response is looked for. */
const aheadMax = 500
const mark = Buffer.from('jsonrpc')

interface Waiting<Item> {
  item: Item
  /** Of a request that has no response yet. */
  readonly open: { readonly key: string; readonly line: JsonObject; readonly request: JsonObject } | null
}

/**
 * A transcript's requests with their responses, which stand in later lines of the same file: how a call ended is said there. Order stays,
 * and the line of a response too; one instance a file.
 */
export class JoinResponses<Item extends RecordItem> {
  private waiting: Waiting<Item>[] = [];

  *add(item: Item): Generator<Item, void, undefined> {
    const line = item.value.includes(mark) ? lineOf(item) : null
    const call = line === null ? null : mcpCallIn(line)
    const opened = line === null || call === null ? null : requestOf(line, call)
    if (opened === null && this.waiting.length === 0) {
      yield item
      return
    }
    if (line !== null && call?.request === undefined && call?.response !== undefined) this.answer(line, call.response)
    this.waiting.push({ item, open: opened })
    yield* this.take(aheadMax)
  }

  *end(): Generator<Item, void, undefined> {
    yield* this.take(0)
  }

  private answer(line: JsonObject, response: JsonObject): void {
    const key = keyOf(line, response.id)
    const at = this.waiting.findIndex(({ open }) => open?.key === key)
    const found = this.waiting[at]
    if (found === undefined || found.open === null) return
    const { line: asked, request } = found.open
    const value = Buffer.from(JSON.stringify({ ...asked, request, response }))
    this.waiting[at] = { item: { ...found.item, value }, open: null }
  }

  /** Gives out from the first on, as long as it waits for no response or there are more than `max`. */
  private *take(max: number): Generator<Item, void, undefined> {
    let done = 0
    for (const { item, open } of this.waiting) {
      if (open !== null && this.waiting.length - done <= max && max > 0) break
      done++
      yield item
    }
    if (done > 0) this.waiting = this.waiting.slice(done)
  }
}

/** A line as JSON, or as its format reads its text; nothing where a name stands twice in it, which its reader refuses. */
function lineOf({ value, headers }: RecordItem): JsonObject | null {
  const json = singleJson(value.toString('utf8')) ?? decoded(value, headers)
  return isObject(json) ? json : null
}

function decoded(value: Buffer, headers: RecordItem['headers']): unknown {
  const found = value[0] === 0x7b ? null : (jsonRpc.decode?.(value, headers) ?? null)
  return found !== null && 'json' in found ? found.json : undefined
}

function requestOf(line: JsonObject, { request, response }: McpCall): Waiting<RecordItem>['open'] {
  if (request === undefined || response !== undefined || !isMcpAction(request.method)) return null
  if (request.id === undefined || request.id === null) return null
  // What is itself a message has its fields beside what its recorder says.
  const { jsonrpc: _version, method: _method, params: _params, id: _id, ...beside } = line
  return { key: keyOf(line, request.id), line: 'jsonrpc' in line ? beside : line, request }
}

/** Sessions and servers count their requests each for themselves. */
function keyOf(line: JsonObject, id: unknown): string {
  const { session, session_id, sessionId, mcp_session_id, server, server_name, serverName } = line
  return JSON.stringify([session ?? session_id ?? sessionId ?? mcp_session_id, server ?? server_name ?? serverName, id])
}
