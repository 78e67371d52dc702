import type { Outcome } from '@straylight/schemas/agent-event'
import { chosenText } from '@straylight/schemas/within-bounds'
import type { Fault, FormatDraft } from '../record/event-draft.ts'
import { FieldReader, isObject, type JsonObject } from '../record/field-reader.ts'
import { cloudtrailFramings, isInsight } from './cloudtrail-framings.ts'
import { gatewayCallOf, isGatewayCall } from './cloudtrail-gateway.ts'
import { identityOf } from './cloudtrail-identity.ts'
import { resourceOf } from './cloudtrail-resource.ts'
import { doubledColumn, isRow, recordOfRow } from './cloudtrail-row.ts'
import { destinationsOf, givenPrivilege } from './cloudtrail-target.ts'
import { type Format, isPassedOverRecord, type PassedOver } from './format.ts'

/**
 * AWS CloudTrail: `{ "Records": […] }` files as they lie in S3, bare arrays, single records, and records inside
 * EventBridge events. Agents act there through roles, so the agent is found by role or session name
 * (`cloudtrail-identity.ts`); the table of fields is in this stage's README.
 */
export const cloudtrail: Format = {
  name: 'cloudtrail',
  title: 'AWS CloudTrail, however AWS ships it',
  marks: ['eventName', 'eventname'],
  // S3's own notifications have these names too, with `aws:s3` for a source.
  detect: (value) =>
    ('eventName' in value && 'eventTime' in value && 'eventSource' in value && !isNotification(value.eventSource)) ||
    isRow(value),
  framings: cloudtrailFramings,
  contentOf,
  read,
}

function read(value: JsonObject): FormatDraft | PassedOver | Fault {
  if (isInsight(value)) return { passed_over: 'cloudtrail insight' }
  const record = recordOfRow(value)
  const doubled = record === value ? null : doubledColumn(record)
  if (doubled !== null) return doubled
  const fields = new FieldReader()
  const eventSource = fields.requiredName(record.eventSource, 'eventSource')
  const eventName = fields.requiredName(chosenText(record.eventName, 512), 'eventName')
  const identity = identityOf(fields, record)
  const recipient = fields.tenant(emptyIsNull(record.recipientAccountId), 'recipientAccountId')
  // A service that calls for the agent names no account of its own: the one whose log this is stands in.
  const account = identity.account === 'anonymous' ? recipient : (identity.account ?? recipient)
  const gateway = isGatewayCall(record) ? gatewayCallOf(fields, record) : null
  if (gateway !== null && isPassedOverRecord(gateway)) return gateway
  const parameters = parametersOf(fields, record.requestParameters)
  const moved = fields.object(record.additionalEventData, 'additionalEventData') ?? {}
  const draft: FormatDraft = {
    id: present(fields, record.eventID, 'eventID'),
    time: fields.requiredTime(record.eventTime, 'eventTime'),
    tenant: undefined,
    tenant_hint: recipient ?? account,
    agent: identity.agent,
    names: identity.names,
    person: undefined,
    owner: identity.owner,
    session: identity.session,
    trace: present(fields, chosenText(record.requestID, 512), 'requestID'),
    parent_agent: identity.parent_agent,
    credential: identity.credential,
    privilege: givenPrivilege(eventName, parameters) ?? identity.privilege,
    tool: undefined,
    system: eventSource.replace(/\.amazonaws\.com(\.cn)?$/, '') || eventSource,
    resource: resourceOf(fields, { eventSource, eventName, resources: record.resources, parameters }),
    action: eventName,
    destinations: destinationsOf({ eventSource, eventName, parameters, resources: record.resources, account }),
    argument_names: argumentNames(record.requestParameters),
    // Named from the side of AWS: what came in is what the agent sent.
    bytes_sent: fields.amount(moved.bytesTransferredIn, 'additionalEventData.bytesTransferredIn'),
    bytes_received: fields.amount(moved.bytesTransferredOut, 'additionalEventData.bytesTransferredOut'),
    records: undefined,
    outcome: outcomeOf(fields, record),
    source: sourceOf(present(fields, record.sourceIPAddress, 'sourceIPAddress')),
    argument_values: undefined,
    result_values: undefined,
    request_values: undefined,
    context_values: undefined,
    signals: undefined,
    dropped_fields: undefined,
  }
  return fields.fault ?? (gateway === null ? draft : Object.assign(draft, gateway))
}

/** Tables leave out what is null, or write null for what was left out: neither is part of what is compared. */
function contentOf(value: JsonObject): unknown {
  const record = recordOfRow(value)
  const content: Record<string, unknown> = {}
  for (const name in record) {
    const inner = record[name]
    if (inner === null || inner === '') continue
    if (name === '__proto__') Object.defineProperty(content, name, { value: inner, enumerable: true })
    else content[name] = inner
  }
  return content
}

const isNotification = (eventSource: unknown): boolean =>
  typeof eventSource === 'string' && eventSource.startsWith('aws:')

/** AWS writes an empty string where it has nothing to say. */
const emptyIsNull = (value: unknown): unknown => (value === '' ? null : value)
const present = (fields: FieldReader, value: unknown, path: string) => fields.name(emptyIsNull(value), path)

/** A string stands in for parameters that AWS hides, for security or for size. */
function parametersOf(fields: FieldReader, value: unknown): JsonObject {
  return typeof value === 'string' ? {} : (fields.object(value, 'requestParameters') ?? {})
}

/** No parameters (`null`) are known to be none; hidden ones are unknown. */
function argumentNames(value: unknown): string[] | undefined {
  if (value === null) return []
  if (!isObject(value)) return undefined
  return Object.keys(value)
    .slice(0, 64)
    .map((name) => chosenText(name, 512) || 'unnamed')
}

function outcomeOf(fields: FieldReader, record: JsonObject): Outcome {
  const error = present(fields, record.errorCode, 'errorCode')
  if (error !== undefined)
    return /AccessDenied|Unauthorized|NotAuthorized|Forbidden/i.test(error) ? 'denied' : 'failure'
  // A sign-in that failed has no error code, only this.
  const answer = record.responseElements
  return isObject(answer) && answer.ConsoleLogin === 'Failure' ? 'failure' : 'success'
}

/** An address, or the name of the AWS service that called for the agent. */
function sourceOf(address: string | undefined): FormatDraft['source'] {
  if (address === undefined) return undefined
  return /^[0-9.]+$|^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(address) ? { ip: address } : { host: address }
}
