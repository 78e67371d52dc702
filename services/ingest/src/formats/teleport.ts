import type { JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { isMcpAction } from './table/mcp-format.ts'
import { readByTable } from './table/read-by-table.ts'
import { codeText, isNothing, valueAt } from './table/source.ts'
import { outcomeOfStatus, saysDenied } from './table/status-outcome.ts'

const readEvent = readByTable({
  id: 'uid',
  time: 'time',
  tenant_hint: 'cluster_name',
  agent: ['bot_name', 'identity/bot_name', botOf, 'user', 'identity/user', 'token_name'],
  names: ['bot_name', botOf, 'user', 'identity/user', 'bot_instance_id', 'identity/bot_instance_id'],
  person: isPerson,
  owner: ['impersonator', 'identity/impersonator'],
  session: ['sid', 'app_session_id', 'bot_instance_id'],
  trace: ['sid', 'request_id'],
  parent_agent: ['impersonator', 'identity/impersonator'],
  credential_id: [
    'identity/bot_instance_id',
    'bot_instance_id',
    'credential_id',
    'identity/route_to_app/session_id',
    'mfa_device/mfa_device_uuid',
  ],
  credential_expires_at: ['identity/expires', (record) => (isMaking(record) ? undefined : record.expires)],
  credential_scopes: ['identity/roles', 'user_roles'],
  privilege: [givenRole, 'db_user', 'login', 'aws_role_arn', 'identity/roles/0', 'roles/0', 'user_roles/0'],
  tool: toolOf,
  system: [
    ...['app_name', 'db_service', 'kubernetes_cluster', 'server_hostname', 'desktop_name', 'aws_service', 'app_uri'],
    { constant: 'teleport' },
  ],
  resource: [
    ...['message/params/uri', 'db_name', 'body/TableName', 'resource_name', 'name', 'request_path', 'path'],
    'server_id',
  ],
  action: [mcpActionOf, kubeAction, callOf, 'event'],
  destinations: [upstream, 'dst_addr', 'aws_host'],
  argument_names: 'message/params/arguments',
  bytes_sent: ['tx', 'bytes_sent', 'received_bytes'],
  bytes_received: ['rx', 'bytes_received', 'sent_bytes'],
  records: 'affected_records',
  outcome: outcomeOf,
  source_ip: ['addr.remote', 'addr/remote', 'remote_addr'],
  source_host: 'bot_host',
})

/** Teleport's audit events: of bots, and of what agents call through its MCP access; people's sessions are passed over. */
export const teleport: Format = {
  name: 'teleport',
  title: 'Teleport: audit events of bots and of MCP sessions',
  marks: ['ei', 'cluster_name', 'event'],
  detect: (value) =>
    typeof value.event === 'string' &&
    typeof value.code === 'string' &&
    /^T[A-Z0-9]{2,8}\d\d[A-Z]$|^T\d{4}[A-Z]$/.test(value.code) &&
    'time' in value,
  read(value) {
    if (
      isNothing(value.user) &&
      isNothing(value.bot_name) &&
      isNothing(valueAt(value, ['identity', 'user'])) &&
      isNothing(value.token_name)
    )
      return { passed_over: 'teleport event of its own' }
    const isMessage = value.event === 'mcp.session.request' || value.event === 'mcp.session.notification'
    return isMessage && !isMcpAction(valueAt(value, ['message', 'method']))
      ? { passed_over: 'teleport lifecycle' }
      : readEvent(value)
  },
}

/** Kinds of users: 1 a person, 2 a bot. What goes through MCP is an agent's doing, whoever it acts for. */
function isPerson(record: JsonObject): boolean {
  const kind = record.user_kind ?? valueAt(record, ['identity', 'user_kind'])
  if (
    kind === 2 ||
    kind === 'bot' ||
    !isNothing(record.bot_name) ||
    !isNothing(record.bot_instance_id) ||
    !isNothing(valueAt(record, ['identity', 'bot_name']))
  )
    return false
  if (typeof record.event === 'string' && record.event.startsWith('mcp.')) return false
  return !(typeof record.user === 'string' && /^(?:bot-|system:|@teleport)/.test(record.user))
}

/** A bot's user is called after it, with `bot-` before: events that name the user alone are of the same agent. */
function botOf(record: JsonObject): unknown {
  const isBot = record.user_kind === 2 || record.user_kind === 'bot' || !isNothing(record.bot_instance_id)
  return isBot && typeof record.user === 'string' ? /^bot-(.+)$/.exec(record.user)?.[1] : undefined
}

/** Where an application lies; one that is started beside the agent lies nowhere. */
function upstream(record: JsonObject): unknown {
  return typeof record.app_uri === 'string' && /^[\w+.-]+:\/\/[^/]/.test(record.app_uri) ? record.app_uri : undefined
}

function toolOf(record: JsonObject): unknown {
  return valueAt(record, ['message', 'method']) === 'tools/call'
    ? valueAt(record, ['message', 'params', 'name'])
    : undefined
}

function mcpActionOf(record: JsonObject): unknown {
  return record.event === 'mcp.session.request' ? (toolOf(record) ?? valueAt(record, ['message', 'method'])) : undefined
}

function kubeAction(record: JsonObject): unknown {
  if (record.event !== 'kube.request' || typeof record.verb !== 'string') return undefined
  return typeof record.resource_kind === 'string' ? `${record.verb} ${record.resource_kind}` : record.verb
}

/** Whether somebody or something is made or changed, so that what stands beside it is that one's and not the caller's. */
const isMaking = ({ event }: JsonObject): boolean => typeof event === 'string' && /\.(?:create|update)d?$/.test(event)

/** The roles of whoever is made or changed, or that are asked for, all of them. */
function givenRole(record: JsonObject): unknown {
  const { roles } = record
  return isMaking(record) && Array.isArray(roles) ? roles.slice(0, 64).map(codeText).sort().join(',') : undefined
}

/** Numbers of what is done with a file over SFTP. https://github.com/gravitational/teleport/blob/master/api/proto/teleport/legacy/types/events/events.proto */
const fileActions = [
  ...['', 'open', 'close', 'read', 'write', 'lstat', 'fstat', 'setstat', 'fsetstat', 'opendir', 'readdir', 'remove'],
  ...['mkdir', 'rmdir', 'realpath', 'stat', 'rename', 'readlink', 'symlink', 'link'],
]

/** What was called in a session with a database, and which way files went. */
function callOf(record: JsonObject): unknown {
  const { event, action } = record
  if (typeof event !== 'string') return undefined
  const file = typeof action === 'number' ? fileActions[action] : action
  const call = event === 'scp' || event === 'sftp' ? file : (record.procedure ?? databaseCall(record))
  return typeof call === 'string' && call !== '' ? `${event} ${call}` : undefined
}

/** DynamoDB's and OpenSearch's requests name the call as a target. */
const databaseCall = ({ event, target }: JsonObject): unknown =>
  typeof event === 'string' && event.startsWith('db.session.') ? target : undefined

/** Codes end with I for information, W for a warning, E for an error. */
function outcomeOf(record: JsonObject): unknown {
  const texts = [record.error, record.message, record.reason].filter((text) => typeof text === 'string')
  const isError =
    record.success === false ||
    (typeof record.code === 'string' && /[EW]$/.test(record.code)) ||
    !isNothing(record.error)
  const status = outcomeOfStatus(record.response_code ?? record.status_code)
  if (!isError) return status ?? 'success'
  return status === 'denied' || texts.some(saysDenied) ? 'denied' : 'failure'
}
