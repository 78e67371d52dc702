import { everybody, wholeOrganisation } from '@straylight/models/event/everybody'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import { singleJson } from '../record/inner-json.ts'
import { guestOf } from './guest-name.ts'
import { codeText, compileSource, isNothing, valueAt } from './table/source.ts'

/** Operations that take something away: whoever they name gets nothing. */
const removes = /^(?:Remove|Delete|Disable|Revoke)|(?:Removed|Revoked|Deleted|Withdrawn|Blocked|Expired|Unassigned)\b/

/** Who a file or site was opened to; a guest by the address from which it comes. */
function sharedWith({ Operation, TargetUserOrGroupName: name }: JsonObject): unknown {
  if (isNothing(name) || removes.test(codeText(Operation))) return undefined
  return allMembers.test(codeText(name)) ? wholeOrganisation : (guestOf(name) ?? name)
}

/** SharePoint's group of everybody who is no guest, by its name or its claim. */
const allMembers = /^everyone except external users$|\|spo-grid-all-users\//i

/** `<Permissions granted>Contribute</Permissions granted>`: SharePoint's own words of the right. */
function sharedRight({ EventData }: JsonObject): unknown {
  if (typeof EventData !== 'string') return undefined
  return /<Permissions? granted>([^<]{1,200})</i.exec(EventData.slice(0, 4_000))?.[1]
}

/** Who joins a team or chat. */
function members({ Operation, Members }: JsonObject): unknown {
  if (Operation !== 'MemberAdded' || !Array.isArray(Members)) return undefined
  const found = Members.slice(0, 64).flatMap((member: unknown) => {
    const name = valueAt(member, ['UPN'])
    return guestOf(name) ?? (typeof name === 'string' && name !== '' ? [name] : [])
  })
  return found.length === 0 ? undefined : found
}

/** What the directory says that a right was, and who got it: its values stand in a list as in Entra's own log. */
function changedTo(record: JsonObject, names: readonly string[]): unknown {
  const { ModifiedProperties: changed } = record
  if (record.Workload !== 'AzureActiveDirectory' || !Array.isArray(changed)) return undefined
  if (removes.test(codeText(record.Operation))) return undefined
  const values = new Map(
    changed.slice(0, 64).map((one: unknown) => [valueAt(one, ['Name']), valueAt(one, ['NewValue'])]),
  )
  return names.map((name) => values.get(name)).find((value) => typeof value === 'string' && value !== '')
}

function directoryRight(record: JsonObject): unknown {
  return changedTo(record, ['Role.DisplayName', 'AppRole.Value', 'DelegatedPermissionGrant.Scope', 'Group.DisplayName'])
}

function appointed(record: JsonObject): unknown {
  if (record.Workload !== 'AzureActiveDirectory') return undefined
  if (
    !/^Add (?:app role assignment|delegated permission grant|member to role|owner to)/.test(codeText(record.Operation))
  )
    return undefined
  const user = record.Operation === 'Add member to role.' ? record.ObjectId : undefined
  return changedTo(record, ['User.UPN', 'ServicePrincipal.ObjectID', 'User.ObjectID']) ?? guestOf(user) ?? user
}

/** Rules that a mailbox got by its client, in JSON text. */
function forwardingRule({ Operation, OperationProperties: properties }: JsonObject): unknown {
  if (Operation !== 'UpdateInboxRules' || !Array.isArray(properties)) return undefined
  const named = (name: string): unknown =>
    valueAt(
      properties.slice(0, 64).find((one: unknown) => valueAt(one, ['Name']) === name),
      ['Value'],
    )
  if (/Remove|Delete/.test(codeText(named('RuleOperation')))) return undefined
  const text = named('RuleActions')
  const actions = typeof text === 'string' ? singleJson(text) : undefined
  const found = (Array.isArray(actions) ? actions.slice(0, 64) : []).flatMap((action: unknown) => {
    const to = valueAt(action, ['Recipients'])
    return Array.isArray(to) && /forward|redirect/i.test(codeText(valueAt(action, ['ActionType'])))
      ? to.slice(0, 64)
      : []
  })
  return found.length === 0 ? undefined : found
}

/** A link for everybody, or for all of the company. */
function openLink({ Operation }: JsonObject): unknown {
  if (Operation === 'AnonymousLinkCreated' || Operation === 'AnonymousLinkUpdated') return everybody
  return Operation === 'CompanyLinkCreated' || Operation === 'CompanyLinkUpdated' ? wholeOrganisation : undefined
}

/** Rules of mailboxes and of the whole organisation that pass mail on, and whom a mailbox or folder is opened to. */
const leadsTo = (operation: unknown, parameter: string): boolean =>
  /^(?:Forward\w*|Redirect\w*To|DeliverTo\w*|BlindCopyTo|CopyTo|AddToRecipients|JournalEmailAddress)$/.test(
    parameter,
  ) ||
  (/^(?:Add|Set)-\w*Permission$/.test(codeText(operation)) &&
    /^(?:User|Trustee|GrantSendOnBehalfTo)$/.test(parameter)) ||
  parameter === 'GrantSendOnBehalfTo'

/** Where mail goes on to, and who may read it. */
function forwarding(record: JsonObject): unknown {
  const { Parameters: parameters } = record
  if (!Array.isArray(parameters)) return undefined
  const found = parameters
    .slice(0, 64)
    .flatMap((parameter: unknown) =>
      isObject(parameter) &&
      leadsTo(record.Operation, codeText(parameter.Name)) &&
      typeof parameter.Value === 'string' &&
      parameter.Value.includes('@')
        ? parameter.Value.split(/[;,]/).map((address) => address.replace(/^smtp:/i, '').trim())
        : [],
    )
  return found.length === 0 ? undefined : found
}

/** The right that a cmdlet hands out stands among its parameters. */
function accessRights({ Parameters: parameters }: JsonObject): unknown {
  if (!Array.isArray(parameters)) return undefined
  const named = parameters.slice(0, 64).find((parameter: unknown) => valueAt(parameter, ['Name']) === 'AccessRights')
  return valueAt(named, ['Value'])
}

const rights = compileSource([
  ...['Role', 'SharingPermission', 'Permission', 'AccessRights'],
  ...[accessRights, sharedRight, directoryRight],
])

/** The right that an operation hands out; what it takes away is none. */
export function m365Right(record: JsonObject): unknown {
  const right = rights.read(record)
  return right === undefined || removes.test(codeText(record.Operation)) ? undefined : right
}

/** Who gets at something: by a share or a link, by mail that is passed on, by a team, by a role or an application's right. */
export const m365Receivers = [sharedWith, openLink, forwarding, forwardingRule, members, appointed]
