import { wholeOrganisation } from '@straylight/models/event/everybody'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import { singleJson } from '../record/inner-json.ts'
import type { Format } from './format.ts'
import { readByTable } from './table/read-by-table.ts'
import { codeText } from './table/source.ts'
import { outcomeOfStatus } from './table/status-outcome.ts'

/** What of the parameters of a call names what it is about. */
const resources = [
  ...['full_name_arg', 'table_full_name', 'full_name', 'securable_full_name', 'volume_full_name', 'path', 'notebookId'],
  ...['jobId', 'job_id', 'clusterId', 'cluster_id', 'warehouseId', 'endpointId', 'statementId', 'scope', 'name'],
]

const readCall = readByTable({
  id: ['eventId', requestAndAction],
  time: 'timestamp',
  tenant_hint: ['workspaceId', 'accountId'],
  agent: [runAs, 'userIdentity/email', 'userIdentity/subjectName'],
  names: [runAs, 'userIdentity/email', 'userIdentity/subjectName'],
  person: isPerson,
  parent_agent: startedBy,
  session: ['sessionId', 'requestId'],
  trace: 'requestId',
  privilege: given,
  system: 'serviceName',
  resource: resources.map((name) => (record: JsonObject) => nameOf(parametersOf(record)[name])),
  action: 'actionName',
  destinations: [receiver, places],
  argument_names: 'requestParams',
  bytes_received: (record) => amount(parametersOf(record).bytes ?? parametersOf(record).responseSize),
  records: (record) => amount(parametersOf(record).numRows ?? parametersOf(record).rowCount),
  outcome: (record) => outcomeOfStatus(record.statusCode),
  source_ip: 'sourceIPAddress',
})

/** Databricks' audit log: as delivered to a bucket, and as rows of `system.access.audit`. */
export const databricks: Format = {
  name: 'databricks',
  title: 'Databricks: audit log (delivered JSON, `system.access.audit`), by service principals',
  marks: ['actionName', 'action_name'],
  detect: (value) =>
    ('actionName' in value && 'serviceName' in value && isObject(value.userIdentity)) ||
    ('action_name' in value && 'service_name' in value && 'user_identity' in value),
  read: (value) => readCall(databricksRecord(value)),
}

/** A record in one spelling, whether it was delivered (camel case) or is a row of the system table (underlines, objects perhaps as text). */
function databricksRecord(value: JsonObject): JsonObject {
  const identity = objectOf(value.userIdentity ?? value.user_identity)
  const metadata = objectOf(value.identityMetadata ?? value.identity_metadata)
  const response = objectOf(value.response)
  return {
    eventId: value.event_id,
    timestamp: value.timestamp ?? value.event_time,
    workspaceId: value.workspaceId ?? value.workspace_id,
    accountId: value.accountId ?? value.account_id,
    sessionId: value.sessionId ?? value.session_id,
    requestId: value.requestId ?? value.request_id,
    serviceName: value.serviceName ?? value.service_name,
    actionName: value.actionName ?? value.action_name,
    userIdentity: { email: identity.email, subjectName: identity.subjectName ?? identity.subject_name },
    identityMetadata: { runBy: metadata.runBy ?? metadata.run_by, runAs: metadata.runAs ?? metadata.run_as },
    requestParams: objectOf(value.requestParams ?? value.request_params),
    statusCode: response.statusCode ?? response.status_code,
    sourceIPAddress: value.sourceIPAddress ?? value.source_ip_address,
  }
}

/** An object, or JSON text of one; empty where there is none. */
function objectOf(value: unknown): JsonObject {
  const opened = typeof value === 'string' ? singleJson(value) : value
  return isObject(opened) ? opened : {}
}

const parametersOf = (record: JsonObject): JsonObject => objectOf(record.requestParams)
const actionOf = (record: JsonObject): string => codeText(record.actionName)
const amount = (value: unknown): unknown =>
  typeof value === 'number' || (typeof value === 'string' && /^\d{1,15}$/.test(value)) ? value : undefined
const nameOf = (value: unknown): unknown => (typeof value === 'string' || typeof value === 'number' ? value : undefined)

