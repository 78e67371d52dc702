import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import {
  activityOf,
  numberedActivity,
  passedClass,
  programClasses,
  readClasses,
  signInClasses,
} from './ocsf-classes.ts'
import { awsDestinations, awsResource, awsRole, awsRoleSession, awsSession, withoutSuffix } from './ocsf-cloudtrail.ts'
import { readByTable } from './table/read-by-table.ts'
import { codeText, compileSource, isNothing, type Source, type SourceFunction, valueAt } from './table/source.ts'
import { saysDenied, statusOutcome, worstOf } from './table/status-outcome.ts'

const aos = 'unmapped/aos/context/agent'
/** The program itself, where a schema has room for it: OCSF 1.9, or the OWASP Agent Observability Standard's flavour. */
const program: readonly string[] = [
  ...['ai_agent/uid', `${aos}/id`, 'ai_agent/name', `${aos}/name`],
  ...['actor/process/ai_agent/uid', 'actor/process/ai_agent/name', 'process/ai_agent/uid', 'process/ai_agent/name'],
]
const programOf = compileSource(program)
const actor: readonly string[] = [
  ...['actor/user/uid', 'actor/app_uid', 'actor/user/name', 'actor/app_name', 'actor/user/email_addr'],
  ...['actor/process/name', 'actor/invoked_by', 'actor/idp/name'],
]
const subject: readonly string[] = ['user/uid', 'user/name', 'user/email_addr']

/** OCSF 1.0 to 1.9: who acts differs by class, and what nobody has agreed on yet stands in `unmapped`. */
const read = readByTable({
  id: ['metadata/uid', 'metadata/original_event_uid', 'api/request/uid'],
  time: ['time', 'time_dt', 'start_time'],
  tenant_hint: ['metadata/tenant_uid', 'api/token/tenant_uid', 'cloud/account/uid', 'cloud/account_uid'],
  agent: byClass([...program, ...subject, ...actor], [...program, awsRole, ...actor, ...subject]),
  // Of CloudTrail's records in Security Lake the session's issuer is the role.
  names: [...program, ...actor, awsRoleSession, 'actor/session/issuer', awsRole],
  person: isPerson,
  owner: ['unmapped/owner', 'ai_agent/owner/uid', 'ai_agent/owner/name', personBeside],
  session: [
    ...['actor/session/uid', 'unmapped/aos/context/session/id', 'session/uid', 'ai_agent/instance_uid'],
    awsSession,
    'metadata/correlation_uid',
  ],
  trace: ['trace/uid', 'metadata/correlation_uid', 'api/request/uid'],
  parent_agent: [lastDelegate, 'actor/invoked_by'],
  credential_id: [
    ...['api/token/uid', 'actor/session/credential_uid', 'actor/user/credential_uid', 'session/credential_uid'],
    ...['user/credential_uid', 'authentication_token/uid'],
  ],
  credential_issued_at: [
    'api/token/created_time',
    'actor/session/created_time',
    'session/created_time',
    'authentication_token/created_time',
  ],
  credential_expires_at: [
    'api/token/expiration_time',
    'actor/session/expiration_time',
    'session/expiration_time',
    'authentication_token/expiration_time',
  ],
  credential_scopes: [
    'unmapped/scopes',
    'api/token/scopes',
    namesIn('actor/authorizations', 'policy/name'),
    namesIn('actor/user/groups', 'name'),
  ],
  privilege: [granted(['privileges/0', 'role/name', 'group/name', 'policy/name']), 'unmapped/privilege', issuingRole],
  tool: toolOf,
  system: [
    withoutSuffix,
    ...['dst_endpoint/svc_name', 'service/name', 'database/name', 'databucket/name'],
    ...['dst_endpoint/hostname', 'http_request/url/hostname', 'metadata/product/name', 'metadata/product/vendor_name'],
  ],
  resource: [
    awsResource,
    ...[
      'resources/0/uid',
      'resources/0/name',
      'resource/uid',
      'resource/name',
      'table/uid',
      'table/name',
      'database/uid',
    ],
    ...['databucket/uid', 'databucket/name', 'file/path', 'file/uid', 'file/name', 'web_resources/0/url_string'],
    ...[
      'web_resources/0/uid',
      'web_resources/0/name',
      'entity/uid',
      'entity/name',
      'process/file/path',
      'process/name',
      'job/name',
      'script/name',
      'app/name',
      'group/uid',
      'http_request/url/path',
    ],
    byClass([], subject),
  ],
  action: [actionOf, 'activity_name', 'type_name', (record) => numberedActivity(record.class_uid, record.activity_id)],
  destinations: [
    ['dst_endpoint/hostname', 'dst_endpoint/ip'],
    'unmapped/destinations',
    namesIn('share/recipients', 'email_addr'),
    reached,
    receiver,
    awsDestinations,
  ],
  argument_names: ['unmapped/aos/tool_call/arguments', 'api/request/data/params/arguments'],
  bytes_sent: ['http_request/body_length', 'traffic/bytes_out', 'unmapped/bytes_sent', sizeIn('upload')],
  bytes_received: [
    ...['http_response/body_length', 'traffic/bytes_in', 'query_info/bytes', 'unmapped/bytes_received'],
    sizeIn('download'),
  ],
  records: ['unmapped/records', 'api/response/data/records', 'query_info/records'],
  outcome: worstOf(
    { at: 'action_id', values: { 2: 'denied' } },
    { at: 'disposition_id', values: { 2: 'denied' } },
    statusOutcome(['http_response/code', 'api/response/code', 'status_code']),
    refused,
    { at: 'status_id', values: { 1: 'success', 2: 'failure' } },
    { at: 'status', values: { Success: 'success', Failure: 'failure' } },
  ),
  source_ip: ['src_endpoint/ip', 'device/ip'],
  source_host: ['src_endpoint/hostname', 'src_endpoint/name', 'device/hostname'],
})

