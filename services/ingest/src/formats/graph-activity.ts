import { isObject, type JsonObject } from '../record/field-reader.ts'
import { entraRecord } from './entra-record.ts'
import type { Format } from './format.ts'
import { readByTable } from './table/read-by-table.ts'
import { codeText, isNothing } from './table/source.ts'
import { statusOutcome } from './table/status-outcome.ts'

const read = readByTable({
  id: 'requestId',
  time: ['timeGenerated', 'recordTime'],
  tenant_hint: ['aADTenantId', 'aadTenantId', 'tenantId'],
  agent: ['servicePrincipalId', 'appId', 'userId'],
  names: ['servicePrincipalId', 'appId', 'userId'],
  person: (record) => isNothing(record.servicePrincipalId) && !isNothing(record.userId),
  session: ['sessionId', 'signInActivityId'],
  trace: ['operationId', 'clientRequestId', 'requestId'],
  credential_id: ['uniqueTokenId', 'signInActivityId'],
  credential_issued_at: ['tokenIssuedAt'],
  credential_scopes: ['scopes', 'roles'],
  privilege: ['wids', 'roles', 'scopes'],
  system: { constant: 'Microsoft Graph' },
  resource: 'requestUri',
  action: actionOf,
  bytes_received: 'responseSizeBytes',
  outcome: statusOutcome('responseStatusCode'),
  source_ip: ['ipAddress', 'callerIpAddress'],
})

/** What applications ask of Microsoft Graph, request by request; what people ask is passed over. */
export const graphActivity: Format = {
  name: 'graph-activity',
  title: 'Microsoft Graph: activity log (Event Hub, Log Analytics)',
  marks: ['RequestUri', 'requestUri', 'category'],
  detect: (value) =>
    (value.category === 'MicrosoftGraphActivityLogs' && isObject(value.properties)) ||
    ('RequestUri' in value && 'RequestMethod' in value) ||
    ('requestUri' in value && 'requestMethod' in value),
  read: (value) => read(entraRecord(value)),
}

/** The method and what kind of thing it is about: ids in a path are resources, and no actions. */
function actionOf(record: JsonObject): unknown {
  const method = record.requestMethod
  const uri = codeText(record.requestUri)
  const path = uri.replace(/^https?:\/\/[^/]*/, '').split('?', 1)[0] ?? ''
  const names = path
    .split('/')
    .filter((part) => /^[a-zA-Z$][a-zA-Z.$]*(?:\(.*\))?$/.test(part) && !/^(?:beta)$/.test(part))
    .map((part) => part.replace(/\(.*\)$/, ''))
  return names.length === 0 ? method : `${codeText(method)} ${names.slice(0, 8).join('/')}`
}
