import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { readByTable } from './table/read-by-table.ts'
import { codeText, valueAt } from './table/source.ts'

const key = 'actor/api_key'

const read = readByTable({
  id: 'id',
  time: 'effective_at',
  agent: [
    `${key}/service_account/id`,
    `${key}/id`,
    `${key}/user/id`,
    'actor/session/user/email',
    'actor/session/user/id',
  ],
  names: [
    `${key}/service_account/id`,
    `${key}/id`,
    `${key}/user/email`,
    'actor/session/user/email',
    'actor/session/user/id',
  ],
  person: (record) => valueAt(record, ['actor', 'type']) === 'session',
  owner: `${key}/user/email`,
  session: ['actor/session/id', 'project/id'],
  credential_id: `${key}/id`,
  privilege: [detail('data', 'role'), detail('changes_requested', 'role'), scopes],
  system: { constant: 'openai' },
  resource: [detail('id'), detail('resource_id'), 'project/id'],
  action: 'type',
  destinations: [detail('data', 'email'), detail('email'), appointed],
  outcome: (record) => (typeof record.type === 'string' && record.type.endsWith('.failed') ? 'failure' : 'success'),
  source_ip: ['actor/session/ip_address', 'actor/ip_address'],
})

/** OpenAI's audit log of an organisation: what keys and service accounts did; what people did in the console is passed over. */
export const openaiAudit: Format = {
  name: 'openai-audit',
  title: 'OpenAI: audit log of an organisation',
  marks: ['effective_at'],
  detect: (value) => 'effective_at' in value && 'type' in value && isObject(value.actor),
  read,
}

/** Who gets a role, by an id. */
function appointed(record: JsonObject): unknown {
  return record.type === 'role.assignment.created' ? detail('principal_id')(record) : undefined
}

/** What an event says of its own kind stands under the name of the kind. */
function detail(...names: readonly string[]) {
  return (record: JsonObject): unknown =>
    typeof record.type === 'string' ? valueAt(record[record.type], names) : undefined
}

function scopes(record: JsonObject): unknown {
  const given = detail('data', 'scopes')(record) ?? detail('changes_requested', 'scopes')(record)
  return Array.isArray(given) && given.length > 0 ? given.slice(0, 64).map(codeText).sort().join(',') : undefined
}
