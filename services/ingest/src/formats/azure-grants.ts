import { everybody } from '@straylight/models/event/everybody'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import { codeText, valueAt } from './table/source.ts'

/** Settings, in lower case, that say where something is led or who is let in; in one operation only where a text stands before the colon. */
const placeNames: ReadonlySet<string> = new Set([
  ...['storageaccountid', 'eventhubauthorizationruleid', 'workspaceid', 'storageuri', 'endpointurl', 'webhookuri'],
  ...['azurestorageurl', 'serviceuri', 'webhookurl', 'issuer', 'managedbytenantid', 'partnerid'],
  ...['accesspolicies/objectid', 'remotevirtualnetwork/id', 'subscriptions/ids', 'aadtenants/ids', 'iprules/value'],
  ...['sourceaddressprefix', 'sourceaddressprefixes', 'cidr', 'ipaddressorrange'],
])
/** Settings that open something to everybody, and what says so. */
const openNames: Readonly<Record<string, RegExp>> = {
  allowblobpublicaccess: /^true$/i,
  publicaccess: /^(?:blob|container)$/i,
  publicnetworkaccess: /^enabled$/i,
  'networkacls/defaultaction': /^allow$/i,
  operationtype: /^enablecommunity$/i,
  anonymouspullenabled: /^true$/i,
}
const everywhere: ReadonlySet<string> = new Set(['*', 'internet', 'any', '0.0.0.0/0', '::/0'])
/** Prefixes that stand for Azure's own networks, and not for a place. */
const serviceTag = /^[A-Za-z]+(?:\.[A-Za-z\d]+)?$/
const nodesMax = 2_000

/**
 * Where a call leads data, and whom it lets in, by the settings that it asks for: other accounts' storage and event hubs, addresses, networks,
 * those who may read a vault, everybody. Walked without recursion and within a bound: their shape is Azure's, their size the caller's.
 */
export function azureGrants(record: JsonObject): readonly string[] | undefined {
  const { request, operationName } = record
  if (!isObject(request) || !/\/(?:write|action)$/i.test(codeText(operationName))) return undefined
  if (/^(?:remove|reset)$/i.test(codeText(request.operationType))) return undefined
  const found = new Set<string>()
  const open: { name: string; value: unknown }[] = [{ name: '', value: request }]
  for (let nodes = 0; nodes < nodesMax; nodes++) {
    const next = open.pop()
    if (next === undefined) break
    const { name, value } = next
    if (Array.isArray(value)) for (const item of value.slice(0, 100)) open.push({ name, value: item })
    else if (isObject(value)) openObject(name, value, open, found)
    else if (typeof value === 'string' || value === true)
      for (const place of placesOf(name, String(value))) found.add(place)
  }
  return found.size === 0 ? undefined : [...found].slice(0, 64)
}

function openObject(
  of: string,
  object: JsonObject,
  open: { name: string; value: unknown }[],
  found: Set<string>,
): void {
  if (isShut(object)) return
  for (const place of rangeOf(object)) found.add(place)
  // What the groups of a gallery's sharing are of, their ids do not say.
  const around = typeof object.type === 'string' && Array.isArray(object.ids) ? object.type : of
  const outer = around.slice(around.lastIndexOf('/') + 1)
  for (const given of Object.keys(object).slice(0, 100)) {
    const name = given.toLowerCase()
    // Settings stand under `properties`, which says nothing itself.
    open.push({ name: name === 'properties' ? of : `${outer.toLowerCase()}/${name}`, value: object[given] })
  }
}

/** A rule that refuses, or lets out. */
const isShut = (rule: JsonObject): boolean =>
  codeText(rule.access).toLowerCase() === 'deny' || codeText(rule.direction).toLowerCase() === 'outbound'

/** Addresses that a database lets in; those of Azure itself are written as zeros. */
function rangeOf({ startIpAddress, endIpAddress }: JsonObject): readonly string[] {
  const [start, end] = [codeText(startIpAddress), codeText(endIpAddress)]
  if (start === '' || end === '' || (start === end && start === '0.0.0.0')) return []
  if (start === '0.0.0.0' && end === '255.255.255.255') return [everybody]
  return start === end ? [start] : [start, end]
}

function placesOf(path: string, text: string): readonly string[] {
  const name = path.slice(path.indexOf('/') + 1)
  if ((openNames[path] ?? openNames[name])?.test(text) === true) return [everybody]
  if (text === '' || !(placeNames.has(path) || placeNames.has(name))) return []
  if (everywhere.has(text.toLowerCase())) return [everybody]
  return /prefix(?:es)?$|^cidr$/.test(name) && serviceTag.test(text) ? [] : [text]
}

/** The role of an assignment, by its id; everything, where an administrator of the directory takes all subscriptions. */
export function azureRole(record: JsonObject): unknown {
  const operation = codeText(record.operationName)
  if (/\/elevateaccess\/action$/i.test(operation)) return 'User Access Administrator'
  if (!/\/roleassignments\/write$/i.test(operation)) return undefined
  const role = codeText(valueAt(record.request, ['roleDefinitionId']) ?? valueAt(record.request, ['RoleDefinitionId']))
  return role === '' ? undefined : role.slice(role.lastIndexOf('/') + 1)
}

/** Who gets the role, by the id of the principal. */
export function assignedTo(record: JsonObject): unknown {
  return azureRole(record) === undefined
    ? undefined
    : (valueAt(record.request, ['principalId']) ?? valueAt(record.request, ['PrincipalId']))
}

const handsOut =
  /\/((?:begingetaccess|listkeys|listkey|regeneratekey|list\w*sas|generateuserdelegationkey|list\w*credentials?|listcallbackurl|listconnectionstrings|listsecrets?))\/action$/i

/** A key or a signed link that the call hands out: whoever holds it needs no other right. What it may be used for stands in the request. */
export function handedOut(record: JsonObject): unknown {
  const call = handsOut.exec(codeText(record.operationName))?.[1]?.toLowerCase()
  if (call === undefined) return undefined
  const use = codeText(valueAt(record.request, ['access']) ?? valueAt(record.request, ['signedPermission']))
  return use === '' ? call : `${call} ${use.toLowerCase()}`
}
