import { everybody } from '@straylight/models/event/everybody'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { readByTable } from './table/read-by-table.ts'
import { codeText, valueAt } from './table/source.ts'
import { outcomeOfStatus, saysDenied } from './table/status-outcome.ts'

const read = readByTable({
  id: 'id',
  time: 'created_at',
  tenant_hint: ['organization_uuid', 'organization_id'],
  agent: [
    ...['actor/api_key_id', 'actor/admin_api_key_id', 'actor/service_account_id', 'actor/agent_id', 'actor/user_id'],
    ...['actor/email_address', 'actor/unauthenticated_email_address', 'actor/type'],
  ],
  names: [
    'actor/api_key_id',
    'actor/admin_api_key_id',
    'actor/service_account_id',
    'actor/user_id',
    'actor/email_address',
  ],
  person: isPerson,
  owner: 'actor/email_address',
  session: ['session_id', 'claude_chat_id', 'claude_project_id'],
  trace: 'request_id',
  credential_id: ['actor/api_key_id', 'actor/admin_api_key_id'],
  privilege: ['role', 'new_role', 'current_role', 'scopes/0', 'permission'],
  system: { constant: 'anthropic' },
  resource: [
    'claude_file_id',
    'claude_artifact_id',
    'claude_chat_id',
    'claude_project_id',
    'api_key_id',
    'workspace_id',
    'filename',
    'resource_id',
    'url',
  ],
  action: 'type',
  destinations: ['invited_email', 'recipient_email', 'integration_url', 'mcp_server_url', 'shared_with', audience],
  outcome: outcomeOf,
  source_ip: 'actor/ip_address',
})

/** Anthropic's activity feed (Compliance API): what keys and other programs did; what people did is passed over. */
export const anthropicCompliance: Format = {
  name: 'anthropic-compliance',
  title: 'Anthropic: activity feed of the Compliance API',
  marks: ['organization_uuid', 'organization_id'],
  detect: (value) =>
    'created_at' in value &&
    typeof value.type === 'string' &&
    isObject(value.actor) &&
    ('organization_uuid' in value || 'organization_id' in value),
  read,
}

/** Who may see what is shared: of those that are kinds and no names, everybody. */
function audience({ audience: list }: JsonObject): unknown {
  const isPublic = Array.isArray(list) && list.slice(0, 64).some((one: unknown) => valueAt(one, ['type']) === 'public')
  return isPublic ? everybody : undefined
}

function isPerson(record: JsonObject): boolean {
  const type = valueAt(record, ['actor', 'type'])
  return typeof type === 'string' && /user/.test(type)
}

function outcomeOf(record: JsonObject): unknown {
  const type = codeText(record.type)
  // A call of the Compliance API itself says how it was answered.
  const answered = outcomeOfStatus(record.status_code)
  if (answered !== undefined) return answered
  if (/fail|error/.test(type)) return 'failure'
  return saysDenied(type) || /blocked|rejected/.test(type) ? 'denied' : 'success'
}
