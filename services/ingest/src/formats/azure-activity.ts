import type { JsonObject } from '../record/field-reader.ts'
import { assignedTo, azureGrants, azureRole, handedOut } from './azure-grants.ts'
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
  privilege: [azureRole, handedOut, `${evidence}/role`],
  system: provider,
  resource: ['properties/id', 'properties/objectKey', 'resourceId'],
  action: 'operationName',
  destinations: [assignedTo, azureGrants],
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