export const ocsf: Format = {
  name: 'ocsf',
  title:
    'OCSF 1.0 to 1.9: API, datastore, web and file activity, authentication and access; networks, mail and machines by programs; with `ai_agent` and the AOS flavour',
  marks: ['class_uid'],
  detect: (value) => /^\d{4,6}$/.test(codeText(value.class_uid)) && ('metadata' in value || 'activity_id' in value),
  read(given) {
    const value = typeof given.class_uid === 'number' ? given : withNumbers(given)
    const isRead = readClasses.has(value.class_uid) || (programClasses.has(value.class_uid) && isByProgram(value))
    return isRead ? read(value) : { passed_over: passedClass(value.class_uid) }
  },
}

/** Exports of tables write every number as text. */
function withNumbers(record: JsonObject): JsonObject {
  const numbers = ['class_uid', 'activity_id', 'status_id', 'action_id', 'disposition_id', 'type_uid', 'category_uid']
  const read: Record<string, unknown> = { ...record }
  for (const name of numbers) if (typeof read[name] === 'string' && read[name] !== '') read[name] = Number(read[name])
  return read
}

/**
 * Whether an event of a machine or a network says which program it was: an agent, an application, an account for services. What stands in
 * a process of a machine's own account is the machine's.
 */
function isByProgram(record: JsonObject): boolean {
  const actor = valueAt(record, ['actor'])
  if (
    !isNothing(programOf.read(record)) ||
    !isNothing(valueAt(actor, ['app_uid'])) ||
    !isNothing(valueAt(actor, ['app_name']))
  )
    return true
  const kind = valueAt(actor, ['user', 'type_id'])
  return kind === 4 || (kind === 3 && valueAt(actor, ['process']) === undefined)
}

/** Where something went over a network: looked-up names and who mail was sent to. What comes in goes nowhere. */
function reached(record: JsonObject): unknown {
  if (!programClasses.has(record.class_uid)) return undefined
  if (valueAt(record, ['connection_info', 'direction_id']) === 1 || record.direction_id === 1) return undefined
  const mail = record.activity_id === 1 ? record.email : undefined
  const lists = ['to', 'cc', 'bcc', 'smtp_to'].flatMap((name) => valueAt(mail, [name]) ?? [])
  const named = [valueAt(record, ['query', 'hostname']), valueAt(record, ['http_request', 'url', 'hostname'])]
  return [...lists.slice(0, 64), ...named].filter((one) => typeof one === 'string' && one !== '')
}

/** How much a file or a mail holds that went out or came in, where nothing counts bytes. */
function sizeIn(way: 'upload' | 'download'): SourceFunction {
  const activity = way === 'upload' ? 1 : 2
  return ({ class_uid: kind, activity_id: done, file, email }) => {
    if (done !== activity) return undefined
    if (kind === 6006 || kind === 4010) return valueAt(file, ['size'])
    return kind === 4009 && way === 'upload' ? valueAt(email, ['size']) : undefined
  }
}

/** A person in whose name a program acts. */
function personBeside(record: JsonObject): unknown {
  const isProgram = !isNothing(programOf.read(record))
  const user = valueAt(record, ['actor', 'user'])
  if (!isProgram || !isObject(user)) return undefined
  return [user.email_addr, user.name, user.uid].find(isMail)
}

