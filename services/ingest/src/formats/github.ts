import { everybody } from '@straylight/models/event/everybody'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { readByTable } from './table/read-by-table.ts'
import { type CompiledSource, codeText, compileSource, isNothing, valueAt } from './table/source.ts'
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
  privilege: [rightGiven, 'programmatic_access_type'],
  system: { constant: 'github' },
  resource: ['repo', 'repository', 'team', 'url_path', 'org', 'business'],
  action: 'action',
  destinations: [called, given, published, handedTo, 'fork_parent_destination'],
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
  // Older exports keep what is special to an action in a field of its own.
  read: (value) => read(isObject(value.data) ? { ...value.data, ...value } : value),
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

/** What somebody loses: it gives nothing to whoever is named beside it. */
const removes =
  /\.(?:remove|destroy|delete|revoke|cancel|disable|suspend|uninstall|unpublish|block)|(?:removed|revoked|deleted|disabled|cancelled|declined|rejected)$/

const rights: CompiledSource = compileSource(['permission', 'new_repo_permission', 'role', 'permissions_upgraded'])

/** The right that a change hands out; who joins a team gets the team's. */
function rightGiven(record: JsonObject): unknown {
  const action = codeText(record.action)
  if (removes.test(action)) return undefined
  const right = rights.read(record)
  return isNothing(right) && action === 'team.add_member' ? record.team : right
}

/** Who got access: people by invitation or at once, teams to a repository, applications that are installed. */
function given(record: JsonObject): unknown {
  const action = codeText(record.action)
  if (action === 'team.add_repository') return record.team
  if (action === 'integration_installation.create') return record.integration ?? record.name
  if (isAgent(record) && record.user === record.actor) return undefined
  return givesAccess.test(action) ? (record.invitee ?? record.invitee_email ?? record.email ?? record.user) : undefined
}

const givesAccess =
  /\.(?:add_member|invite_member|add_collaborator|add_outside_collaborator|invite|update_member)$|^repository_invitation\.create$|^(?:org|business)\.(?:add|invite)_\w+$/

/** Where a webhook sends what goes on. */
function called(record: JsonObject): unknown {
  if (removes.test(codeText(record.action))) return undefined
  return valueAt(record, ['config', 'url']) ?? record.hook_url
}

/** Who a repository or organisation is handed over to. Who gets one is named by the log of the new owner alone. */
function handedTo(record: JsonObject): unknown {
  if (!/\.transfer(?:_outgoing|_start)$/.test(codeText(record.action))) return record.transferred_to
  return record.new_owner ?? record.new_nwo ?? record.transferred_to ?? record.target
}

/** What everybody can read now. */
function published(record: JsonObject): unknown {
  const visibility = record.visibility ?? record.new_visibility ?? record.access
  const isChange =
    /^gist\.(?:create|visibility_change)$|^repo\.(?:access|create|publicize|change_visibility)$|visibility/.test(
      codeText(record.action),
    )
  const isPublic = isChange
    ? visibility === 'public'
    : /^repo\.(?:pages_public|publicize)$/.test(codeText(record.action))
  return isPublic ? everybody : undefined
}

/** The log holds what was done; requests to the API say their status, too. */
function outcomeOf(record: JsonObject): unknown {
  const status = outcomeOfStatus(record.status_code ?? record.response_status)
  if (status !== undefined) return status
  const action = codeText(record.action)
  if (/\.(?:rejected_ref_update|denied)$/.test(action)) return 'denied'
  return /\.(?:failed|failure|rejected)$/.test(action) ? 'failure' : 'success'
}
