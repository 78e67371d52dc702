import { isObject, type JsonObject } from '../record/field-reader.ts'
import { azureRecord } from './azure-record.ts'
import type { Format } from './format.ts'
import { readByTable } from './table/read-by-table.ts'
import { codeText, isNothing, valueAt } from './table/source.ts'
import { outcomeOfStatus, saysDenied } from './table/status-outcome.ts'

const objectId = 'http://schemas.microsoft.com/identity/claims/objectidentifier'
const claim = (name: string) => (record: JsonObject) => valueAt(record.claims, [name])
const evidence = 'authorization/evidence'

const readActivity = readByTable({
  id: 'eventDataId',
  time: 'time',
  tenant_hint: [
    'tenantId',
    claim('http://schemas.microsoft.com/identity/claims/tenantid'),
    claim('tid'),
    'requester/tenantId',
  ],
  agent: [
    claim('appid'),
    'requester/appId',
    `${evidence}/principalId`,
    claim(objectId),
    'requester/objectId',
    'caller',
    // Storage names nothing else of some people.
    'requester/upn',
  ],
  names: [
    claim('appid'),
    ...['requester/appId', `${evidence}/principalId`],
    claim(objectId),
    claim('oid'),
    ...['requester/objectId', 'requester/upn', 'caller'],
    claim('name'),
  ],
  person: isPerson,
  session: [claim('sid'), 'correlationId'],
  trace: 'correlationId',
  credential_id: [claim('uti'), 'requester/tokenId'],
  privilege: [roleGiven, `${evidence}/role`],
  system: provider,
  resource: ['properties/id', 'properties/objectKey', 'resourceId'],
  action: 'operationName',
  destinations: [openedTo, assignedTo, ledTo],
  argument_names: 'request',
  bytes_sent: ['properties/requestBodySize', 'requestBodySize'],
  bytes_received: ['properties/responseBodySize', 'responseBodySize'],
  outcome: outcomeOf,
  source_ip: 'ipAddress',
})

/** Categories of which each record is somebody's call; the others tell of the service itself. */
const calls: ReadonlySet<string> = new Set([
  ...['Administrative', 'AuditEvent', 'StorageRead', 'StorageWrite', 'StorageDelete'],
])
const ofService: ReadonlySet<string> = new Set([
  ...['ServiceHealth', 'ResourceHealth', 'Alert', 'Autoscale', 'Recommendation', 'Policy', 'Security'],
])

/** Azure's activity log, and the resource logs of Key Vault and Storage: what applications and managed identities did. */
export const azureActivity: Format = {
  name: 'azure-activity',
  title: 'Azure: activity log; resource logs of Key Vault and Storage (Event Hub, storage, REST, Log Analytics)',
  marks: ['resourceId', 'ResourceId', '_ResourceId', 'OperationNameValue'],
  detect(value) {
    const category = categoryOf(value)
    return (
      (calls.has(category) || ofService.has(category)) &&
      ('operationName' in value || 'OperationNameValue' in value || 'OperationName' in value)
    )
  },
  read(value) {
    const category = categoryOf(value)
    if (ofService.has(category)) return { passed_over: `azure-activity ${category}` }
    const record = azureRecord(value)
    if (/^(?:start(?:ed)?|accept(?:ed)?)$/i.test(codeText(record.resultType)))
      return { passed_over: 'azure-activity start of an operation' }
    const { claims, caller, authorization, requester } = record
    return [claims, caller, authorization, requester].every(isNothing)
      ? { passed_over: 'azure-activity caller without a name' }
      : readActivity(record)
  },
}

const categoryOf = ({ category, Category, CategoryValue }: JsonObject): string =>
  codeText(valueAt(category, ['value']) ?? category ?? CategoryValue ?? Category)

