import type { ValueHasher } from '@straylight/models/provenance/value-hasher'
import { isObject, type JsonObject } from '../../record/field-reader.ts'
import type { Inside } from '../format.ts'
import { saysDenied } from '../table/status-outcome.ts'
import { type AgentLogEvent, codingAgentEventOf } from './agent-log-events.ts'
import { either, plainValue } from './any-value.ts'
import { measureContents, workedOn } from './measure-contents.ts'
import { idOf } from './otlp-id.ts'
import { type OtlpRecord, passedOver, passedOverNames } from './otlp-record.ts'
import { type ReadAttributes, type ReadResource, readAttributes, readResource } from './read-attributes.ts'
import { listIn, scopesOf } from './read-spans.ts'

/** What each log record of some `ResourceLogs` holds, in order, one by one as they are asked for. */
export function* readLogs(groups: readonly unknown[], hasher: ValueHasher | null): Generator<Inside, void, undefined> {
  for (const group of groups) {
    if (!isObject(group)) continue
    const resource = readResource(group.resource)
    for (const scope of scopesOf(group, 'Logs', 'logs'))
      for (const record of scope.logRecords === undefined && scope.log_records === undefined
        ? listIn(scope, 'logs', 'logs')
        : listIn(scope, 'logRecords', 'log_records'))
        yield readLog(record, resource, hasher)
  }
}

function readLog(given: unknown, resource: ReadResource, hasher: ValueHasher | null): Inside {
  const record = isObject(given) ? given : {}
  const body = plainValue(record.body)
  const read = readAttributes(record.attributes)
  const name = nameOf(record, read.kept, { body, service: resource.kept['service.name'] })
  const event = name === null ? null : codingAgentEventOf(name)
  if (event === null) return read.kept['agt.agent.id'] === undefined ? otherLog(body) : governanceLog(record, read)
  const kind = kindOf(event, read.kept)
  if (kind === null) return { value: passedOver('log', event.passed_over ?? event.name) }
  const traceId = idOf(either(record, 'traceId', 'trace_id'))
  const { contents } = read
  const doubled = read.doubled ?? resource.doubled
  const measured = contents === null ? {} : { ...measureContents(contents, hasher), ...workedOn(contents.arguments) }
  const value: OtlpRecord = {
    otlp: 'log',
    ...(traceId === undefined ? {} : { traceId }),
    name: event.name,
    timeUnixNano: momentOf(record),
    kind,
    attributes: read.kept,
    resource: resource.kept,
    ...(wasRefused(read) ? { isDenied: true } : {}),
    ...(Object.keys(measured).length === 0 ? {} : { contents: measured }),
    ...(doubled === null ? {} : { doubled }),
  }
  return { value }
}

/** Coding agents' events of a change of what they may do without asking. */
const modeChanges: ReadonlySet<string> = new Set([
  ...['claude_code.permission_mode_changed', 'gemini_cli.approval_mode_switch', 'qwen-code.approval_mode_switch'],
])

/**
 * A call; a call that its person refused, of which no result follows; a change of the agent's own rights. `null`: no action.
 */
function kindOf({ name, passed_over }: AgentLogEvent, attributes: JsonObject): 'tool' | 'mode' | null {
  if (passed_over === undefined) return 'tool'
  if (name === 'claude_code.tool_decision') return attributes.decision === 'reject' ? 'tool' : null
  return modeChanges.has(name) && attributes.to_mode !== undefined ? 'mode' : null
}

/** Whether a call failed because its person, or a rule, refused it: Codex says so in the call's output only. */
function wasRefused({ kept, contents }: ReadAttributes): boolean {
  if (kept.success !== false && kept.success !== 'false') return false
  return [kept.error, contents?.result.output].some(
    (said) => typeof said === 'string' && (saysDenied(said) || refusedByPerson.test(said.slice(0, 500))),
  )
}

const refusedByPerson =
  /(?:rejected|denied|declined|cancel+ed) by (?:the )?user|user (?:rejected|denied|declined|cancel+ed)|doesn't want to proceed/i

/** An entry of the Agent Governance Toolkit's audit, as its OpenTelemetry exporter writes it. */
function governanceLog(record: JsonObject, { kept }: ReadAttributes): Inside {
  const value = {
    timestamp: momentOf(record),
    agent_did: kept['agt.agent.id'],
    action: kept['agt.audit.action'],
    policy_decision: kept['agt.audit.decision'],
    resource: kept['agt.audit.resource'],
    session_id: kept['session.id'],
    entry_id: kept['agt.audit.id'] ?? null,
    trace_id: idOf(either(record, 'traceId', 'trace_id')),
    event_type: 'otel',
  }
  return { value }
}

/** A log record of something else, whose body may be a record of any format: a shipper reads files so. */
function otherLog(body: unknown): Inside {
  const itself = { ...passedOver('log', passedOverNames.log) }
  if (isObject(body)) return { value: body, optional: itself }
  if (typeof body === 'string' && /^\s*\{/.test(body)) return { text: body, optional: itself }
  return { value: passedOver('log', passedOverNames.log) }
}

/** The name of an event: a field of the record since 2025, an attribute before, and the whole body with some. */
function nameOf(
  record: JsonObject,
  attributes: JsonObject,
  { body, service }: { body: unknown; service: unknown },
): string | null {
  const named = either(record, 'eventName', 'event_name')
  const full = typeof body === 'string' && body.length <= 100 ? body : null
  // Claude Code's attribute leaves out what its body begins with.
  if (full !== null && codingAgentEventOf(full) !== null) return full
  if (typeof named === 'string' && named !== '') return named
  const attribute = attributes['event.name']
  if (typeof attribute !== 'string') return full
  const ofService = typeof service === 'string' ? `${service.replaceAll('-', '_')}.${attribute}` : attribute
  return codingAgentEventOf(attribute) === null && codingAgentEventOf(ofService) !== null ? ofService : attribute
}

function momentOf(record: JsonObject): unknown {
  const written = either(record, 'timeUnixNano', 'time_unix_nano')
  const isKnown = written !== undefined && written !== '0' && written !== 0 && written !== ''
  return isKnown ? written : either(record, 'observedTimeUnixNano', 'observed_time_unix_nano')
}
