import type { Framing } from '../formats/format.ts'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import { singleJson } from '../record/inner-json.ts'

/** A record's fields as its format spells them; a table that keeps it has them in lower or upper case. */
interface RowSpelling {
  /** Columns that tell which format's record a row is, in lower case: all of them must be there. */
  readonly marks: readonly string[]
  readonly names: readonly string[]
  /** Columns that are called otherwise, by the name that the record has for them; each is a mark. */
  readonly otherwise?: Readonly<Record<string, string>>
}

/** Google Cloud's, which BigQuery respells as well. */
const logEntry: RowSpelling = {
  marks: ['protopayload'],
  names: [
    ...['insertId', 'logName', 'protoPayload', 'receiveTimestamp', 'timestamp', 'severity', 'resource', 'operation'],
    ...['labels', 'httpRequest', 'spanId', 'trace'],
  ],
}

const spellings: readonly RowSpelling[] = [
  {
    marks: ['eventtype', 'published'],
    names: [
      ...[
        'uuid',
        'published',
        'eventType',
        'legacyEventType',
        'displayMessage',
        'version',
        'severity',
        'actor',
        'client',
      ],
      ...['device', 'outcome', 'target', 'transaction', 'authenticationContext', 'securityContext', 'debugContext'],
      'request',
    ],
  },
  logEntry,
  {
    marks: ['auditid', 'verb'],
    names: [
      ...['kind', 'apiVersion', 'level', 'auditID', 'stage', 'requestURI', 'verb', 'user', 'impersonatedUser'],
      ...['sourceIPs', 'userAgent', 'objectRef', 'responseStatus', 'requestObject', 'responseObject', 'annotations'],
      ...['requestReceivedTimestamp', 'stageTimestamp'],
    ],
    // Log Analytics' tables `AKSAudit` and `AKSAuditAdmin`.
    otherwise: { RequestReceivedTime: 'requestReceivedTimestamp', StageReceivedTime: 'stageTimestamp' },
  },
  {
    marks: ['creationtime', 'operation', 'workload'],
    names: [
      ...['CreationTime', 'Id', 'Operation', 'OrganizationId', 'RecordType', 'ResultStatus', 'UserKey', 'UserType'],
      ...['Version', 'Workload', 'ClientIP', 'ObjectId', 'UserId', 'AppId', 'ClientAppId', 'AppAccessContext', 'Actor'],
      ...['ApplicationId', 'ExtendedProperties', 'ModifiedProperties', 'Target', 'SiteUrl', 'SourceFileName'],
      ...['CopilotEventData', 'AgentId', 'AgentName', 'TargetUserOrGroupName', 'TargetUserOrGroupType'],
    ],
  },
  {
    marks: ['actionname', 'servicename', 'useridentity'],
    names: [
      ...['version', 'timestamp', 'auditLevel', 'serviceName', 'actionName', 'userIdentity', 'identityMetadata'],
      ...['requestParams', 'response', 'requestId', 'sessionId', 'sourceIPAddress', 'userAgent', 'workspaceId'],
      'accountId',
    ],
  },
  {
    marks: ['query_type', 'user_name', 'execution_status'],
    names: [
      ...['QUERY_ID', 'QUERY_TEXT', 'QUERY_TYPE', 'DATABASE_NAME', 'SCHEMA_NAME', 'SESSION_ID', 'USER_NAME'],
      ...['USER_TYPE', 'ROLE_NAME', 'WAREHOUSE_NAME', 'EXECUTION_STATUS', 'ERROR_CODE', 'ERROR_MESSAGE'],
      ...['START_TIME', 'END_TIME', 'TRANSACTION_ID', 'ROWS_PRODUCED', 'ROWS_UNLOADED', 'BYTES_WRITTEN_TO_RESULT'],
      'OUTBOUND_DATA_TRANSFER_BYTES',
    ],
  },
]

const byLowerCase = (names: readonly string[]) => new Map(names.map((name) => [name.toLowerCase(), name]))
const logEntryNames = byLowerCase(logEntry.names)

/** A row of a table that keeps another log's records, its columns spelled otherwise and objects perhaps as text. */
export const tableRows: readonly Framing[] = spellings.map(({ marks, names, otherwise = {} }) => {
  const spelledAs = byLowerCase(names)
  for (const [column, name] of Object.entries(otherwise)) spelledAs.set(column.toLowerCase(), name)
  const spelled = marks.map((mark) => spelledAs.get(mark) ?? mark)
  return {
    name: 'table row',
    whole: true,
    marks: [...new Set([...marks, ...marks.map((mark) => mark.toUpperCase()), ...spelled, ...Object.keys(otherwise)])],
    open(value) {
      const row = respelled(value, spelledAs)
      return row !== null && spelled.every((name) => name in row) ? [{ value: row, optional: true }] : null
    },
  }
})

/** Columns of a warehouse's own, which stand beside each record's. */
const isOwnColumn = (name: string): boolean => /^p_[a-z_]+$/.test(name)

/** The same record in its format's spelling; `null` where it is in that already. */
function respelled(value: JsonObject, names: ReadonlyMap<string, string>): JsonObject | null {
  const row: Record<string, unknown> = {}
  let isChanged = false
  for (const given in value) {
    if (given === '__proto__' || isOwnColumn(given)) continue
    const name = names.get(given.toLowerCase()) ?? given
    if (name !== given && name in value) return null
    const inner = value[given]
    const opened = typeof inner === 'string' && /^[{[]/.test(inner) ? (singleJson(inner) ?? inner) : inner
    isChanged ||= name !== given || opened !== inner
    row[name] = opened
  }
  return isChanged ? row : null
}

/** Google Cloud's audit logs as BigQuery keeps them: the payload in a column of its own, requests and answers as text. */
export const bigQueryAudit: Framing = {
  name: 'bigquery',
  marks: ['protopayload_auditlog', 'proto_payload'],
  whole: true,
  open(value) {
    const { protopayload_auditlog: exported, proto_payload: linked, ...others } = value
    const payload = isObject(linked) && isObject(linked.audit_log) ? camelled(linked.audit_log) : exported
    if (!isObject(payload)) return null
    const protoPayload = {
      ...payload,
      request: payload.request ?? jsonOf(payload.requestJson),
      response: payload.response ?? jsonOf(payload.responseJson),
      metadata: payload.metadata ?? jsonOf(payload.metadataJson),
    }
    const entry = { ...camelled(others, 1), protoPayload }
    return [{ value: respelled(entry, logEntryNames) ?? entry }]
  },
}

const jsonOf = (value: unknown): unknown => (typeof value === 'string' ? singleJson(value) : value)

/** Deepest objects whose names are respelled. */
const depthMax = 8

/** Names in camel case that a linked data set writes with underlines. */
function camelled(value: JsonObject, depth = depthMax): JsonObject {
  const record: Record<string, unknown> = {}
  for (const given in value) {
    const name = given.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    if (name !== '__proto__') record[name] = camelledIn(value[given], depth - 1)
  }
  return record
}

function camelledIn(value: unknown, depth: number): unknown {
  if (depth <= 0) return value
  if (Array.isArray(value)) return value.map((item: unknown) => camelledIn(item, depth - 1))
  return isObject(value) ? camelled(value, depth) : value
}
