import type { Fault } from '../../record/event-draft.ts'
import type { JsonObject } from '../../record/field-reader.ts'
import { momentOf } from '../table/moment-of.ts'
import { numberOf } from './any-value.ts'
import { attributeNames } from './attribute-names.ts'
import { otlpAgent } from './otlp-agent.ts'
import { otlpTool } from './otlp-tool.ts'
import { attributeOf, firstValue, partsOf, type RecordParts } from './record-parts.ts'

/** What a record says, as the native form has it, and what the registry may know its agent by. */
export interface OtlpAction {
  readonly native: JsonObject
  readonly names: readonly string[]
  readonly tenant_hint: string | undefined
}

const nobody: Fault = {
  code: 'invalid_field',
  reason:
    'agent: neither the span, a span around it nor its resource names one: set gen_ai.agent.name, or service.name by OTEL_SERVICE_NAME',
  path: 'agent',
}

/** Reads one record. Never throws, whatever stands in its fields. */
export function actionOf(record: JsonObject): OtlpAction | Fault {
  const parts = partsOf(record)
  const id = idOf(parts)
  if (typeof id === 'object') return id
  const { names, parent_agent } = otlpAgent(parts)
  if (names.length === 0) return nobody
  const { own, resource, contents } = parts
  const { tool, action, system } = otlpTool(parts)
  const native: JsonObject = {
    id,
    time: timeOf(parts),
    agent: names[0],
    owner: record.otlp === 'log' ? firstValue(own, ['user.email']) : undefined,
    session: sessionOf(parts),
    trace: record.traceId,
    parent_agent,
    privilege: record.kind === 'mode' ? own.to_mode : undefined,
    tool,
    action,
    system,
    resource: attributeOf(parts, attributeNames.resource) ?? fileOf(parts),
    destinations: destinationsOf(parts),
    argument_names: contents.argument_names,
    bytes_sent: amountOf(parts, 'sent') ?? contents.sent,
    bytes_received: amountOf(parts, 'received') ?? contents.received,
    records: amountOf(parts, 'records'),
    outcome: outcomeOf(parts),
    source: sourceOf(own, resource),
    argument_values: contents.argument_values,
    result_values: contents.result_values,
    request_values: contents.request_values,
  }
  return { native, names: names.filter((name) => typeof name === 'string'), tenant_hint: tenantOf(parts) }
}

const eventNumber = ['event.sequence', ...attributeNames.call]

/** The file that a coding agent's tool was given, where it says so. */
const fileOf = ({ own, record, contents }: RecordParts): unknown =>
  firstValue(own, ['file_path', 'notebook_path']) ?? (record.otlp === 'log' ? contents.file : undefined)

/** A span is named by its trace and itself; a coding agent's event by its session and its number there, where it has one. */
function idOf({ record, own }: RecordParts): string | undefined | Fault {
  if (record.otlp === 'log') {
    const session = firstValue(own, attributeNames.session)
    const number = firstValue(own, eventNumber)
    return session === undefined || number === undefined ? undefined : `${session}:${number}`
  }
  // A kit's own ids are of any form.
  if (record.kit !== undefined && typeof record.spanId === 'string') return record.spanId
  return (
    idFault('traceId', record.traceId, 32) ??
    idFault('spanId', record.spanId, 16) ??
    `${record.traceId}:${record.spanId}`
  )
}

function idFault(path: string, id: unknown, digits: number): Fault | null {
  if (typeof id === 'string' && id.length === digits && /^[0-9a-f]+$/.test(id)) return null
  const must =
    id === undefined ? 'is required' : `must be ${digits} hexadecimal digits, or their ${digits / 2} bytes in base64`
  return { code: 'invalid_field', reason: `${path}: ${must}`, path }
}

