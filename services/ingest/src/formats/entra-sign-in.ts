import type { JsonObject } from '../record/field-reader.ts'
import { entraRecord } from './entra-record.ts'
import type { Format } from './format.ts'
import { readByTable } from './table/read-by-table.ts'
import { codeText, isNothing, valueAt } from './table/source.ts'

/** Sign-ins that failed because somebody was not let in, and not because they were somebody else: blocked, not assigned, not consented. */
const denied: ReadonlySet<string> = new Set([
  '53000',
  '53003',
  '50105',
  '50076',
  '50079',
  '65001',
  '500011',
  '53004',
  '530032',
  '53031',
  '7000112',
  '70043',
  '90094',
])

const read = readByTable({
  id: 'id',
  time: ['createdDateTime', 'timeGenerated', 'recordTime'],
  tenant_hint: ['aADTenantId', 'aadTenantId', 'resourceTenantId', 'homeTenantId', 'tenantId'],
  agent: [agentIdentity, 'servicePrincipalId', 'managedIdentityId', 'appId', 'userPrincipalName', 'userId'],
  names: [
    'agent/agentId',
    'servicePrincipalId',
    'appId',
    'servicePrincipalName',
    'appDisplayName',
    'userPrincipalName',
    'userId',
  ],
  person: isPerson,
  owner: ['agent/agentSubjectParentId', 'agent/agentSubjectParentID'],
  session: ['sessionId', 'correlationId'],
  trace: 'correlationId',
  parent_agent: ['agent/parentAppId', 'agent/agentSubjectParentId', 'agent/agentSubjectParentID'],
  credential_id: [
    ...['servicePrincipalCredentialKeyId', 'servicePrincipalCredentialThumbprint', 'federatedCredentialId'],
    'uniqueTokenIdentifier',
  ],
  privilege: ['roleTemplateId', 'appRole'],
  system: ['resourceDisplayName', 'resourceIdentity', 'resourceId', { constant: 'entra' }],
  resource: ['resourceId', 'resourceIdentity', 'resourceServicePrincipalId'],
  action: { constant: 'sign_in' },
  outcome: outcomeOf,
  source_ip: ['ipAddress', 'callerIpAddress'],
})

/** Entra ID's sign-ins: of service principals, managed identities and agent identities; those of people are passed over. */
export const entraSignIn: Format = {
  name: 'entra-sign-in',
  title:
    'Microsoft Entra: sign-ins of service principals, managed and agent identities (Graph, Event Hub, Log Analytics)',
  marks: [
    'category',
    'signInEventTypes',
    'servicePrincipalId',
    'appDisplayName',
    'ServicePrincipalId',
    'Category',
    'Type',
    'ResultType',
  ],
  detect: isSignIn,
  read: (value) => read(entraRecord(value)),
}

const isText = (value: unknown): value is string => typeof value === 'string'

function isSignIn(value: JsonObject): boolean {
  const kind = value.category ?? value.Category ?? value.Type
  if (isText(kind) && /^(?:AAD)?(?:\w*SignInLogs|SigninLogs)$/i.test(kind)) return true
  if (!('ipAddress' in value || 'IPAddress' in value)) return false
  const isGraph = 'createdDateTime' in value && ('resourceDisplayName' in value || 'signInEventTypes' in value)
  return isGraph || ('TimeGenerated' in value && 'ResultType' in value && 'ResourceIdentity' in value)
}

/** The agent's own identity, where Entra knows that it is one. */
function agentIdentity(record: JsonObject): unknown {
  return isAgentic(record)
    ? (valueAt(record, ['agent', 'agentId']) ?? record.servicePrincipalId ?? record.userPrincipalName ?? record.userId)
    : undefined
}

function isAgentic(record: JsonObject): boolean {
  const type = valueAt(record, ['agent', 'agentType'])
  return isText(type) && type !== 'notAgentic' && type !== 'unknownFutureValue'
}

/** An agent's own user account is no person. */
function isPerson(record: JsonObject): boolean {
  return (
    !isAgentic(record) &&
    isNothing(record.servicePrincipalId) &&
    isNothing(record.managedIdentityId) &&
    !(isNothing(record.userPrincipalName) && isNothing(record.userId))
  )
}

function outcomeOf(record: JsonObject): unknown {
  const code = valueAt(record, ['status', 'errorCode']) ?? record.resultType ?? record.errorCode
  if (isNothing(code)) return undefined
  const text = codeText(code)
  return text === '0' || text.toLowerCase() === 'success' ? 'success' : denied.has(text) ? 'denied' : 'failure'
}
