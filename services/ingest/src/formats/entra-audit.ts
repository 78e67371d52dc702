import { isObject, type JsonObject } from '../record/field-reader.ts'
import { entraRecord } from './entra-record.ts'
import type { Format } from './format.ts'
import { guestOf } from './guest-name.ts'
import { readByTable } from './table/read-by-table.ts'
import { codeText, isNothing, valueAt } from './table/source.ts'
import { saysDenied } from './table/status-outcome.ts'

/** Changed properties that say which right was given. */
const rights: ReadonlySet<unknown> = new Set([
  ...['Role.DisplayName', 'Role.WellKnownObjectName', 'AppRole.Value', 'AppRole.DisplayName'],
  ...['DelegatedPermissionGrant.Scope', 'ConsentAction.Permissions', 'Group.DisplayName'],
])

const read = readByTable({
  id: 'id',
  time: ['activityDateTime', 'timeGenerated', 'recordTime'],
  tenant_hint: ['aADTenantId', 'aadTenantId', 'tenantId'],
  agent: [
    ...['initiatedBy/app/servicePrincipalId', 'initiatedBy/app/appId', 'initiatedBy/app/displayName'],
    ...['initiatedBy/user/userPrincipalName', 'initiatedBy/user/id', 'identity'],
  ],
  names: [
    ...['initiatedBy/app/servicePrincipalId', 'initiatedBy/app/appId', 'initiatedBy/app/displayName'],
    ...['initiatedBy/app/servicePrincipalName', 'initiatedBy/user/userPrincipalName', 'initiatedBy/user/id'],
  ],
  person: (record) =>
    isNothing(valueAt(record, ['initiatedBy', 'app'])) && !isNothing(valueAt(record, ['initiatedBy', 'user'])),
  session: 'correlationId',
  trace: 'correlationId',
  credential_id: 'initiatedBy/app/credentialKeyId',
  privilege: [rightOf, roleTarget, keyOf],
  system: ['loggedByService', { constant: 'entra' }],
  resource: ['targetResources/0/id', 'targetResources/0/displayName', 'targetResources/0/userPrincipalName'],
  action: ['activityDisplayName', 'operationName', 'operationType'],
  destinations: [outsiders, receivers, trusted],
  outcome: [
    refused,
    {
      at: 'result',
      values: { success: 'success', failure: 'failure', timeout: 'failure', Success: 'success', Failure: 'failure' },
    },
    { at: 'resultType', values: { 0: 'success', Success: 'success', Failure: 'failure' } },
  ],
  source_ip: ['initiatedBy/user/ipAddress', 'initiatedBy/app/ipAddress', 'ipAddress'],
})

/** Entra ID's directory audit: what applications and service principals changed; what people changed is passed over. */
export const entraAudit: Format = {
  name: 'entra-audit',
  title: 'Microsoft Entra: directory audit by applications (Graph, Event Hub, Log Analytics)',
  marks: ['category', 'activityDateTime', 'InitiatedBy', 'Category'],
  detect: (value) =>
    ('initiatedBy' in value && ('activityDateTime' in value || 'activityDisplayName' in value)) ||
    ('InitiatedBy' in value && 'TargetResources' in value) ||
    (value.category === 'AuditLogs' && isObject(value.properties) && 'initiatedBy' in value.properties),
  read: (value) => read(entraRecord(value)),
}

/** The reason of a failure says where a right was missing. */
function refused(record: JsonObject): unknown {
  const { result, resultReason } = record
  const isFailure = typeof result === 'string' && result.toLowerCase() === 'failure'
  return isFailure && typeof resultReason === 'string' && saysDenied(resultReason) ? 'denied' : undefined
}

function* changed(record: JsonObject): Generator<JsonObject> {
  const targets = record.targetResources
  if (!Array.isArray(targets)) return
  for (const target of targets.slice(0, 64)) {
    const properties = valueAt(target, ['modifiedProperties'])
    if (Array.isArray(properties))
      for (const property of properties.slice(0, 64)) if (isObject(property)) yield property
  }
}

