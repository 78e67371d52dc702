import { parsedJson } from '@straylight/schemas/parsed-json'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { readByTable } from './table/read-by-table.ts'
import { codeText, type Source, valueAt } from './table/source.ts'
import { outcomeOfStatus } from './table/status-outcome.ts'

/** A field of delivered logs, or the same in the system table `system.access.audit`. */
const either = (camel: string): Source => [
  camel,
  camel.replaceAll(/[A-Z](?=[a-z])/g, (letter) => `_${letter.toLowerCase()}`),
]

const read = readByTable({
  id: ['event_id', requestAndAction],
  time: ['timestamp', 'event_time'],
  tenant_hint: [either('workspaceId'), either('accountId')],
  agent: [caller('runAs'), caller('email'), caller('subjectName')],
  names: [caller('runAs'), caller('email'), caller('subjectName')],
  person: isPerson,
  parent_agent: caller('runBy'),
  session: [either('sessionId'), either('requestId')],
  trace: either('requestId'),
  privilege: given,
  system: either('serviceName'),
  resource: resourceOf,
  action: either('actionName'),
  destinations: [receiver],
  argument_names: (record) => parameters(record),
  bytes_received: (record) => amount(parameters(record).bytes ?? parameters(record).responseSize),
  records: (record) => amount(parameters(record).numRows ?? parameters(record).rowCount),
  outcome: outcomeOf,
  source_ip: ['sourceIPAddress', 'source_ip_address'],
})

/** Databricks' audit log: as delivered to a bucket, and as rows of `system.access.audit`. */
export const databricks: Format = {
  name: 'databricks',
  title: 'Databricks: audit log (delivered JSON, `system.access.audit`), by service principals',
  marks: ['actionName', 'action_name'],
  detect: (value) =>
    ('actionName' in value && 'serviceName' in value && isObject(value.userIdentity)) ||
    ('action_name' in value && 'service_name' in value && 'user_identity' in value),
  read,
}

/** A request may do several things. */
function requestAndAction(record: JsonObject): unknown {
  const id = codeText(record.requestId ?? record.request_id)
  return id === '' ? undefined : `${id}/${actionOf(record)}`
}

const objectAt = (record: JsonObject, ...names: readonly string[]): JsonObject => {
  for (const name of names) {
    const value = record[name]
    const opened = typeof value === 'string' ? parsedJson(value) : value
    if (isObject(opened)) return opened
  }
  return {}
}
const parameters = (record: JsonObject): JsonObject => objectAt(record, 'requestParams', 'request_params')
const amount = (value: unknown): unknown =>
  typeof value === 'number' || (typeof value === 'string' && /^\d{1,15}$/.test(value)) ? value : undefined

/** Who called; a job runs as somebody else than who started it. */
function caller(field: 'email' | 'subjectName' | 'runAs' | 'runBy') {
  const names = { email: ['email'], subjectName: ['subjectName', 'subject_name'] }
  return (record: JsonObject): unknown => {
    const metadata = objectAt(record, 'identityMetadata', 'identity_metadata')
    const [by, as] = [metadata.runBy ?? metadata.run_by, metadata.runAs ?? metadata.run_as]
    if (field === 'runAs') return as
    if (field === 'runBy') return by === as ? undefined : by
    const identity = objectAt(record, 'userIdentity', 'user_identity')
    return names[field].map((name) => identity[name]).find((name) => name !== undefined && name !== null)
  }
}

/** Service principals are named by an id, people by their address. */
function isPerson(record: JsonObject): boolean {
  const name = caller('runAs')(record) ?? caller('email')(record)
  return typeof name === 'string' && name.includes('@')
}

/** What of the parameters of a call names what it is about. */
const resources = [
  ...['full_name_arg', 'table_full_name', 'full_name', 'securable_full_name', 'volume_full_name', 'path', 'notebookId'],
  ...['jobId', 'job_id', 'clusterId', 'cluster_id', 'warehouseId', 'endpointId', 'statementId', 'scope', 'name'],
]

function resourceOf(record: JsonObject): unknown {
  const given = parameters(record)
  return resources.map((name) => given[name]).find((value) => ['string', 'number'].includes(typeof value))
}

/** Changes of rights, as Unity Catalog and workspaces write them: JSON text of a list with who and what. */
function changes(record: JsonObject): readonly JsonObject[] {
  const { changes: text, access_control_list: list } = parameters(record)
  const value = typeof (text ?? list) === 'string' ? parsedJson(codeText(text ?? list)) : (text ?? list)
  return Array.isArray(value) ? value.slice(0, 64).filter(isObject) : []
}

const adminActions = /^(?:set(?:Account)?Admin|changeAccountOwner)$/

function given(record: JsonObject): unknown {
  if (adminActions.test(actionOf(record))) return 'admin'
  const added = changes(record).flatMap(({ add, permission_level }) => [
    ...(Array.isArray(add) ? add.slice(0, 64).map(codeText) : []),
    ...(permission_level === undefined ? [] : [codeText(permission_level)]),
  ])
  return added.length === 0 ? undefined : [...new Set(added)].sort().join(',')
}

/** Who gets rights or data: an account that is made or made an admin, who is granted, the recipient of a share. */
function receiver(record: JsonObject): unknown {
  const of = parameters(record)
  const action = actionOf(record)
  const granted = changes(record)
    .filter(({ add, permission_level }) => permission_level !== undefined || (Array.isArray(add) && add.length > 0))
    .map(({ principal, user_name }) => principal ?? user_name)
  const named = /^(?:set(?:Account)?Admin|changeAccountOwner|add|createUser|addPrincipalToGroup)$/.test(action)
    ? [of.targetUserName, of.targetUserId]
    : []
  const shared = /Recipient$/.test(action) && !/^(?:delete|get|list)/.test(action) ? [of.name, of.recipient_name] : []
  const address = [...granted, ...named].filter((name) => typeof name === 'string' && name.includes('@'))
  const found = [...address, ...shared.filter((name) => typeof name === 'string')]
  return found.length === 0 ? undefined : found
}

const actionOf = (record: JsonObject): string => codeText(record.actionName ?? record.action_name)

function outcomeOf(record: JsonObject): unknown {
  const response = objectAt(record, 'response')
  return outcomeOfStatus(valueAt(response, ['statusCode']) ?? valueAt(response, ['status_code']))
}
