import type { Fault } from '../record/event-draft.ts'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import { DoubledText, innerJson } from '../record/inner-json.ts'

/** Names of a record's fields that tables write in lower case, as CloudTrail writes them. */
const names = [
  ...[
    'eventVersion',
    'userIdentity',
    'eventTime',
    'eventSource',
    'eventName',
    'awsRegion',
    'sourceIPAddress',
    'userAgent',
  ],
  ...[
    'errorCode',
    'errorMessage',
    'requestParameters',
    'responseElements',
    'additionalEventData',
    'requestID',
    'eventID',
  ],
  ...['eventType', 'recipientAccountId', 'readOnly', 'apiVersion', 'managementEvent', 'eventCategory', 'sharedEventID'],
  ...['resources', 'serviceEventDetails', 'vpcEndpointId', 'tlsDetails', 'addendum', 'insightDetails', 'annotation'],
  ...['edgeDeviceDetails', 'vpcEndpointAccountId', 'sessionCredentialFromConsole', 'eventContext'],
  ...[
    'type',
    'principalId',
    'arn',
    'accountId',
    'accessKeyId',
    'userName',
    'invokedBy',
    'sessionContext',
    'onBehalfOf',
  ],
  ...[
    'sessionIssuer',
    'attributes',
    'creationDate',
    'mfaAuthenticated',
    'sourceIdentity',
    'webIdFederationData',
    'userId',
  ],
  ...['identityStoreArn', 'identityProvider', 'federatedProvider', 'inScopeOf', 'credentialId', 'ec2RoleDelivery'],
]
const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]))
/** Fields whose own fields are CloudTrail's; of the others, names are the caller's. */
const structures: ReadonlySet<string> = new Set([
  'userIdentity',
  'sessionContext',
  'sessionIssuer',
  'attributes',
  'onBehalfOf',
])
/** Fields that tables write as text. */
const texts: ReadonlySet<string> = new Set([
  ...[
    'userIdentity',
    'requestParameters',
    'responseElements',
    'additionalEventData',
    'serviceEventDetails',
    'resources',
    'tlsDetails',
  ],
])

/** Whether a value is a row of a table of CloudTrail's, as Athena, Lake and Security Lake's exports write them. */
export const isRow = (value: JsonObject): boolean =>
  'eventname' in value && 'eventtime' in value && 'eventsource' in value

/** A record of CloudTrail in its own spelling, whatever table it came through. */
export function recordOfRow(value: JsonObject): JsonObject {
  if (isRow(value)) return renamed(value, true)
  const { userIdentity, requestParameters, eventTime } = value
  const isExported = typeof userIdentity === 'string' || hasSpace(eventTime) || isJsonText(requestParameters)
  return isExported ? renamed(value, true) : value
}

const hasSpace = (time: unknown): boolean => typeof time === 'string' && time[10] === ' '
const isJsonText = (value: unknown): boolean => typeof value === 'string' && value.startsWith('{')

/** Why a row is refused: a name stands twice in the text of one of its columns. */
export function doubledColumn(record: JsonObject): Fault | null {
  for (const name of texts) {
    const text = record[name]
    if (text instanceof DoubledText) return { ...text.fault, path: `${name}.${text.fault.path}` }
  }
  return null
}

function renamed(value: JsonObject, isTop: boolean): JsonObject {
  const record: Record<string, unknown> = {}
  for (const [given, inner] of Object.entries(value)) {
    const name = byLowerCase.get(given.toLowerCase()) ?? given
    if (name === '__proto__' || (name in record && name !== given)) continue
    record[name] = fieldOf(name, inner, isTop)
  }
  return record
}

function fieldOf(name: string, inner: unknown, isTop: boolean): unknown {
  if (name === 'eventTime' || name === 'creationDate') return moment(inner)
  const value = isTop && texts.has(name) && typeof inner === 'string' ? opened(name, inner) : inner
  if (name === 'resources' && Array.isArray(value)) return value.map(resource)
  return structures.has(name) && isObject(value) && !(value instanceof DoubledText) ? renamed(value, false) : value
}

/** JSON, or the way in which Athena prints a row: `{type=AssumedRole, arn=…}`. `null` and nothing are written alike. */
function opened(name: string, text: string): unknown {
  if (text === '' || text === 'null') return null
  const json = innerJson(text)
  if (json !== undefined) return json
  return name === 'userIdentity' && text.startsWith('{') ? printedRow(text) : text
}

/** The fields of a row that Athena printed, and of rows inside it; values hold no comma that a name and `=` follow. */
function printedRow(text: string): JsonObject {
  const fields: Record<string, unknown> = {}
  let depth = 0
  let start = 1
  for (let at = 1; at < text.length; at++) {
    const unit = text[at]
    const ends = depth === 0 && (unit === '}' || (unit === ',' && /^, *\w+=/.test(text.slice(at, at + 80))))
    if (unit === '{') depth++
    else if (unit === '}' && depth > 0) depth--
    if (!ends) continue
    const member = text.slice(start, at).trim()
    const equals = member.indexOf('=')
    const inner = member.slice(equals + 1)
    if (equals > 0 && inner !== 'null' && inner !== '')
      fields[member.slice(0, equals)] = inner.startsWith('{') ? printedRow(inner) : inner
    start = at + 1
  }
  return fields
}

/** A moment without a zone is in UTC: CloudTrail has no other. */
function moment(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const parts = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?(?: ?(?:Z|UTC))?$/.exec(value.trim())
  return parts === null ? value : `${parts[1]}T${parts[2]}Z`
}

function resource(value: unknown): unknown {
  if (!isObject(value)) return value
  const { arn, accountid, ...others } = value
  return {
    ...others,
    ...(arn === undefined ? {} : { ARN: arn }),
    ...(accountid === undefined ? {} : { accountId: accountid }),
  }
}
