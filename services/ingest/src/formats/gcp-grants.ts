import { isObject, type JsonObject } from '../record/field-reader.ts'
import { subjectName } from './kubernetes-grants.ts'
import { valueAt } from './table/source.ts'

/** Where deltas of a policy stand, by service and by the age of its logs. */
const deltaPaths = [
  ['protoPayload', 'serviceData', 'policyDelta', 'bindingDeltas'],
  ['protoPayload', 'metadata', 'policyDelta', 'bindingDeltas'],
  ['protoPayload', 'metadata', 'datasetChange', 'bindingDeltas'],
  ['protoPayload', 'metadata', 'tableChange', 'bindingDeltas'],
  ['protoPayload', 'response', 'policyDelta', 'bindingDeltas'],
]
const policyPaths = [
  ['protoPayload', 'request', 'policy', 'bindings'],
  ['protoPayload', 'request', 'resource', 'policy', 'bindings'],
  ['protoPayload', 'metadata', 'datasetChange', 'bigqueryAcl', 'policy', 'bindings'],
  // Compute Engine's older form.
  ['protoPayload', 'request', 'bindings'],
]
/** BigQuery's older logs: whom the list of a data set names. */
const listPaths = ['datasetInsertRequest', 'datasetUpdateRequest'].map((request) => [
  ...['protoPayload', 'serviceData', request, 'resource', 'acl', 'entries'],
])
const membersMax = 200

/** What a call gave to whom. */
export interface GcpGrants {
  readonly roles: readonly string[]
  readonly members: readonly string[]
}

const nothing: GcpGrants = { roles: [], members: [] }
/** Groups of everybody: the public, and whoever has an account with Google. */
const everybody: ReadonlySet<string> = new Set([
  ...['allUsers', 'allAuthenticatedUsers', 'ALL_USERS', 'ALL_AUTHENTICATED_USERS'],
])
const changesBinding = /authorization\.rbac\.v1(?:beta1)?\.(cluster)?rolebindings\.(create|update|patch)$/

/**
 * Roles and members that a change of a policy adds. What it takes away gives nothing. A whole policy without deltas says what holds
 * now and not what is new, so of it only grants to everybody count.
 */
export function gcpGrants(record: JsonObject): GcpGrants {
  const method = valueAt(record, ['protoPayload', 'methodName'])
  if (typeof method !== 'string' || !/iam|polic|access|update|patch|insert|create/i.test(method)) return nothing
  const roles = new Set<string>()
  const members = new Set<string>()
  if (changesBinding.test(method)) boundIn(record, roles, members)
  for (const path of deltaPaths)
    for (const delta of listAt(record, path)) {
      if (!isObject(delta) || delta.action !== 'ADD') continue
      if (typeof delta.role === 'string') roles.add(delta.role)
      if (typeof delta.member === 'string') members.add(memberOf(delta.member))
    }
  if (members.size === 0) publicIn(record, roles, members)
  return { roles: [...roles], members: [...members] }
}

function publicIn(record: JsonObject, roles: Set<string>, members: Set<string>): void {
  for (const path of policyPaths)
    for (const binding of listAt(record, path)) {
      const named = isObject(binding) && Array.isArray(binding.members) ? binding.members : []
      for (const member of named.slice(0, membersMax)) {
        if (typeof member !== 'string' || !everybody.has(member)) continue
        members.add(member)
        if (isObject(binding) && typeof binding.role === 'string') roles.add(binding.role)
      }
    }
  for (const path of listPaths)
    for (const entry of listAt(record, path)) {
      const group = valueAt(entry, ['specialGroup'])
      if (typeof group !== 'string' || !everybody.has(group)) continue
      members.add(group.startsWith('ALL_AUTH') ? 'allAuthenticatedUsers' : 'allUsers')
      const role = valueAt(entry, ['role'])
      if (typeof role === 'string') roles.add(role)
    }
}

/** What a binding of a cluster gives to whom, as Kubernetes' own log says it. */
function boundIn(record: JsonObject, roles: Set<string>, members: Set<string>): void {
  const payload = record.protoPayload
  for (const side of ['request', 'response']) {
    const subjects = valueAt(payload, [side, 'subjects'])
    if (!Array.isArray(subjects)) continue
    for (const one of subjects.slice(0, membersMax)) {
      const name = subjectName(one)
      if (name !== undefined) members.add(name)
    }
    const role = valueAt(payload, [side, 'roleRef', 'name'])
    if (typeof role === 'string') roles.add(role)
    return
  }
}

function listAt(record: JsonObject, path: readonly string[]): readonly unknown[] {
  const list = valueAt(record, path)
  return Array.isArray(list) ? list.slice(0, membersMax) : []
}

/** `user:a@b.example`, `group:…`, `serviceAccount:…` and `domain:…` without the kind: an address, or a host. */
const memberOf = (member: string): string => member.replace(/^(?:deleted:)?(?:user|group|serviceAccount|domain):/, '')