/** Nanoseconds since 1970 as a moment to the millisecond; what is none stays, for the reader to refuse. */
function timeOf({ record, own }: RecordParts): unknown {
  const said = own['event.timestamp']
  if (record.otlp === 'log' && typeof said === 'string') return momentOf(said)
  const nanos = record.timeUnixNano
  const milliseconds =
    typeof nanos === 'string' && /^\d{7,25}$/.test(nanos) ? Number(nanos.slice(0, -6)) : millisecondsOf(nanos)
  return Number.isInteger(milliseconds) && milliseconds > 0 && milliseconds < 8.64e15
    ? new Date(milliseconds).toISOString()
    : nanos
}

const millisecondsOf = (nanos: unknown): number => (typeof nanos === 'number' ? Math.floor(nanos / 1e6) : Number.NaN)

/** What calls itself a session, else the trace: a run of an agent is one trace, where it has more than this span. */
function sessionOf(parts: RecordParts): unknown {
  const { record } = parts
  return attributeOf(parts, attributeNames.session) ?? (record.isPart === true ? record.traceId : undefined)
}

function destinationsOf(parts: RecordParts): string[] | undefined {
  if (typeof parts.contents.host === 'string') return [parts.contents.host]
  const own = attributeOf(parts, attributeNames.address)
  const address = own ?? parts.requests.address
  const port = own === undefined ? parts.requests.port : attributeOf(parts, attributeNames.port)
  if (typeof address !== 'string' || attributeOf(parts, ['network.transport']) === 'pipe') return undefined
  const isIpv6 = address.includes(':')
  return [port === undefined ? address : `${isIpv6 ? `[${address}]` : address}:${port}`]
}

const amountMax = 2 ** 50

/** What an attribute says, else what the requests of the call moved together. */
function amountOf({ own, requests }: RecordParts, amount: 'sent' | 'received' | 'records'): unknown {
  const said = firstValue(own, attributeNames[amount])
  if (said !== undefined) return numberOf(said)
  const moved = requests[amount]
  return typeof moved === 'number' ? Math.min(Math.round(moved), amountMax) : moved
}

function outcomeOf(parts: RecordParts): string {
  const { own, record } = parts
  const [success, decision] = [attributeOf(parts, attributeNames.success), attributeOf(parts, ['decision'])]
  const { decision_type: type } = own
  if (record.isDenied === true) return 'denied'
  if (isRejection(decision) || isRejection(type)) return 'denied'
  const error = attributeOf(parts, attributeNames.error)
  if (error !== undefined && isRefusal(error)) return 'denied'
  const isFailure =
    record.isError === true ||
    success === false ||
    success === 'false' ||
    attributeOf(parts, ['error.type']) !== undefined ||
    own['tool.status'] === 'error' ||
    own['langfuse.observation.level'] === 'ERROR'
  return isFailure ? 'failure' : 'success'
}

const isRejection = (said: unknown): boolean => said === 'reject' || said === 'denied' || said === 'cancel'

const isRefusal = (error: unknown): boolean =>
  /^40[13]$|denied|forbidden|unauthori[sz]ed|not_?authori[sz]ed|permission/i.test(String(error))

function sourceOf(own: JsonObject, resource: JsonObject): JsonObject | undefined {
  const client = firstValue(own, attributeNames.client)
  const host = resource['host.name']
  const isAddress = typeof client === 'string' && /^[0-9.]+$|^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(client)
  if (isAddress) return { ip: client, host }
  return client === undefined && host === undefined ? undefined : { host: client ?? host }
}

/** Where the sender's token names no tenant: one that the resource names, or the organisation of a coding agent's account. */
function tenantOf({ record, own, resource }: RecordParts): string | undefined {
  const organisation = record.otlp === 'log' ? (own['organization.id'] ?? resource['organization.id']) : undefined
  const tenant = resource['tenant.id'] ?? organisation
  return typeof tenant === 'string' && /^[^|\p{Cc}\p{Cs}]{1,512}$/u.test(tenant) ? tenant : undefined
}