/** An application says so itself, or is named by an id; people are named by their address. */
function isPerson(record: JsonObject): boolean {
  const kind = codeText(valueAt(record, ['authorization', 'evidence', 'principalType']))
  if (claim('idtyp')(record) === 'app' || /^(?:serviceprincipal|managedidentity|application)$/i.test(kind)) return false
  const address =
    claim('http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn')(record) ??
    claim('upn')(record) ??
    valueAt(record, ['requester', 'upn']) ??
    record.caller
  return kind.toLowerCase() === 'user' || codeText(address).includes('@')
}

/** The provider whose operation it is: `Microsoft.KeyVault` of `Microsoft.KeyVault/vaults/secrets/read`. */
function provider(record: JsonObject): unknown {
  const ofResource = /\/providers\/([^/]+)/i.exec(codeText(record.resourceId))?.[1]
  const ofOperation = /^(microsoft\.[a-z.]+)\//i.exec(codeText(record.operationName))?.[1]
  return (ofOperation ?? ofResource ?? 'azure').toLowerCase()
}

/** The role of an assignment, by its id. */
function roleGiven(record: JsonObject): unknown {
  if (!/\/roleassignments\/write$/i.test(codeText(record.operationName))) return undefined
  const role = codeText(valueAt(record.request, ['roleDefinitionId']) ?? valueAt(record.request, ['RoleDefinitionId']))
  return role === '' ? undefined : role.slice(role.lastIndexOf('/') + 1)
}

/** Who gets the role, by the id of the principal. */
function assignedTo(record: JsonObject): unknown {
  return roleGiven(record) === undefined
    ? undefined
    : (valueAt(record.request, ['principalId']) ?? valueAt(record.request, ['PrincipalId']))
}

/** Where logs, networks and secrets are led: other accounts' storage, event hubs and networks, and whom a vault lets in. */
function ledTo(record: JsonObject): unknown {
  const of = record.request
  if (!isObject(of) || !/\/(?:write|action)$/i.test(codeText(record.operationName))) return undefined
  const policies = Array.isArray(of.accessPolicies) ? of.accessPolicies.slice(0, 64) : []
  const found = [
    ...[of.storageAccountId, of.eventHubAuthorizationRuleId, of.workspaceId],
    valueAt(of.remoteVirtualNetwork, ['id']),
    ...policies.map((policy: unknown) => valueAt(policy, ['objectId'])),
  ].filter((one) => typeof one === 'string' && one !== '')
  return found.length === 0 ? undefined : found
}

const everywhere: ReadonlySet<unknown> = new Set(['*', 'Internet', 'Any', '0.0.0.0/0', '::/0'])

/** What everybody can reach now: public blobs, a rule that lets in every address. */
function openedTo(record: JsonObject): unknown {
  const of = record.request
  if (!isObject(of) || !/\/(?:write|action)$/i.test(codeText(record.operationName))) return undefined
  const access = codeText(of.publicAccess ?? of.PublicAccess)
  const prefixes = [of.sourceAddressPrefix, of.sourceAddressPrefixes, of.cidr].flat()
  const letsIn = codeText(of.access) !== 'Deny' && codeText(of.direction) !== 'Outbound'
  const isPublic =
    of.allowBlobPublicAccess === true ||
    /^(?:blob|container)$/i.test(access) ||
    (letsIn && prefixes.some((prefix) => everywhere.has(prefix))) ||
    (of.startIpAddress === '0.0.0.0' && of.endIpAddress === '255.255.255.255')
  return isPublic ? 'public:everyone' : undefined
}

function outcomeOf(record: JsonObject): unknown {
  const status = outcomeOfStatus(valueAt(record, ['properties', 'httpStatusCode']) ?? record.status)
  const result = codeText(record.resultType)
  const isFailure = /fail|error|denied|unauthori[sz]ed|forbidden/i.test(result)
  if (status !== undefined && (status !== 'success' || !isFailure)) return status
  if (!isFailure) return result === '' ? undefined : 'success'
  const said = [result, record.resultSignature, record.resultDescription, valueAt(record, ['properties', 'statusCode'])]
  return said.some((text) => saysDenied(codeText(text)) || /AuthorizationFailed/i.test(codeText(text)))
    ? 'denied'
    : 'failure'
}
