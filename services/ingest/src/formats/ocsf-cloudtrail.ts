import { FieldReader, isObject, type JsonObject } from '../record/field-reader.ts'
import { singleJson } from '../record/inner-json.ts'
import { type AwsSession, awsSessionOf } from './aws-session.ts'
import { resourceOf } from './cloudtrail-resource.ts'
import { destinationsOf } from './cloudtrail-target.ts'
import { codeText, valueAt } from './table/source.ts'

/** What OCSF's mapping of CloudTrail (Security Lake) has in fields of its own, read as CloudTrail's records are. */

const callerOf = (record: JsonObject): AwsSession | null => awsSessionOf(valueAt(record, ['actor', 'user', 'uid']))

export const awsRole = (record: JsonObject): unknown => callerOf(record)?.role
export const awsSession = (record: JsonObject): unknown => callerOf(record)?.session

export function awsRoleSession(record: JsonObject): unknown {
  const caller = callerOf(record)
  return caller === null ? undefined : `${caller.role}/${caller.session}`
}

/** A service by the name that CloudTrail's events have. */
export function withoutSuffix(record: JsonObject): unknown {
  const name = valueAt(record, ['api', 'service', 'name'])
  return typeof name === 'string' ? name.replace(/(.)\.amazonaws\.com(?:\.cn)?$/, '$1') : name
}

interface Call {
  readonly eventSource: string
  readonly eventName: string
  readonly parameters: JsonObject
}

/** A call of an AWS service with its parameters, which are an object or its text. */
function callOf(record: JsonObject): Call | null {
  const eventSource = codeText(valueAt(record, ['api', 'service', 'name']))
  const eventName = codeText(valueAt(record, ['api', 'operation']))
  if (!/\.amazonaws\.com(?:\.cn)?$/.test(eventSource) || eventName === '') return null
  const data = valueAt(record, ['api', 'request', 'data'])
  const parameters = typeof data === 'string' ? singleJson(data) : data
  return isObject(parameters) ? { eventSource, eventName, parameters } : null
}

export function awsDestinations(record: JsonObject): readonly string[] | undefined {
  const call = callOf(record)
  if (call === null) return undefined
  const account =
    valueAt(record, ['actor', 'user', 'account', 'uid']) ?? valueAt(record, ['cloud', 'account', 'uid']) ?? undefined
  return destinationsOf({
    ...call,
    resources: undefined,
    account: typeof account === 'string' ? account : undefined,
  })
}

/** What a call works on, where the event lists no resource. */
export function awsResource(record: JsonObject): unknown {
  if (valueAt(record, ['resources', '0']) !== undefined) return undefined
  const call = callOf(record)
  return call === null ? undefined : resourceOf(new FieldReader(), { ...call, resources: undefined })
}