/** New values are JSON text: `"Global Administrator"` with its quotes. */
function rightOf(record: JsonObject): unknown {
  for (const { displayName, newValue } of changed(record))
    if (rights.has(displayName) && typeof newValue === 'string') {
      const text = newValue.replace(/^"+|"+$/g, '').trim()
      // A consent says what was there, an arrow, and what is there now.
      const right = /=>.*?\bScope: ?([^,\]]{1,300})/s.exec(text)?.[1]?.trim() ?? text
      if (right !== '') return right
    }
  return undefined
}

const doneIn = (record: JsonObject): string => codeText(record.activityDisplayName ?? record.operationName)
const removes = /^(?:remove|delete|hard delete|disable|revoke|unassign|restore|cancel)\b/i

const targetsOf = (record: JsonObject): readonly JsonObject[] =>
  Array.isArray(record.targetResources) ? record.targetResources.slice(0, 64).filter(isObject) : []

const withoutQuotes = (value: unknown): string =>
  codeText(value)
    .replace(/^"+|"+$/g, '')
    .trim()

/** Privileged Identity Management names the role as a target. */
function roleTarget(record: JsonObject): unknown {
  if (removes.test(doneIn(record)) || !/\brole\b/i.test(doneIn(record))) return undefined
  return targetsOf(record).find(({ type, displayName }) => type === 'Role' && !isNothing(displayName))?.displayName
}

/** The application whose key or certificate was added: whoever holds it is that application from then on. */
function keyOf(record: JsonObject): unknown {
  if (!/^add service principal credentials|certificates and secrets management/i.test(doneIn(record))) return undefined
  return targetsOf(record).map(({ displayName, id }) => displayName ?? id)[0]
}

/** Changed properties that say who got a right, most telling first. */
const receiverNames = ['User.UPN', 'ServicePrincipal.ObjectID', 'User.ObjectID', 'Group.ObjectID']
const givesRight =
  /^add (?:app role assignment|delegated permission grant|(?:eligible |scoped )?member to role|owner to|credentials)|^consent to application/i

/** Who gets a role, an application's right or a say in it: people by their names, programs and groups by their ids. */
function receivers(record: JsonObject): unknown {
  const done = doneIn(record)
  if (!givesRight.test(done)) return undefined
  const named = new Map([...changed(record)].map(({ displayName, newValue }) => [displayName, withoutQuotes(newValue)]))
  const receiver = receiverNames.map((name) => named.get(name)).find((value) => value !== undefined && value !== '')
  if (receiver !== undefined) return guestOf(receiver) ?? receiver
  const [first] = targetsOf(record).filter(
    ({ type }) => type !== 'Role' && type !== 'Application' && type !== 'Directory',
  )
  return guestOf(first?.userPrincipalName) ?? first?.userPrincipalName ?? first?.id
}

/** Whose sign-ins and whose people are believed from then on. */
const trustNames: ReadonlySet<unknown> = new Set([
  'IssuerUri',
  'PassiveLogOnUri',
  'tenantId',
  'FederatedIdentityCredentials',
])

function trusted(record: JsonObject): unknown {
  if (!/federation|cross-?tenant|federated identity/i.test(doneIn(record)) || removes.test(doneIn(record)))
    return undefined
  const found = [...changed(record)].flatMap(({ displayName, newValue }) => {
    if (!trustNames.has(displayName)) return []
    const text = withoutQuotes(newValue)
    return displayName === 'FederatedIdentityCredentials' ? [...(/https?:\/\/[^\s"\\,]+/.exec(text) ?? [])] : [text]
  })
  return found.filter((text) => text !== '')
}

/** Guests that are invited: their addresses stand in the details, and in the name that they get here. */
function outsiders(record: JsonObject): unknown {
  if (removes.test(doneIn(record))) return undefined
  const details: readonly unknown[] = Array.isArray(record.additionalDetails)
    ? record.additionalDetails.slice(0, 64)
    : []
  const invited = details.flatMap((detail) =>
    isObject(detail) && /^invited ?user ?email ?address$/i.test(codeText(detail.key)) ? [detail.value] : [],
  )
  const guests = targetsOf(record).flatMap(({ userPrincipalName }) => guestOf(userPrincipalName) ?? [])
  const found = [...invited, ...guests]
  return found.length === 0 ? undefined : found
}
