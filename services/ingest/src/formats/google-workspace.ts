import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format, Framing } from './format.ts'
import { readByTable } from './table/read-by-table.ts'
import { codeText, isNothing, type SourceFunction, valueAt } from './table/source.ts'

const read = readByTable({
  id: idOf,
  time: 'id/time',
  tenant_hint: 'id/customerId',
  agent: ['actor/applicationInfo/oauthClientId', client, 'actor/key', 'actor/email', 'actor/profileId'],
  names: [
    'actor/applicationInfo/oauthClientId',
    client,
    parameter('app_name'),
    'actor/key',
    'actor/email',
    'actor/profileId',
  ],
  person: isPerson,
  owner: (record) => (isNothing(client(record)) ? undefined : valueAt(record, ['actor', 'email'])),
  session: ['id/uniqueQualifier'],
  credential_id: client,
  credential_scopes: parameter('scope'),
  privilege: [parameter('ROLE_NAME'), (record) => (isRemoval(record) ? undefined : newRight(record))],
  tool: parameter('method_name'),
  system: systemOf,
  resource: [
    ...['doc_id', 'calendar_id', 'shared_drive_id', 'group_email', 'GROUP_EMAIL', 'USER_EMAIL', 'resource_id'],
    'APP_ID',
  ].map(parameter),
  action: actionOf,
  destinations: [receivers, opened],
  bytes_received: parameter('num_response_bytes'),
  outcome: (record) => (/fail|denied|blocked/i.test(codeText(record.name)) ? 'failure' : 'success'),
  source_ip: 'ipAddress',
})

/** An activity holds several events: each is a record, with what they share. */
const activity: Framing = {
  name: 'activity',
  marks: ['events'],
  whole: true,
  open(value) {
    const { events, ...shared } = value
    if (!isActivity(value) || !Array.isArray(events) || events.length === 0) return null
    return events.map((event: unknown, place) => ({ value: isObject(event) ? { ...shared, ...event, place } : event }))
  },
}

/** Google Workspace's reports of activities: of the API, and flattened as exports write them. */
export const googleWorkspace: Format = {
  name: 'google-workspace',
  title: 'Google Workspace: activities of the Reports API (`token`, Drive, admin, calendar), by applications',
  marks: ['actor', 'ipAddress'],
  detect: (value) => isActivity(value) && typeof value.name === 'string',
  read,
  framings: [activity],
}

const isActivity = ({ id, actor }: JsonObject): boolean => isObject(id) && 'applicationName' in id && isObject(actor)

/** A parameter of an event: of a list with names, or of an object. */
function parameter(name: string): SourceFunction {
  return ({ parameters }: JsonObject): unknown => {
    if (isObject(parameters)) return parameters[name] ?? undefined
    if (!Array.isArray(parameters)) return undefined
    const found: unknown = parameters.slice(0, 200).find((one: unknown) => isObject(one) && one.name === name)
    if (!isObject(found)) return undefined
    return found.value ?? found.multiValue ?? found.intValue ?? found.multiIntValue ?? found.boolValue ?? undefined
  }
}

/** The activity's own number, and the event's place in it: one activity may hold several. */
function idOf(record: JsonObject): unknown {
  const id = codeText(valueAt(record, ['id', 'uniqueQualifier']))
  return id === '' ? undefined : `${id}/${codeText(record.place ?? record.name)}`
}

/** A call through a token goes to the API that it names. */
function systemOf(record: JsonObject): unknown {
  const api = client(record) === undefined ? undefined : parameter('api_name')(record)
  return isNothing(api) ? valueAt(record, ['id', 'applicationName']) : api
}

/** The application that used a token. */
function client(record: JsonObject): unknown {
  return valueAt(record, ['id', 'applicationName']) === 'token' ? parameter('client_id')(record) : undefined
}

/** A call through a token is the application's; without one, whoever is named by an address outside of service accounts is a person. */
function isPerson(record: JsonObject): boolean {
  if (!isNothing(client(record)) || !isNothing(valueAt(record, ['actor', 'applicationInfo', 'oauthClientId'])))
    return false
  if (codeText(valueAt(record, ['actor', 'callerType'])) === 'KEY') return false
  return !codeText(valueAt(record, ['actor', 'email'])).endsWith('gserviceaccount.com')
}

/** A call is named by its method, anything else by its event. */
function actionOf(record: JsonObject): unknown {
  const method = client(record) === undefined ? undefined : parameter('method_name')(record)
  return isNothing(method) ? record.name : method
}

const givesAccess =
  /^(?:change_(?:user_access|document_access_scope|document_visibility|calendar_acls)|shared_drive_membership_change|add_group_member|ADD_GROUP_MEMBER|invite_user|CREATE_USER|CREATE_EMAIL_MONITOR|ASSIGN_ROLE|add_user|email_forwarding_out_of_domain)/

/** What right was given with it. */
function newRight(record: JsonObject): unknown {
  if (!givesAccess.test(codeText(record.name))) return undefined
  const right = parameter('new_value')(record) ?? parameter('access_level')(record)
  return Array.isArray(right) ? right.slice(0, 64).map(codeText).sort().join(',') : right
}

/** Who is let in, or gets what is forwarded. */
function receivers(record: JsonObject): unknown {
  if (!givesAccess.test(codeText(record.name)) || isRemoval(record)) return undefined
  // Who is listened to gets nothing.
  const names = record.name === 'CREATE_EMAIL_MONITOR' ? ['EMAIL_MONITOR_DEST_EMAIL'] : receiverNames
  const found = names
    .map((name) => parameter(name)(record))
    .filter((name) => !isNothing(name) && name !== publicCalendar && name !== 'all')
  return found.length === 0 ? undefined : found
}

const receiverNames = [
  'target_user',
  'grantee_email',
  'target_domain',
  'USER_EMAIL',
  'email_forwarding_destination_address',
]

const publicCalendar = '__public_principal__@public.calendar.google.com'
const isRemoval = (record: JsonObject): boolean => {
  const right = newRight(record)
  return right === 'none' || right === 'private'
}

/** What everybody can read now. */
function opened(record: JsonObject): unknown {
  if (!givesAccess.test(codeText(record.name)) || isRemoval(record)) return undefined
  const seen = [parameter('visibility')(record), parameter('new_value')(record)].flat().map(codeText)
  const isPublic = seen.some((name) => name === 'public_on_the_web' || name === 'people_with_link')
  return isPublic || parameter('grantee_email')(record) === publicCalendar ? 'public:everyone' : undefined
}
