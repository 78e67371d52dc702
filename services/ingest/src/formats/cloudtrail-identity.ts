import type { Credential } from '@straylight/schemas/agent-event'
import { cutWithHash } from '@straylight/schemas/cut-text'
import { type FieldReader, isObject, type JsonObject } from '../record/field-reader.ts'

/** Who acted, as `userIdentity` tells it. */
export interface Identity {
  /** Role name, user name, or what else names the caller: what the agent is called without a registry entry. */
  readonly agent: string
  /** What the registry is asked for, most specific first. */
  readonly names: readonly string[]
  readonly owner: string | undefined
  readonly session: string | undefined
  readonly parent_agent: string | undefined
  readonly credential: Credential | undefined
  readonly privilege: string | undefined
  /** Account that the caller belongs to. */
  readonly account: string | undefined
}

/**
 * Many agents share a role and differ by session name, many sessions share an agent: so the registry may know the
 * session's ARN, `role/session`, the role's ARN, the role's name or the session's name, asked for in this order.
 */
export function identityOf(fields: FieldReader, record: JsonObject): Identity {
  const user = fields.object(record.userIdentity, 'userIdentity') ?? {}
  const context = fields.object(user.sessionContext, 'userIdentity.sessionContext') ?? {}
  const issuer = fields.object(context.sessionIssuer, 'userIdentity.sessionContext.sessionIssuer') ?? {}
  const arn = word(fields, user.arn, 'userIdentity.arn')
  const role = word(fields, issuer.arn, 'userIdentity.sessionContext.sessionIssuer.arn') ?? roleOfSession(arn)
  const roleName = word(fields, issuer.userName, 'userIdentity.sessionContext.sessionIssuer.userName') ?? lastPart(role)
  const session =
    role === undefined ? undefined : sessionName(word(fields, user.principalId, 'userIdentity.principalId'), arn)
  const type = word(fields, user.type, 'userIdentity.type')
  const invokedBy = word(fields, user.invokedBy, 'userIdentity.invokedBy')
  const account = fields.tenant(user.accountId === '' ? null : user.accountId, 'userIdentity.accountId')
  const known = [
    arn,
    roleName !== undefined && session !== undefined ? `${roleName}/${session}` : undefined,
    ...aliasesOfRole(arn, role),
    roleName,
    word(fields, user.userName, 'userIdentity.userName'),
    session,
    onBehalfOf(fields, user),
    invokedBy,
    word(fields, user.principalId, 'userIdentity.principalId'),
  ].filter((name) => name !== undefined)
  return {
    agent:
      roleName ??
      word(fields, user.userName, 'userIdentity.userName') ??
      rootOr(type) ??
      known[0] ??
      account ??
      cutWithHash(`aws:${type ?? 'unknown'}`, 512),
    names: known,
    owner: word(fields, context.sourceIdentity, 'userIdentity.sessionContext.sourceIdentity'),
    session,
    parent_agent: invokedBy,
    credential: credentialOf(fields, user, context),
    privilege: role ?? rootOr(type),
    account,
  }
}

/** AWS writes an empty string where it has nothing to say. */
function word(fields: FieldReader, value: unknown, path: string): string | undefined {
  return fields.name(value === '' ? null : value, path)
}

const rootOr = (type: string | undefined) => (type === 'Root' ? 'root' : undefined)
const lastPart = (arn: string | undefined) => arn?.slice(arn.lastIndexOf('/') + 1) || undefined

/** `arn:aws:sts::1:assumed-role/ROLE/SESSION` tells the role where no issuer does. */
function roleOfSession(arn: string | undefined): string | undefined {
  const parts = /^(arn:[^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn ?? '')
  return parts === null ? undefined : `${parts[1]}:iam::${parts[2]}:role/${parts[3]}`
}

/** How people write a role: as AWS names it, without its path, and as its sessions' ARN without the session. */
function aliasesOfRole(arn: string | undefined, role: string | undefined): string[] {
  const [, partition, account, name] = /^(arn:[^:]+):iam::(\d*):role\/(?:.*\/)?([^/]+)$/.exec(role ?? '') ?? []
  const assumed = /^(arn:[^:]+:sts::\d*:assumed-role\/[^/]+)\//.exec(arn ?? '')?.[1]
  const short = name === undefined ? undefined : `${partition}:iam::${account}:role/${name}`
  const ofSessions = name === undefined ? undefined : `${partition}:sts::${account}:assumed-role/${name}`
  return [...new Set([role, short, assumed, ofSessions])].filter((alias) => alias !== undefined)
}

/** A role session's principal id is `ROLE-ID:SESSION`. */
function sessionName(principalId: string | undefined, arn: string | undefined): string | undefined {
  const colon = principalId?.indexOf(':') ?? -1
  return (colon >= 0 ? principalId?.slice(colon + 1) : lastPart(arn)) || undefined
}

/** IAM Identity Center names the person by an id only. */
function onBehalfOf(fields: FieldReader, user: JsonObject): string | undefined {
  const person = isObject(user.onBehalfOf) ? user.onBehalfOf : {}
  return fields.name(person.userId === '' ? null : person.userId, 'userIdentity.onBehalfOf.userId')
}

function credentialOf(fields: FieldReader, user: JsonObject, context: JsonObject): Credential | undefined {
  const key = user.accessKeyId === '' ? null : user.accessKeyId
  const id = fields.name(key, 'userIdentity.accessKeyId')
  const attributes = fields.object(context.attributes, 'userIdentity.sessionContext.attributes') ?? {}
  const path = 'userIdentity.sessionContext.attributes.creationDate'
  return id === undefined ? undefined : { id, issued_at: fields.time(attributes.creationDate, path) }
}
