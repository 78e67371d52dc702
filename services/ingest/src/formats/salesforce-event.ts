import type { JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { readByTable } from './table/read-by-table.ts'
import { codeText, isNothing } from './table/source.ts'

const read = readByTable({
  id: ['EventIdentifier', 'EventUuid'],
  time: ['TIMESTAMP_DERIVED', stamp, 'EventDate', 'CreatedDate'],
  tenant_hint: ['ORGANIZATION_ID', 'OrganizationId'],
  agent: [
    ...['CONNECTED_APP_ID', 'ConnectedAppId', 'CLIENT_ID', 'CONNECTED_APP_NAME'],
    ...['USER_NAME', 'USERNAME', 'Username', 'USER_ID_DERIVED', 'USER_ID', 'UserId'],
  ],
  names: [
    ...['CONNECTED_APP_ID', 'ConnectedAppId', 'CLIENT_ID', 'CONNECTED_APP_NAME', 'CLIENT_NAME', 'Client'],
    ...['USER_NAME', 'USERNAME', 'Username', 'USER_ID_DERIVED', 'USER_ID', 'UserId'],
  ],
  person: isPerson,
  owner,
  session: [
    ['SESSION_KEY', 'SessionKey'],
    ['LOGIN_KEY', 'LoginKey'],
  ],
  trace: ['REQUEST_ID', 'RelatedEventIdentifier'],
  parent_agent: 'DELEGATED_USER_NAME',
  credential_id: ['SESSION_KEY', 'SessionKey', 'LOGIN_KEY', 'LoginKey'],
  credential_scopes: 'OAUTH_SCOPES',
  system: { constant: 'salesforce' },
  resource: [
    ...['ENTITY_NAME', 'ENTITY_TYPE', 'QueriedEntities', 'QUERIED_ENTITIES', 'REPORT_ID_DERIVED', 'REPORT_ID'],
    ...['ReportId', 'URI'],
  ],
  action: actionOf,
  bytes_sent: ['REQUEST_SIZE', 'RequestSize'],
  bytes_received: ['RESPONSE_SIZE', 'ResponseSize'],
  records: ['ROWS_PROCESSED', 'RowsProcessed', 'RowsReturned', 'ROWS_RETURNED', 'ROW_COUNT', 'NUMBER_OF_RECORDS'],
  outcome: outcomeOf,
  source_ip: ['SOURCE_IP', 'SourceIp', 'CLIENT_IP'],
})

/** Salesforce's event log files as JSON rows, and events of its real-time event monitoring. */
export const salesforceEvent: Format = {
  name: 'salesforce-event',
  title: 'Salesforce: event log files, real-time event monitoring; calls of connected apps and of the API',
  marks: ['EVENT_TYPE', 'EventIdentifier'],
  detect: (value) =>
    ('EVENT_TYPE' in value && 'ORGANIZATION_ID' in value) ||
    ('EventIdentifier' in value && 'EventDate' in value && ('UserId' in value || 'Username' in value)),
  read,
}

const appOf = (record: JsonObject): unknown =>
  ['CONNECTED_APP_ID', 'ConnectedAppId', 'CLIENT_ID', 'CONNECTED_APP_NAME']
    .map((name) => record[name])
    .find((name) => !isNothing(name))

/** What comes over an API was sent by a program, whoever's account it used. */
const isCall = (record: JsonObject): boolean =>
  /api|apex callout|bulk/i.test(codeText(record.EVENT_TYPE)) ||
  'ApiType' in record ||
  'QueriedEntities' in record ||
  [record.LOGIN_SUB_TYPE, record.LoginSubType, record.LoginType].some((kind) => programsSignIn.test(codeText(kind)))

/** Ways to sign in for which nobody has to be there. */
const programsSignIn = /client.?credentials|jwt/i

function isPerson(record: JsonObject): boolean {
  if (appOf(record) !== undefined || isCall(record)) return false
  const type = codeText(record.USER_TYPE ?? record.UserType)
  return type === '' || /^(?:standard|partner|powerpartner|customer|powercustomersuccess|csponly|guest)$/i.test(type)
}

/** The person for whom a connected app acts. */
function owner(record: JsonObject): unknown {
  return appOf(record) === undefined ? undefined : (record.USER_NAME ?? record.USERNAME ?? record.Username)
}

/** The kind of event, with the operation or method where there is one: `RestApi.GET`. */
function actionOf(record: JsonObject): unknown {
  const kind = codeText(record.EVENT_TYPE) || (isCall(record) ? 'ApiEvent' : '')
  const operation = [record.OPERATION, record.Operation, record.METHOD_NAME, record.METHOD, record.LoginType]
    .map(codeText)
    .find((name) => name !== '')
  const parts = [kind, operation ?? ''].filter((part) => part !== '')
  return parts.length === 0 ? 'event' : parts.join('.')
}

/** `20230504213647.569`, in UTC. */
function stamp({ TIMESTAMP }: JsonObject): unknown {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?$/.exec(codeText(TIMESTAMP))
  if (parts === null) return TIMESTAMP
  const [, year, month, day, hour, minute, second, fraction = ''] = parts
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}Z`
}

/** `A` is a missing right, `F` and `U` are failures; a sign-in says in words how it ended. */
const statuses = new Map([
  ['S', 'success'],
  ['A', 'denied'],
  ['F', 'failure'],
  ['U', 'failure'],
])

function outcomeOf(record: JsonObject): unknown {
  const login = codeText(record.LOGIN_STATUS ?? record.Status)
  if (/^LOGIN_NO_ERROR$|^Success$/i.test(login)) return 'success'
  if (/^LOGIN_|^Failed|^Invalid/i.test(login)) return 'denied'
  const status = statuses.get(codeText(record.REQUEST_STATUS))
  if (status !== undefined) return status
  const code = Number(codeText(record.STATUS_CODE))
  if (code === 401 || code === 403) return 'denied'
  if (code >= 200 && code <= 399) return 'success'
  return code >= 400 && code <= 599 ? 'failure' : undefined
}