/** A failure whose text says that a right was missing. */
function refused(record: JsonObject): unknown {
  if (record.status_id !== 2 && record.status !== 'Failure') return undefined
  const texts = [record.status_detail, valueAt(record, ['api', 'response', 'error']), record.status_code]
  return texts.some((text) => typeof text === 'string' && (saysDenied(text) || /^denied$/i.test(text)))
    ? 'denied'
    : undefined
}

function byClass(signIn: Source, other: Source): SourceFunction {
  const [signedIn, others] = [compileSource(signIn), compileSource(other)]
  return (record) => (signInClasses.has(record.class_uid) ? signedIn : others).read(record)
}

/** Mappers write 1, a user, for whatever they have no number for: a person is who has a mail address or a full name, too. */
function isPerson(record: JsonObject): boolean {
  if (!isNothing(programOf.read(record))) return false
  const signIn = signInClasses.has(record.class_uid) && isObject(record.user)
  const user = signIn ? record.user : valueAt(record, ['actor', 'user'])
  if (!isObject(user) || (user.type_id !== 1 && user.type_id !== 2)) return false
  if (!isNothing(valueAt(record, ['actor', 'app_uid'])) || !isNothing(valueAt(record, ['actor', 'app_name'])))
    return false
  return [user.email_addr, user.full_name].some((value) => !isNothing(value)) || [user.name, user.uid].some(isMail)
}

const isMail = (value: unknown): boolean => typeof value === 'string' && /^[^@\s]+@[^@\s]+\.\w+$/.test(value)

function namesIn(list: string, name: string): SourceFunction {
  const [at, inner] = [list.split('/'), name.split('/')]
  return (record) => {
    const items = valueAt(record, at)
    if (!Array.isArray(items)) return undefined
    const names = items
      .slice(0, 64)
      .map((item: unknown) => valueAt(item, inner))
      .filter((found) => typeof found === 'string')
    return names.length === 0 ? undefined : names
  }
}

/** Activities that give a right or a membership to somebody, by class. */
const givingActivities: Readonly<Record<string, readonly unknown[]>> = {
  3001: [1],
  3005: [1, 3],
  3006: [3],
  3007: [1, 14, 18],
}
/** Activities that take one away, which gives nothing. */
const takingActivities: Readonly<Record<string, readonly unknown[]>> = { 3005: [2, 4], 3006: [2, 4] }

const isOne = (of: Readonly<Record<string, readonly unknown[]>>, { class_uid, activity_id }: JsonObject): boolean =>
  of[codeText(class_uid)]?.includes(activity_id) === true

function granted(source: Source): SourceFunction {
  const { read: right } = compileSource(source)
  return (record) => (isOne(takingActivities, record) ? undefined : right(record))
}

/** Who was let in: an address, since accounts inside have none here. */
function receiver(record: JsonObject): unknown {
  return isOne(givingActivities, record) ? valueAt(record, ['user', 'email_addr']) : undefined
}

/** The role that a session acts in, where its issuer is one. */
function issuingRole(record: JsonObject): unknown {
  const issuer = valueAt(record, ['actor', 'session', 'issuer'])
  return typeof issuer === 'string' && /^arn:[\w-]+:iam::\d+:role\//.test(issuer) ? issuer : undefined
}

/** Outermost first: the last handed the work to this agent. */
function lastDelegate(record: JsonObject): unknown {
  const chain = valueAt(record, ['unmapped', 'delegation'])
  return Array.isArray(chain) ? chain.at(-1) : undefined
}

const calledTool = /^(?:tools\/call|call_tool)\s+(\S.*)$/

function toolOf(record: JsonObject): unknown {
  const named =
    valueAt(record, ['unmapped', 'aos', 'tool_call', 'name']) ??
    valueAt(record, ['api', 'request', 'data', 'params', 'name'])
  if (!isNothing(named)) return named
  const operation = valueAt(record, ['api', 'operation'])
  return typeof operation === 'string' ? calledTool.exec(operation)?.[1] : undefined
}

/** The call by its name; AOS says `tools/call` for all, and its activity is always 1. */
function actionOf(record: JsonObject): unknown {
  const operation = valueAt(record, ['api', 'operation'])
  if (typeof operation === 'string' && /^(?:tools\/call|call_tool)\b/.test(operation))
    return toolOf(record) ?? operation
  return isNothing(operation) ? activityOf(record.class_uid, record.activity_id) : operation
}
