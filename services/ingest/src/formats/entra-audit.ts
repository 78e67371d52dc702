import { isObject, type JsonObject } from '../record/field-reader.ts'
import { entraRecord } from './entra-record.ts'
import type { Format } from './format.ts'
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
  privilege: rightOf,
  system: ['loggedByService', { constant: 'entra' }],
  resource: ['targetResources/0/id', 'targetResources/0/displayName', 'targetResources/0/userPrincipalName'],
  action: ['activityDisplayName', 'operationName', 'operationType'],
  destinations: [outsiders],
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

/** Guests that are invited: their addresses stand in the details, and in the name that they get here. */
function outsiders(record: JsonObject): unknown {
  const done = codeText(record.activityDisplayName ?? record.operationName)
  if (/^(?:remove|delete|hard delete|disable|revoke|unassign)\b/i.test(done)) return undefined
  const details: readonly unknown[] = Array.isArray(record.additionalDetails)
    ? record.additionalDetails.slice(0, 64)
    : []
  const invited = details.flatMap((detail) =>
    isObject(detail) && /^invited ?user ?email ?address$/i.test(codeText(detail.key)) ? [detail.value] : [],
  )
  const targets: readonly unknown[] = Array.isArray(record.targetResources) ? record.targetResources.slice(0, 64) : []
  const guests = targets.flatMap((target) => guestOf(valueAt(target, ['userPrincipalName'])))
  const found = [...invited, ...guests]
  return found.length === 0 ? undefined : found
}

/** `mallory_evil.example#EXT#@acme.onmicrosoft.com` is mallory@evil.example. */
function guestOf(name: unknown): string[] {
  const guest = typeof name === 'string' ? /^(.{1,200})_([^_]{1,200})#EXT#@/i.exec(name) : null
  return guest === null ? [] : [`${guest[1]}@${guest[2]}`]
}
