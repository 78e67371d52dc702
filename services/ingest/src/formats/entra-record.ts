import { parsedJson } from '@straylight/schemas/parsed-json'
import { isObject, type JsonObject } from '../record/field-reader.ts'

/** Fields of diagnostic records that their `properties` do not have, by the name that Graph gives the same. */
const beside: Readonly<Record<string, string>> = {
  time: 'recordTime',
  tenantId: 'tenantId',
  callerIpAddress: 'ipAddress',
  correlationId: 'correlationId',
  resultType: 'resultType',
  operationName: 'operationName',
  category: 'category',
}

/**
 * A record of Entra as Microsoft Graph spells it, whether it came from Graph, as a diagnostic record (Event Hub, storage: the same in
 * `properties`), or as a row of Log Analytics (names with a capital, objects as text).
 */
export function entraRecord(value: JsonObject): JsonObject {
  const { properties } = value
  if (isObject(properties)) return { ...picked(value), ...properties }
  return 'TimeGenerated' in value ? uncapitalised(value) : value
}

function picked(value: JsonObject): JsonObject {
  const record: Record<string, unknown> = {}
  for (const [name, as] of Object.entries(beside)) if (value[name] !== undefined) record[as] = value[name]
  return record
}

/** Columns that hold objects come as text from some exports. */
const objects: ReadonlySet<string> = new Set([
  'initiatedBy',
  'targetResources',
  'additionalDetails',
  'status',
  'agent',
  'locationDetails',
])

function uncapitalised(value: JsonObject): JsonObject {
  const record: Record<string, unknown> = {}
  for (const [given, inner] of Object.entries(value)) {
    const name = given === 'IPAddress' ? 'ipAddress' : `${given[0]?.toLowerCase() ?? ''}${given.slice(1)}`
    if (name !== '__proto__')
      record[name] = objects.has(name) && typeof inner === 'string' ? (parsedJson(inner) ?? inner) : inner
  }
  return record
}
