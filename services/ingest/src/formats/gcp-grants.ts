import { isObject, type JsonObject } from '../record/field-reader.ts'
import { gkeCall } from './gke-call.ts'
import { grantedRole, grantedTo } from './kubernetes-grants.ts'
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
const everybody: ReadonlySet<string> = new Set(['ALL_USERS', 'ALL_AUTHENTICATED_USERS'])
/**
 * Roles and members that a change of a policy adds. What it takes away gives nothing: where deltas are named, they alone count. A whole
 * policy without them says what holds now, and not what is new: all whom it names count, as nobody else says whom it adds.
 */
export function gcpGrants(record: JsonObject): GcpGrants {
  const method = valueAt(record, ['protoPayload', 'methodName'])
  if (typeof method !== 'string' || !/iam|polic|access|update|patch|insert|create|Invite$/i.test(method)) return nothing
  const call = gkeCall(record)
  if (call !== null) return { roles: textsOf([grantedRole(call)]), members: textsOf(grantedTo(call)) }
  const roles = new Set<string>()
  const members = new Set<string>()
  if (!deltasIn(record, roles, members)) wholeIn(record, roles, members)
  return { roles: [...roles], members: [...members] }
}

/** Whether the record has deltas at all. */
function deltasIn(record: JsonObject, roles: Set<string>, members: Set<string>): boolean {
  let isDelta = false
  for (const path of deltaPaths)
    for (const delta of listAt(record, path)) {
      isDelta = true
      if (!isObject(delta) || delta.action !== 'ADD') continue
      if (typeof delta.role === 'string') roles.add(delta.role)
      if (typeof delta.member === 'string') members.add(memberOf(delta.member))
    }
  return isDelta
}

function wholeIn(record: JsonObject, roles: Set<string>, members: Set<string>): void {
  const invited = valueAt(record, ['protoPayload', 'request', 'member'])
  if (
    typeof invited === 'string' &&
    valueAt(record, ['protoPayload', 'methodName']) === 'InsertProjectOwnershipInvite'
  ) {
    members.add(memberOf(invited))
    roles.add('roles/owner')
  }
  for (const path of policyPaths)
    for (const binding of listAt(record, path)) {
      const named = isObject(binding) && Array.isArray(binding.members) ? binding.members : []
      for (const member of named.slice(0, membersMax)) if (typeof member === 'string') members.add(memberOf(member))
      if (named.length > 0 && isObject(binding) && typeof binding.role === 'string') roles.add(binding.role)
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

const textsOf = (values: unknown): readonly string[] =>
  Array.isArray(values) ? values.filter((value) => typeof value === 'string') : []

function listAt(record: JsonObject, path: readonly string[]): readonly unknown[] {
  const list = valueAt(record, path)
  return Array.isArray(list) ? list.slice(0, membersMax) : []
}

/** `user:a@b.example`, `group:…`, `serviceAccount:…` and `domain:…` without the kind: an address, or a host. */
const memberOf = (member: string): string => member.replace(/^(?:deleted:)?(?:user|group|serviceAccount|domain):/, '')
