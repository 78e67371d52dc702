import { everybody } from '@straylight/models/event/everybody'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { isObject, type JsonObject, scalarText } from '../record/field-reader.ts'

/** Longest policy that AWS takes, url-encoded three characters for one: 32 KiB of a KMS key's. */
const textMax = 3 * 32 * 1024
/** Most statements, principals of one, and values of a condition that are read. */
const listMax = 200

/** A policy's text as a policy: JSON, or JSON that was url-encoded; null where it is something else. */
export function policyIn(text: string): JsonObject | null {
  if (text.length > textMax) return null
  const json = /^\s*%7b/i.test(text) ? unescaped(text) : text
  if (!/^\s*\{/.test(json) || !/statement/i.test(json)) return null
  const value = parsedJson(json)
  return isObject(value) && isPolicy(value) ? value : null
}

/** The rules in a policy that is a list of them, as OpenSearch Serverless writes its own. */
export function rulesIn(text: string): readonly unknown[] {
  const value = text.length > textMax || !/^\s*\[/.test(text) ? undefined : parsedJson(text)
  return Array.isArray(value) ? listOf(value).filter(isObject) : []
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

/** Whether a value has statements: a query's text under that name is none. */
export function isPolicy(value: JsonObject): boolean {
  const statements = field(value, 'statement')
  return isObject(statements) || Array.isArray(statements)
}

/** A field of a policy, whose names AWS takes in any case. */
export function field(object: JsonObject, lowerName: string): unknown {
  for (const name of Object.keys(object)) if (name.toLowerCase() === lowerName) return object[name]
  return undefined
}

/**
 * To whom a policy of a resource, or of trust, opens what it stands on: accounts, identities, identity providers, or everybody. Denials and
 * services grant nobody anything. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function grantedBy(policy: JsonObject): string[] {
  return listOf(field(policy, 'statement')).flatMap((statement) => {
    if (!isObject(statement) || scalarText(field(statement, 'effect')).toLowerCase() !== 'allow') return []
    // Everybody but those named.
    const named =
      field(statement, 'notprincipal') === undefined ? principalsIn(field(statement, 'principal')) : [everybody]
    const isOpen = named.includes(everybody)
    return isOpen ? narrowedBy(field(statement, 'condition')) : named
  })
}

function principalsIn(principal: unknown): string[] {
  if (typeof principal === 'string') return principalOf(principal)
  if (!isObject(principal)) return []
  return Object.keys(principal).flatMap((kind) => {
    const names = listOf(principal[kind]).filter((name) => typeof name === 'string')
    if (/^service$/i.test(kind)) return names.includes('*') ? [everybody] : []
    return names.flatMap(/^federated$/i.test(kind) ? providerOf : principalOf)
  })
}

/** One principal as a destination: none for a service, everybody for a star wherever the account should stand. */
export function principalOf(name: string): string[] {
  if (/^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/i.test(name) || name === '') return []
  if (/^(\*|arn:[^:]*:(iam|sts)::\*(:.*)?)$/i.test(name)) return [everybody]
  if (/^arn:[^:]*:organizations::/i.test(name) || /^(o|ou|r)-[a-z0-9-]{4,}(\/|$)/.test(name)) return [everybody]
  const [, account] = /^(\d{12}):/.exec(name) ?? []
  return [account ?? name]
}

/** An OpenID provider lets in whoever it knows; a SAML provider is set up for one's own people. */
function providerOf(name: string): string[] {
  const [, issuer] = /:oidc-provider\/([^/]+)/.exec(name) ?? []
  if (issuer !== undefined) return [issuer]
  return name.includes(':saml-provider/') ? [] : principalOf(name === 'cognito-identity.amazonaws.com' ? '*' : name)
}

/** Keys that name who may come although everybody is named: AWS's own list of what makes a policy not public. */
const byAccount =
  /^aws:(sourceaccount|sourceowner|principalaccount|resourceaccount)$|^kms:calleraccount$|^aws:principalarn$|^aws:sourcearn$|^s3:dataaccesspoint(account|arn)$|^lambda:sourcefunctionarn$/
const byNetwork = /^aws:(sourcevpc|sourcevpce|vpcsourceip)$/
const byAddress = /^aws:sourceip$/
const byMountTarget = /^elasticfilesystem:accessedviamounttarget$/
/** Comparisons that hold only where the value is there and is as said. */
const narrowing = /^(foranyvalue:)?(string(equals|equalsignorecase|like)|arn(equals|like)|ipaddress|bool)$/

/**
 * Whom a grant to everybody reaches under its condition. An organisation stays everybody: who is in it is not the agent's to know. The key
 * that narrows most decides, for all must hold.
 */
function narrowedBy(condition: unknown): string[] {
  let reached: string[] = [everybody]
  if (!isObject(condition)) return reached
  for (const operator of Object.keys(condition).slice(0, listMax)) {
    const keys = condition[operator]
    if (!isObject(keys) || !narrowing.test(operator.toLowerCase())) continue
    for (const key of Object.keys(keys).slice(0, listMax)) {
      const values = listOf(keys[key]).map(String)
      const named = namedBy(key.toLowerCase(), values)
      if (named !== null && !named.includes(everybody)) reached = named
    }
  }
  return reached
}

function namedBy(key: string, values: readonly string[]): string[] | null {
  if (byMountTarget.test(key)) return values.every((value) => value.toLowerCase() === 'true') ? [] : null
  if (byNetwork.test(key) || byAddress.test(key))
    return values.some((value) => /^[*?]+$/.test(value)) ? null : [...values]
  return byAccount.test(key) ? values.flatMap(accountOf) : null
}

/** The account in a value that may hold stars: everybody, where the account is none. */
function accountOf(value: string): string[] {
  const [, inArn] = /^arn:[^:]*:[^:]*:[^:]*:([^:]*):/.exec(value) ?? []
  const account = inArn ?? value
  if (/^\d{12}$/.test(account)) return [account]
  // A bucket's ARN names no account, and is one place all the same.
  const [, bucket = '*'] = /^arn:[^:]*:s3:::([^/]*)/.exec(value) ?? []
  return /[*?]/.test(bucket) ? [everybody] : []
}

export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value.slice(0, listMax) : value === undefined || value === null ? [] : [value]
