import { isCodingAgent } from './agent-log-events.ts'
import { attributeNames } from './attribute-names.ts'
import { attributeOf, firstValue, type RecordParts, serviceOf } from './record-parts.ts'

/** What was called, and where it is. */
export interface OtlpTool {
  readonly tool: unknown
  readonly action: unknown
  readonly system: unknown
}

/** Where nothing says where a tool runs: beside its agent. */
const local = 'local'

/** The tool of a record, its action and its system. */
export function otlpTool(parts: RecordParts): OtlpTool {
  const { record, contents, resource } = parts
  if (record.kind === 'read') {
    const action = firstValue(parts.own, ['mcp.method.name', 'gen_ai.operation.name']) ?? 'retrieval'
    const source = firstValue(parts.own, ['gen_ai.data_source.id'])
    return { tool: undefined, action, system: placeOf(parts) ?? source ?? serviceOf(resource) ?? local }
  }
  if (record.kind === 'mode') return { tool: undefined, action: 'permission_mode_changed', system: local }
  const named = toolNameOf(parts)
  const tool = typeof named === 'string' && nameless.has(named) ? (contents.tool ?? named) : named
  const { server, name } = typeof tool === 'string' ? partsOfName(tool) : { server: undefined, name: tool }
  const isLocal = record.otlp === 'log' || record.kit !== undefined || isCodingAgent(serviceOf(resource))
  const beside = isLocal ? local : (serviceOf(resource) ?? local)
  return {
    tool,
    action: name,
    system: placeOf(parts) ?? server ?? firstValue(parts.own, attributeNames.peer) ?? beside,
  }
}

function toolNameOf(parts: RecordParts): unknown {
  const { own, record } = parts
  const named = attributeOf(parts, attributeNames.tool) ?? firstValue(own, attributeNames.toolSpan)
  if (named !== undefined || typeof record.name !== 'string' || record.otlp === 'log') return named
  return toolInName(record.name)
}

/** What stands for a tool whose name is among its arguments. */
const nameless: ReadonlySet<string> = new Set(['mcp_tool', 'tools/call', 'tools/call.mcp', 'call_tool'])

/** A span is named after what it does, and then the tool. */
export const toolInName = (name: string): string =>
  name.replace(/^(?:execute_tool|running tool:?|tools\/call) +|\.tool$/g, '')

const placeOf = (parts: RecordParts): unknown =>
  attributeOf(parts, attributeNames.server) ?? parts.contents.server ?? attributeOf(parts, attributeNames.address)

/** `mcp__jira__search` is the search of jira; before a dot, a slash or two underlines stands a system too. */
function partsOfName(tool: string): { server: string | undefined; name: string } {
  const mcp = /^mcp__(.+?)__(.+)$/s.exec(tool)
  if (mcp !== null) return { server: mcp[1], name: mcp[2] ?? tool }
  const dotted = /^([\w-]+?)(?:__|[./])[\w./-]+$/.exec(tool)
  return { server: dotted?.[1], name: tool }
}
