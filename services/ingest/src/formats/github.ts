import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { readByTable } from './table/read-by-table.ts'
import { codeText, isNothing } from './table/source.ts'
import { outcomeOfStatus } from './table/status-outcome.ts'

const read = readByTable({
  id: ['_document_id', 'document_id', 'event_id'],
  time: ['@timestamp', 'created_at'],
  tenant_hint: ['org', 'business'],
  agent: ['actor', 'actor_id', 'oauth_application_name', 'integration'],
  names: ['actor', 'actor_id', 'oauth_application_name', 'application_client_id', 'integration', 'hashed_token'],
  person: isPerson,
  owner: initiator,
  session: ['agent_session_id', 'actor_session', 'workflow_run_id'],
  trace: ['request_id', 'github_request_id', 'workflow_run_id'],
  parent_agent: initiator,
  credential_id: ['hashed_token', 'token_id', 'deploy_key_fingerprint', 'public_key_fingerprint'],
  credential_expires_at: 'token_expiry',
  credential_scopes: 'token_scopes',
  privilege: ['permission', 'new_repo_permission', 'role', 'permissions_upgraded', 'programmatic_access_type'],
  system: { constant: 'github' },
  resource: ['repo', 'repository', 'team', 'url_path', 'org', 'business'],
  action: 'action',
  destinations: ['config/url', 'hook_url', given, published, 'transferred_to', 'fork_parent_destination'],
  bytes_received: ['transferred_bytes', 'response_size'],
  outcome: outcomeOf,
  source_ip: ['actor_ip', 'ip'],
})

/** GitHub's audit log: of agents, apps and other programs. It says itself who is an agent; people are passed over. */
export const github: Format = {
  name: 'github',
  title: 'GitHub: audit log (API, export, streaming), of agents and apps',
  marks: [
    '_document_id',
    'actor_is_agent',
    'actor_is_bot',
    'programmatic_access_type',
    'hashed_token',
    '@timestamp',
    'created_at',
  ],
  detect: (value) =>
    typeof value.action === 'string' &&
    /^[a-z_]+\.[a-z_.]+$/.test(value.action) &&
    ('actor' in value || 'actor_id' in value) &&
    ('@timestamp' in value || 'created_at' in value),
  read,
}

const isAgent = (record: JsonObject): boolean =>
  record.actor_is_agent === true || record.actor_is_agent === 'true' || !isNothing(record.agent_session_id)

/** A token of a person's may well be an agent's: then the registry names the account. */
function isPerson(record: JsonObject): boolean {
  if (isAgent(record) || record.actor_is_bot === true) return false
  if (typeof record.actor === 'string' && /\[bot\]$|^(?:Copilot|github-actions)$/i.test(record.actor)) return false
  const access = record.programmatic_access_type
  return (
    !(typeof access === 'string' && /server-to-server|deploy key|installation/i.test(access)) &&
    !isNothing(record.actor)
  )
}

/** Whoever set the agent to work. Of others' events `user` is whom they are about. */
function initiator(record: JsonObject): unknown {
  return isAgent(record) && record.user !== record.actor ? record.user : undefined
}

/** Who got access. */
function given(record: JsonObject): unknown {
  if (isAgent(record) && record.user === record.actor) return undefined
  return /\.(?:add_member|invite_member|add_collaborator|add_outside_collaborator|invite|update_member)$/.test(
    codeText(record.action),
  )
    ? (record.invitee ?? record.email ?? record.user)
    : undefined
}

/** What everybody can read now. */
function published(record: JsonObject): unknown {
  const visibility = record.visibility ?? record.new_visibility ?? record.access
  const isChange =
    /^gist\.(?:create|visibility_change)$|^repo\.(?:access|create|publicize|change_visibility)$|visibility/.test(
      codeText(record.action),
    )
  return isChange && visibility === 'public' ? 'public:everyone' : undefined
}

/** The log holds what was done; requests to the API say their status, too. */
function outcomeOf(record: JsonObject): unknown {
  const status = outcomeOfStatus(record.status_code ?? record.response_status)
  if (status !== undefined) return status
  return isObject(record) && /\.(?:failed|failure|rejected|denied)$/.test(codeText(record.action))
    ? 'failure'
    : 'success'
}
