import { everybody, wholeOrganisation } from '@straylight/models/event/everybody'
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
  privilege: (record) => (isRemoval(record) ? undefined : newRight(record)),
  tool: parameter('method_name'),
  system: systemOf,
  resource: [
    ...['doc_id', 'calendar_id', 'shared_drive_id', 'team_drive_id', 'group_email', 'group_id', 'GROUP_EMAIL'],
    ...['USER_EMAIL', 'ASSET_ID', 'resource_id', 'matter_id', 'APP_ID'],
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
    const { events: given, ...shared } = value
    // Collectors that take activities apart leave one event where a list was.
    const events: unknown = isObject(given) ? [given] : given
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

/** Events that let somebody in, and the parameters that name whom. */
const givesAccess =
  /^(?:change_(?:user_access|document_access_scope|document_visibility|calendar_acls|owner)|CHANGE_USER_ACCESS|(?:shared|team)_drive_membership_change|add_(?:group_)?member|ADD_GROUP_MEMBER|invite_user|CREATE_USER|CREATE_EMAIL_MONITOR|ASSIGN_ROLE|add_user|email_forwarding_out_of_domain|AUTHORIZE_API_CLIENT_ACCESS|ADD_TRUSTED_DOMAINS|CREATE_DATA_TRANSFER_REQUEST)/
const rightNames = [
  'ROLE_NAME',
  'new_value',
  'NEW_VALUE',
  'access_level',
  'added_role',
  'member_role',
  'API_SCOPES',
].map(parameter)

/** What right was given with it. */
function newRight(record: JsonObject): unknown {
  if (!givesAccess.test(codeText(record.name))) return undefined
  const right = rightNames.map((named) => named(record)).find((value) => !isNothing(value))
  return Array.isArray(right) ? right.slice(0, 64).map(codeText).sort().join(',') : right
}

/** Who is let in, or gets what is forwarded. */
function receivers(record: JsonObject): unknown {
  const name = codeText(record.name)
  if (!givesAccess.test(name) || isRemoval(record)) return undefined
  const found = (receiversOf[name] ?? receiverNames)
    .map((one) => parameter(one)(record))
    .filter((one) => !isNothing(one) && one !== publicCalendar && one !== 'all')
  return found.length === 0 ? undefined : found
}

/** Where whom an event is about is not whom it lets in. */
const receiversOf: Readonly<Record<string, readonly string[]>> = {
  CREATE_EMAIL_MONITOR: ['EMAIL_MONITOR_DEST_EMAIL'],
  CREATE_DATA_TRANSFER_REQUEST: ['DESTINATION_USER_EMAIL'],
  AUTHORIZE_API_CLIENT_ACCESS: ['API_CLIENT_NAME'],
  ADD_TRUSTED_DOMAINS: ['DOMAIN_NAME'],
}
const receiverNames = [
  ...['target_user', 'grantee_email', 'target_domain', 'target', 'new_owner', 'USER_EMAIL', 'user_email'],
  ...['TARGET_USER_EMAIL', 'member_id', 'email_forwarding_destination_address'],
]

const publicCalendar = '__public_principal__@public.calendar.google.com'
const isRemoval = (record: JsonObject): boolean => {
  const right = newRight(record)
  return (
    right === 'none' || right === 'private' || /^remove/.test(codeText(parameter('membership_change_type')(record)))
  )
}

/** What everybody can read now, or all of the domain. */
function opened(record: JsonObject): unknown {
  if (!givesAccess.test(codeText(record.name)) || isRemoval(record)) return undefined
  const seen = [parameter('visibility')(record), parameter('new_value')(record)].flat().map(codeText)
  const isPublic = seen.some((name) => name === 'public_on_the_web' || name === 'people_with_link')
  if (isPublic || parameter('grantee_email')(record) === publicCalendar) return everybody
  return seen.some((name) => name === 'people_within_domain_with_link' || name === 'public_in_the_domain')
    ? wholeOrganisation
    : undefined
}