/** A request may do several things. */
function requestAndAction(record: JsonObject): unknown {
  const id = codeText(record.requestId)
  return id === '' ? undefined : `${id}/${actionOf(record)}`
}

/** A job may run as somebody else than who started it. */
function runAs(record: JsonObject): unknown {
  return objectOf(record.identityMetadata).runAs
}

function startedBy(record: JsonObject): unknown {
  const { runBy } = objectOf(record.identityMetadata)
  return runBy === runAs(record) ? undefined : runBy
}

/** Service principals are named by an id, people by their address. */
function isPerson(record: JsonObject): boolean {
  const name = runAs(record) ?? objectOf(record.userIdentity).email
  return typeof name === 'string' && name.includes('@')
}

/** Changes of rights, as Unity Catalog and workspaces write them: JSON text of a list with who and what. */
function changes(record: JsonObject): readonly JsonObject[] {
  const { changes: text, access_control_list: list } = parametersOf(record)
  const value = typeof (text ?? list) === 'string' ? singleJson(codeText(text ?? list)) : (text ?? list)
  return Array.isArray(value) ? value.slice(0, 64).filter(isObject) : []
}

const adminActions = /^(?:set(?:Account)?Admin|changeAccountOwner)$/

function given(record: JsonObject): unknown {
  if (adminActions.test(actionOf(record))) return 'admin'
  const { targetGroupName: group } = parametersOf(record)
  if (actionOf(record) === 'addPrincipalToGroup' && codeText(group) !== '') return codeText(group)
  const of = parametersOf(record)
  if (changesList.test(actionOf(record))) return nameOf(of.aclPermissionSet ?? of.permission)
  if (/^generateTemporary\w*Credential$/.test(actionOf(record))) return nameOf(of.operation)
  const added = changes(record).flatMap(({ add, permission_level }) => [
    ...(Array.isArray(add) ? add.slice(0, 64).map(codeText) : []),
    ...(permission_level === undefined ? [] : [codeText(permission_level)]),
  ])
  return added.length === 0 ? undefined : [...new Set(added)].sort().join(',')
}

/** Changes of older lists of rights, of whom each names one. */
const changesList = /^(?:change\w*Acl|putAcl)$/

/** Places outside that are set up, networks that are let in, and who reads a share. */
function places(record: JsonObject): unknown {
  const of = parametersOf(record)
  const action = actionOf(record)
  if (/^(?:create|update)ExternalLocation$/.test(action)) return nameOf(of.url)
  if (action.startsWith('deltaSharing')) return nameOf(of.recipient_name)
  if (!/^(?:create|update|replace)IpAccessList$/.test(action) || codeText(of.list_type) === 'BLOCK') return undefined
  const list = typeof of.ip_addresses === 'string' ? singleJson(of.ip_addresses) : of.ip_addresses
  return Array.isArray(list) ? list.slice(0, 64).filter((one) => typeof one === 'string') : undefined
}

/** The groups that all of an account, or all of a workspace, belong to. */
const receiverName = (name: unknown): unknown =>
  /^(?:account users|users)$/i.test(codeText(name)) ? wholeOrganisation : name

/** Who gets rights or data: an account that is made or made an admin, who is granted, the recipient of a share. */
function receiver(record: JsonObject): unknown {
  const of = parametersOf(record)
  const action = actionOf(record)
  const granted = changes(record)
    .filter(({ add, permission_level }) => permission_level !== undefined || (Array.isArray(add) && add.length > 0))
    .map(({ principal, user_name, group_name }) => receiverName(principal ?? user_name ?? group_name))
  const named = /^(?:set(?:Account)?Admin|changeAccountOwner|add|createUser|addPrincipalToGroup)$/.test(action)
    ? [of.targetUserName, of.targetUserId]
    : []
  const shared = /Recipient$/.test(action) && !/^(?:delete|get|list)/.test(action) ? [of.name, of.recipient_name] : []
  const listed = changesList.test(action) ? [receiverName(of.principal), of.targetUserId] : []
  const address = [...granted, ...named].filter((name) => typeof name === 'string' && name.includes('@'))
  const found = [
    ...address,
    ...[...granted, ...listed, ...shared].filter((name) => typeof name === 'string' && !address.includes(name)),
  ]
  return found.length === 0 ? undefined : found
}
