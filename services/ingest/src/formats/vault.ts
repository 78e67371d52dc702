import { isObject, type JsonObject } from '../record/field-reader.ts'
import { type Format, isFault } from './format.ts'
import { momentOf } from './table/moment-of.ts'
import { readByTable } from './table/read-by-table.ts'
import { isNothing, valueAt } from './table/source.ts'
import { saysDenied } from './table/status-outcome.ts'

const agentPath = 'auth.metadata.agent'

const readResponse = readByTable({
  id: 'request/id',
  time: 'time',
  tenant_hint: namespaceOf,
  agent: [
    'auth/metadata/agent',
    'auth/metadata/role_name',
    'auth/metadata/service_account_name',
    'auth/metadata/role',
    'auth/display_name',
    'auth/entity_id',
    // Whoever signs in is known by what the sign-in gave.
    ...['response/auth/metadata/role_name', 'response/auth/metadata/service_account_name'],
    ...['response/auth/metadata/role', 'response/auth/display_name', 'response/auth/entity_id'],
    'request/client_id',
    'request/remote_address',
  ],
  names: [
    'auth/entity_id',
    'auth/display_name',
    'auth/metadata/role_name',
    'auth/metadata/service_account_name',
    'auth/metadata/role',
    'auth/accessor',
  ],
  person: isPerson,
  session: ['auth/accessor', 'request/client_token_accessor'],
  trace: 'request/id',
  credential_id: ['auth/accessor', 'request/client_token_accessor', 'auth/client_token', 'response/auth/accessor'],
  credential_issued_at: 'auth/token_issue_time',
  credential_expires_at: expiryOf,
  credential_scopes: ['auth/policies', 'auth/token_policies'],
  privilege: [policiesAsked, roleOfSecret, policiesHeld],
  system: { constant: 'vault' },
  resource: pathOf,
  action: 'request/operation',
  destinations: [auditPlace],
  argument_names: 'request/data',
  records: (record) => lengthOf(valueAt(record, ['response', 'data', 'keys'])),
  outcome: outcomeOf,
  source_ip: 'request/remote_address',
})

/** HashiCorp Vault's audit device: each request once, by its response, which says how it ended. */
export const vault: Format = {
  name: 'vault',
  title: 'HashiCorp Vault: audit device',
  marks: ['auth', 'request'],
  detect: (value) =>
    (value.type === 'request' || value.type === 'response') &&
    isObject(value.request) &&
    'path' in value.request &&
    'operation' in value.request,
  read(value) {
    if (value.type === 'request') return { passed_over: 'vault request, which its response repeats' }
    const draft = readResponse(value)
    // What needs no token, such as asking for health, names nobody.
    const isNameless = isFault(draft) && draft.path === agentPath
    return isNameless ? { passed_over: 'vault caller without a name' } : draft
  },
}

function namespaceOf(record: JsonObject): unknown {
  const path = valueAt(record, ['request', 'namespace', 'path'])
  return typeof path === 'string' && path !== '' ? path.replace(/\/$/, '') : undefined
}

/** Ways to sign in that only people have. */
function isPerson(record: JsonObject): boolean {
  const name = valueAt(record, ['auth', 'display_name'])
  return typeof name === 'string' && /^(?:userpass|ldap|oidc|okta|github|saml|radius)-/.test(name)
}

/** Seconds after it was issued; 0 never ends. */
function expiryOf(record: JsonObject): unknown {
  const ttl = valueAt(record, ['auth', 'token_ttl'])
  const issued = momentOf(valueAt(record, ['auth', 'token_issue_time']))
  if (typeof ttl !== 'number' || ttl <= 0 || typeof issued !== 'string') return undefined
  const expiry = Date.parse(issued) + ttl * 1000
  return Number.isFinite(expiry) && expiry < 4_102_444_800_000 ? expiry : undefined
}

function policiesAsked(record: JsonObject): unknown {
  const path = valueAt(record, ['request', 'path'])
  const policies = valueAt(record, ['response', 'auth', 'policies'])
  return typeof path === 'string' && path.startsWith('auth/token/create') ? namesOf(policies) : undefined
}

/** A secret that an engine makes for a role of another system: who has it has that role there. */
function roleOfSecret(record: JsonObject): unknown {
  const path = valueAt(record, ['request', 'path'])
  return typeof path === 'string' &&
    /^[^/]+(?:\/[^/]+)*\/(?:creds|issue|sign|sts|token|key)\/[^/]+$/.test(path) &&
    !path.startsWith('auth/')
    ? path
    : undefined
}

/** Where an audit device sends what it writes. Values may be hashed. */
function auditPlace(record: JsonObject): unknown {
  const path = valueAt(record, ['request', 'path'])
  const address = valueAt(record, ['request', 'data', 'options', 'address'])
  const isSet = typeof path === 'string' && path.startsWith('sys/audit/') && typeof address === 'string'
  return isSet && !address.startsWith('hmac-') ? address : undefined
}

function policiesHeld(record: JsonObject): unknown {
  return namesOf(valueAt(record, ['auth', 'policies']) ?? valueAt(record, ['auth', 'token_policies']))
}

/** Everybody has `default`. */
function namesOf(policies: unknown): string | undefined {
  if (!Array.isArray(policies)) return undefined
  const names = policies.slice(0, 64).filter((name) => typeof name === 'string' && name !== 'default')
  return names.length === 0 ? undefined : names.sort().join(',')
}

function pathOf(record: JsonObject): unknown {
  const [space, path] = [valueAt(record, ['request', 'namespace', 'path']), valueAt(record, ['request', 'path'])]
  return typeof space === 'string' && typeof path === 'string' ? space + path : path
}

const lengthOf = (keys: unknown): number | undefined => (Array.isArray(keys) ? keys.length : undefined)

function outcomeOf(record: JsonObject): unknown {
  const error = record.error ?? valueAt(record, ['response', 'data', 'error'])
  if (isNothing(error)) return 'success'
  return typeof error === 'string' && saysDenied(error) ? 'denied' : 'failure'
}
