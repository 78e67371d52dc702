import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { gcpGrants } from './gcp-grants.ts'
import { gcpPlaces } from './gcp-places.ts'
import { readByTable } from './table/read-by-table.ts'
import { isNothing, valueAt } from './table/source.ts'

const authentication = 'protoPayload/authenticationInfo'

const readAudit = readByTable({
  id: 'insertId',
  time: ['timestamp', 'receiveTimestamp'],
  tenant_hint: ['resource/labels/project_id', projectOf],
  agent: [
    `${authentication}/principalEmail`,
    principal(`${authentication}/principalSubject`),
    `${authentication}/authoritySelector`,
  ],
  names: [
    `${authentication}/principalEmail`,
    principal(`${authentication}/principalSubject`),
    `${authentication}/serviceAccountKeyName`,
  ],
  person: isPerson,
  session: ['operation/id', 'trace', 'labels/session_id'],
  trace: ['trace', 'operation/id', 'spanId'],
  parent_agent: delegatedBy,
  credential_id: [`${authentication}/serviceAccountKeyName`, `${authentication}/oauthInfo/oauthClientId`],
  privilege: [(record) => gcpGrants(record).roles[0], actedAs],
  system: [(record) => withoutSuffix(valueAt(record, ['protoPayload', 'serviceName'])), 'resource/type'],
  resource: ['protoPayload/resourceName', 'protoPayload/authorizationInfo/0/resource'],
  action: 'protoPayload/methodName',
  destinations: [(record) => gcpGrants(record).members, gcpPlaces],
  argument_names: (record) => argumentNames(valueAt(record, ['protoPayload', 'request'])),
  bytes_received: [
    'protoPayload/metadata/jobChange/job/jobStats/queryStats/totalProcessedBytes',
    'protoPayload/serviceData/jobCompletedEvent/job/jobStatistics/totalProcessedBytes',
    'httpRequest/responseSize',
  ],
  bytes_sent: 'httpRequest/requestSize',
  records: [
    'protoPayload/numResponseItems',
    'protoPayload/metadata/jobChange/job/jobStats/queryStats/outputRowCount',
    'protoPayload/metadata/tableDataRead/rowCount',
  ],
  outcome: outcomeOf,
  source_ip: 'protoPayload/requestMetadata/callerIp',
})

/** Google Cloud's audit logs as a sink, Pub/Sub or the API give them. */
export const gcpAudit: Format = {
  name: 'gcp-audit',
  title: 'Google Cloud: Cloud Audit Logs (`LogEntry` with `protoPayload`), by service accounts and workloads',
  marks: ['protoPayload'],
  detect: (value) =>
    isObject(value.protoPayload) && ('methodName' in value.protoPayload || 'serviceName' in value.protoPayload),
  read(value) {
    const caller = valueAt(value, ['protoPayload', 'authenticationInfo'])
    const named = [
      valueAt(caller, ['principalEmail']),
      valueAt(caller, ['principalSubject']),
      valueAt(caller, ['authoritySelector']),
    ]
    return named.every(isNothing) ? { passed_over: 'gcp-audit caller without a name' } : readAudit(value)
  },
}

/** `serviceAccount:NAME` and `user:NAME` without the kind; workload identities whole. */
function principal(path: string) {
  const names = path.split('/')
  return (record: JsonObject): unknown => withoutKind(valueAt(record, names))
}

const withoutKind = (subject: unknown): unknown =>
  typeof subject === 'string' ? subject.replace(/^(?:serviceAccount|user):/, '') : subject

/** Service accounts have addresses of their own; workloads and pools are named by `principal://`. */
function isPerson(record: JsonObject): boolean {
  const caller = valueAt(record, ['protoPayload', 'authenticationInfo'])
  const [email, subject] = [valueAt(caller, ['principalEmail']), valueAt(caller, ['principalSubject'])]
  if (
    typeof subject === 'string' &&
    /^(?:serviceAccount:|principal(?:Set)?:\/\/iam\.googleapis\.com\/projects\/|deleted:serviceAccount:)/.test(subject)
  )
    return false
  // A workforce is people, a workload is not.
  if (typeof email !== 'string')
    return (
      typeof subject === 'string' && /^user:|^principal:\/\/[^/]+\/locations\/[^/]+\/workforcePools\//.test(subject)
    )
  return !/gserviceaccount\.com$|^service-|^system:|^principal/i.test(email) && email.includes('@')
}

/** Whoever made the service account act: the last of the chain is the nearest. */
function delegatedBy(record: JsonObject): unknown {
  const chain = valueAt(record, ['protoPayload', 'authenticationInfo', 'serviceAccountDelegationInfo'])
  const last: unknown = Array.isArray(chain) ? chain.at(-1) : chain
  if (!isObject(last)) return undefined
  return [
    valueAt(last, ['firstPartyPrincipal', 'principalEmail']),
    withoutKind(last.principalSubject),
    valueAt(last, ['thirdPartyPrincipal', 'thirdPartyClaims', 'sub']),
  ].find((name) => typeof name === 'string' && name !== '')
}

function projectOf(record: JsonObject): unknown {
  return typeof record.logName === 'string'
    ? /^(?:projects|folders|organizations)\/([^/]+)\//.exec(record.logName)?.[1]
    : undefined
}

const withoutSuffix = (service: unknown): unknown =>
  typeof service === 'string' ? service.replace(/\.googleapis\.com$/, '') : service

/** The account whose token or signature was asked for. */
function actedAs(record: JsonObject): unknown {
  const method = valueAt(record, ['protoPayload', 'methodName'])
  return typeof method === 'string' &&
    /(?:Generate(?:Access|Id)Token|SignBlob|SignJwt|CreateServiceAccountKey)$/.test(method)
    ? (valueAt(record, ['protoPayload', 'request', 'name']) ?? valueAt(record, ['protoPayload', 'resourceName']))
    : undefined
}

function argumentNames(request: unknown): string[] | undefined {
  return isObject(request) ? Object.keys(request).filter((name) => name !== '@type') : undefined
}

/** Codes of `google.rpc`: 7 and 16 refuse. */
function outcomeOf(record: JsonObject): unknown {
  const payload = record.protoPayload
  const code = valueAt(payload, ['status', 'code'])
  if (code === 7 || code === 16) return 'denied'
  if (typeof code === 'number' && code !== 0) return 'failure'
  const asked = valueAt(payload, ['authorizationInfo'])
  const isRefused = Array.isArray(asked) && asked.slice(0, 64).some((one) => valueAt(one, ['granted']) === false)
  return isRefused && isNothing(code) && record.severity === 'ERROR' ? 'denied' : 'success'
}
