import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { readByTable } from './table/read-by-table.ts'
import { codeText, isNothing, valueAt } from './table/source.ts'

const debug = 'debugContext/debugData'

const read = readByTable({
  id: 'uuid',
  time: 'published',
  agent: ['actor/id', 'client/id', 'actor/alternateId'],
  names: ['actor/id', 'actor/alternateId', 'client/id', 'actor/displayName', `${debug}/clientId`],
  person: (record) => valueAt(record, ['actor', 'type']) === 'User',
  session: [known('authenticationContext/externalSessionId'), 'transaction/id'],
  trace: [`${debug}/traceId`, 'transaction/id'],
  parent_agent: [`${debug}/actorClientId`, `${debug}/delegatingPrincipal`],
  credential_id: [
    tokenId,
    `${debug}/tokenId`,
    `${debug}/clientAuthId`,
    'authenticationContext/credentialId',
    known('authenticationContext/externalSessionId'),
  ],
  credential_expires_at: tokenExpiry,
  credential_scopes: [`${debug}/grantedScopes`, `${debug}/requestedScopes`, `${debug}/scopes`],
  privilege: [`${debug}/privilegeGranted`, `${debug}/roleName`, role, grantedGroup, consented],
  system: [targetOf('AppInstance', 'displayName'), targetOf('AppInstance', 'alternateId'), { constant: 'okta' }],
  resource: ['target/0/id', `${debug}/requestUri`],
  action: 'eventType',
  destinations: [outsideAddress, outsidePlaces],
  outcome: {
    at: 'outcome/result',
    values: {
      SUCCESS: 'success',
      ALLOW: 'success',
      FAILURE: 'failure',
      DENY: 'denied',
      CHALLENGE: 'failure',
      ABANDONED: 'failure',
      UNANSWERED: 'failure',
    },
  },
  source_ip: ['client/ipAddress', 'request/ipChain/0/ip'],
})

/** Okta's System Log: what applications, API clients and agents did; what people did is passed over. */
export const okta: Format = {
  name: 'okta',
  title: 'Okta: System Log (API, log streaming, event hooks)',
  marks: ['eventType', 'published'],
  detect: (value) => 'eventType' in value && 'published' in value && ('actor' in value || 'uuid' in value),
  read,
}

/** Okta writes `unknown` where it has nothing. */
function known(path: string) {
  const names = path.split('/')
  return (record: JsonObject): unknown => {
    const value = valueAt(record, names)
    return value === 'unknown' ? undefined : value
  }
}

function targetsOf(record: JsonObject): readonly JsonObject[] {
  return Array.isArray(record.target) ? record.target.slice(0, 64).filter(isObject) : []
}

function targetOf(type: string, name: string) {
  return (record: JsonObject): unknown =>
    targetsOf(record).find((target) => target.type === type && !isNothing(target[name]))?.[name]
}

/** The token that was made or used. */
function tokenId(record: JsonObject): unknown {
  return targetsOf(record).find(({ type }) => typeof type === 'string' && /token$/i.test(type))?.id
}

/** When the token ends that was given out. */
function tokenExpiry(record: JsonObject): unknown {
  const token = targetsOf(record).find(({ type }) => typeof type === 'string' && /token$/i.test(type))
  return valueAt(token, ['detailEntry', 'expires'])
}

/** A role by its kind: one of Okta's own, or one that was made here. Where it is taken away it is no right. */
function role(record: JsonObject): unknown {
  if (/\.(?:remove|revoke|delete|deactivate|unassign)\b/.test(codeText(record.eventType))) return undefined
  return targetsOf(record).find(
    ({ type, displayName }) => /(?:^|_)role$/i.test(codeText(type)) && !isNothing(displayName),
  )?.displayName
}

/** What an application may do from then on. */
function consented(record: JsonObject): unknown {
  if (!/\.consent\.grant$/.test(codeText(record.eventType))) return undefined
  return [`${debug}/grantedScopes`, `${debug}/scopes`]
    .map((path) => valueAt(record, path.split('/')))
    .find((scopes) => !isNothing(scopes))
}

/** Hooks, origins and identity providers that are set up, by their addresses. */
function outsidePlaces(record: JsonObject): unknown {
  if (!/\.(?:creat|updat|activat|add)\w*$/.test(codeText(record.eventType))) return undefined
  const found = targetsOf(record)
    .flatMap(({ alternateId, displayName, detailEntry }) => [alternateId, displayName, valueAt(detailEntry, ['url'])])
    .filter((text) => typeof text === 'string' && /^https?:\/\//i.test(text))
  return found.length === 0 ? undefined : found
}

function grantedGroup(record: JsonObject): unknown {
  return record.eventType === 'group.user_membership.add' ? targetOf('UserGroup', 'displayName')(record) : undefined
}

/** Who is let in: people that accounts are made for or rights are given to. */
function outsideAddress(record: JsonObject): unknown {
  if (
    typeof record.eventType !== 'string' ||
    !/\.(?:create|grant|add|invite|provision)\b|^user\.lifecycle\.create/.test(record.eventType)
  )
    return undefined
  const found = targetsOf(record).flatMap(({ type, alternateId }) =>
    type === 'User' && typeof alternateId === 'string' && alternateId.includes('@') ? [alternateId] : [],
  )
  return found.length === 0 ? undefined : found
}
