import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format, Framing } from './format.ts'
import { m365Receivers, m365Right } from './m365-grants.ts'
import { readByTable } from './table/read-by-table.ts'
import { isNothing, valueAt } from './table/source.ts'

const isCopilot = (record: JsonObject): boolean =>
  isObject(record.CopilotEventData) || record.Operation === 'CopilotInteraction'
const copilot = 'CopilotEventData'

/** Microsoft 365's unified audit log. Of Copilot's interactions the agent is the actor, and the person who asked is its owner. */
const read = readByTable({
  id: ['Id', 'RecordId'],
  time: ['CreationTime', 'CreationDate'],
  tenant_hint: 'OrganizationId',
  agent: [
    copilotAgent,
    'AgentId',
    'AppAccessContext/ClientAppId',
    'ClientAppId',
    'AppId',
    'ApplicationId',
    'UserId',
    'UserKey',
  ],
  names: ['AgentId', 'AgentName', `${copilot}/AgentId`, 'AppIdentity', 'AppId', 'ClientAppId', 'UserId', 'UserKey'],
  person: isPerson,
  owner: (record) => (isCopilot(record) || !isNothing(record.AgentId) ? mailOf(record.UserId) : undefined),
  session: [`${copilot}/ThreadId`, 'SessionId', 'AppAccessContext/AADSessionId', 'AppAccessContext/UniqueTokenId'],
  trace: ['AppAccessContext/CorrelationId', 'CorrelationId', 'InterSystemsId', `${copilot}/Messages/0/Id`],
  parent_agent: ['ParentAgentId', 'ActAsAppId'],
  credential_id: ['AppAccessContext/UniqueTokenId', 'TokenObjectId'],
  credential_issued_at: 'AppAccessContext/IssuedAtTime',
  privilege: m365Right,
  tool: [`${copilot}/AISystemPlugin/0/Name`, `${copilot}/AISystemPlugin/0/Id`],
  system: [copilotSystem, 'Workload', { constant: 'microsoft365' }],
  resource: [copilotResource, 'ObjectId', 'SourceFileName', 'MailboxOwnerUPN', 'SiteUrl', 'Target/0/ID'],
  action: ['Operation'],
  destinations: [...m365Receivers, 'DestinationRelativeUrl'],
  bytes_received: ['FileSizeBytes', 'SizeInBytes'],
  records: ['OperationCount', (record) => (isCopilot(record) ? resourcesOf(record)?.length : undefined)],
  outcome: outcomeOf,
  source_ip: ['ClientIP', 'ClientIPAddress', 'ActorIpAddress'],
  signals: signalsOf,
})

/** Exports that put the record into a field of a row, as text (Purview, `Search-UnifiedAuditLog`) or as it is (Graph). */
const auditData: Framing = {
  name: 'unified audit log',
  marks: ['AuditData', 'auditData'],
  open(value) {
    const inner = value.AuditData ?? value.auditData
    if (typeof inner === 'string') return [{ text: inner }]
    return isObject(inner) ? [{ value: inner }] : null
  },
}

export const m365Audit: Format = {
  name: 'm365-audit',
  title: 'Microsoft 365: unified audit log, with Copilot interactions',
  marks: ['CreationTime', 'RecordType', 'CopilotEventData'],
  detect: (value) =>
    'CreationTime' in value &&
    'Operation' in value &&
    ('Workload' in value || 'RecordType' in value || 'CopilotEventData' in value),
  framings: [auditData],
  read,
}

/** Types of users in the schema: 5 an application, 6 a service principal. System accounts (4) and policies (7, 8) are programs too. */
const programs: ReadonlySet<unknown> = new Set([
  4,
  5,
  6,
  7,
  8,
  'System',
  'Application',
  'ServicePrincipal',
  'CustomPolicy',
  'SystemPolicy',
])

const isApplication = (record: JsonObject): boolean => programs.has(record.UserType)
function isPerson(record: JsonObject): boolean {
  return !isCopilot(record) && isNothing(record.AgentId) && !isApplication(record) && !isNothing(record.UserId)
}
const mailOf = (value: unknown): unknown => (typeof value === 'string' && value.includes('@') ? value : undefined)

function copilotAgent(record: JsonObject): unknown {
  if (!isCopilot(record)) return undefined
  const event = isObject(record.CopilotEventData) ? record.CopilotEventData : {}
  const candidates = [
    record.AgentId,
    event.AgentId,
    record.AgentName,
    event.AgentName,
    record.AppIdentity,
    event.AppIdentity,
  ]
  return (
    candidates.find((candidate) => !isNothing(candidate)) ??
    `Microsoft 365 Copilot${typeof event.AppHost === 'string' ? ` in ${event.AppHost}` : ''}`
  )
}

function copilotSystem(record: JsonObject): unknown {
  return isCopilot(record) ? (valueAt(record, [copilot, 'AppHost']) ?? 'copilot') : undefined
}

function resourcesOf(record: JsonObject): readonly JsonObject[] | undefined {
  const resources = valueAt(record, [copilot, 'AccessedResources'])
  return Array.isArray(resources) ? resources.slice(0, 1_000).filter(isObject) : undefined
}

function copilotResource(record: JsonObject): unknown {
  const [first] = resourcesOf(record) ?? []
  return first === undefined
    ? undefined
    : [first.SiteUrl, first.ID, first.Id, first.Name].find((name) => !isNothing(name))
}

function outcomeOf(record: JsonObject): unknown {
  if (resourcesOf(record)?.some(({ Status: status }) => status === 'failure' || status === 'Failure')) return 'failure'
  const status = record.ResultStatus
  if (typeof status !== 'string' || status === '') return undefined
  if (/^(?:succeeded|success|true|partiallysucceeded)$/i.test(status)) return 'success'
  return /denied|unauthori[sz]ed|blocked/i.test(status) ? 'denied' : 'failure'
}

/** What Microsoft's own guard found in the prompt and in what was read for it. */
function signalsOf(record: JsonObject): Record<string, number> | undefined {
  if (!isCopilot(record)) return undefined
  const messages = valueAt(record, [copilot, 'Messages'])
  const isJailbreak =
    Array.isArray(messages) &&
    messages.slice(0, 1_000).some((message) => valueAt(message, ['JailbreakDetected']) === true)
  const isInjection = resourcesOf(record)?.some(({ XPIADetected: found }) => found === true) === true
  return { jailbreak: isJailbreak ? 1 : 0, prompt_injection: isInjection ? 1 : 0 }
}
