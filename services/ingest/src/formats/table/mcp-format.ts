import type { Format } from '../format.ts'
import type { FieldTable } from './field-table.ts'
import { readByTable } from './read-by-table.ts'
import { compileSource, isNothing, type Source, type SourceFunction } from './source.ts'

/** Methods of the Model Context Protocol by which an agent acts; older gateways write some of them otherwise. */
const acting: ReadonlySet<unknown> = new Set([
  ...['tools/call', 'resources/read', 'resources/subscribe', 'prompts/get', 'completion/complete'],
  ...['sampling/createMessage', 'elicitation/create', 'tasks/result', 'tasks/cancel'],
  ...['call_tool', 'read_resource', 'get_prompt'],
])

/** Whether a method is an action, and not part of coming together: `initialize`, lists, pings and notifications are not. */
export const isMcpAction = (method: unknown): boolean => acting.has(method)

/** Whether a method calls a tool. */
export const callsTool = (method: unknown): boolean => method === 'tools/call' || method === 'call_tool'

/** What was done: a tool by its name, anything else by its method. */
export function mcpAction(method: Source, tool: Source): SourceFunction {
  const [of, named] = [compileSource(method), compileSource(tool)]
  return (record) => {
    const given = of.read(record)
    const name = callsTool(given) ? named.read(record) : undefined
    return isNothing(name) ? given : name
  }
}

/** The tool, where one was called. */
export function mcpTool(method: Source, tool: Source): SourceFunction {
  const [of, named] = [compileSource(method), compileSource(tool)]
  return (record) => (callsTool(of.read(record)) ? named.read(record) : undefined)
}

/** The format of a gateway for MCP: what it says of calls is data. */
export function mcpFormat(
  gateway: Omit<Format, 'read'> & {
    readonly method: Source
    readonly tool: Source
    readonly table: Omit<FieldTable, 'action' | 'tool'>
  },
): Format {
  const { method, tool, table, ...format } = gateway
  const methodOf = compileSource(method)
  const read = readByTable({ ...table, action: mcpAction(method, tool), tool: mcpTool(method, tool) })
  return {
    ...format,
    read(record) {
      const given = methodOf.read(record)
      if (isNothing(given)) return { passed_over: `${format.name} request without MCP` }
      return isMcpAction(given) ? read(record) : { passed_over: `${format.name} lifecycle` }
    },
  }
}
