import { isObject, type JsonObject, scalarText } from '../../record/field-reader.ts'
import type { Format } from '../format.ts'
import { contentText, type KitSpan, kitFormat, spansOfList } from './span-kit.ts'

const types: ReadonlySet<unknown> = new Set(['tool', 'llm', 'chain', 'retriever', 'embedding', 'prompt', 'parser'])
const isRun = (value: JsonObject): boolean =>
  types.has(value.run_type) && 'id' in value && ('start_time' in value || 'end_time' in value)

/** Deepest runs inside a run that are read, and most of them. */
const [depthMax, runsMax] = [32, 10_000]

/**
 * Runs of LangSmith: of its API (`runs`), of exports with a run a line, and with what they called inside them (`child_runs`). A call's agent
 * is the one that its metadata names, else the outermost run around it.
 */
export const langsmith: Format = kitFormat({
  name: 'langsmith',
  title: 'LangSmith: runs of its API and exports',
  marks: ['run_type'],
  isSpan: (value) => isRun(value) && !hasChildren(value),
  spanOf,
  documents: [
    { marks: ['runs'], spansIn: ({ runs }) => flattened(spansOfList(runs, isRun)) },
    { marks: ['child_runs'], spansIn: (run) => (isRun(run) && hasChildren(run) ? flattened([run]) : null) },
  ],
})

const hasChildren = ({ child_runs }: JsonObject): boolean => Array.isArray(child_runs) && child_runs.length > 0

/** Runs and the runs inside them, each with who called it. */
function flattened(runs: readonly JsonObject[] | null): readonly JsonObject[] | null {
  if (runs === null) return null
  const found: JsonObject[] = []
  const add = (run: JsonObject, parent: JsonObject | null, depth: number): void => {
    if (found.length === runsMax || depth > depthMax) return
    const id = run.id ?? `${scalarText(parent?.id)}.${found.length}`
    found.push({
      ...run,
      id,
      parent_run_id: run.parent_run_id ?? parent?.id,
      trace_id: run.trace_id ?? parent?.trace_id ?? parent?.id,
      session_id: run.session_id ?? parent?.session_id,
    })
    const self = found.at(-1) ?? run
    if (Array.isArray(run.child_runs))
      for (const child of run.child_runs) if (isObject(child)) add(child, self, depth + 1)
  }
  for (const run of runs) add(run, null, 0)
  return found
}

function spanOf(run: JsonObject): KitSpan {
  const extra = isObject(run.extra) ? run.extra : {}
  const metadata = isObject(extra.metadata) ? extra.metadata : {}
  const agent = metadata.agent ?? metadata.agent_name ?? metadata.lc_agent_name ?? metadata.langgraph_agent
  return {
    id: run.id,
    trace: run.trace_id,
    parent: run.parent_run_id ?? lastOf(run.parent_run_ids),
    name: run.name,
    start: run.start_time,
    end: run.end_time,
    attributes: {
      ...kindOf(run),
      'gen_ai.agent.name': agent ?? (isOutermost(run) && run.run_type === 'chain' ? run.name : undefined),
      'gen_ai.tool.name': run.run_type === 'tool' ? run.name : undefined,
      'gen_ai.tool.call.arguments': contentText(run.inputs),
      'gen_ai.tool.call.result': contentText(run.outputs),
      'session.id': metadata.session_id ?? metadata.thread_id ?? metadata.conversation_id,
      'mcp.server.name': metadata.mcp_server ?? metadata.mcp_server_name,
    },
    resource: {
      'service.name': metadata.graph_id ?? run.session_name ?? run.project_name ?? run.session_id ?? 'langsmith',
      'tenant.id': run.session_id,
    },
    isError: (run.error !== undefined && run.error !== null && run.error !== '') || run.status === 'error',
    error: run.error,
  }
}

const isOutermost = (run: JsonObject): boolean =>
  (run.parent_run_id === undefined || run.parent_run_id === null) && lastOf(run.parent_run_ids) === undefined

const lastOf = (list: unknown): unknown => (Array.isArray(list) ? list.at(-1) : undefined)

function kindOf(run: JsonObject): JsonObject {
  if (run.run_type === 'chain') return isOutermost(run) ? { 'gen_ai.operation.name': 'invoke_agent' } : {}
  return { 'langsmith.span.kind': run.run_type }
}
