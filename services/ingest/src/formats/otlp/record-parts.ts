import { isObject, type JsonObject } from '../../record/field-reader.ts'

/** The parts of one record, whatever its sender put in their places. */
export interface RecordParts {
  readonly record: JsonObject
  /** Its own attributes. */
  readonly own: JsonObject
  /** Those of further spans of the same call. */
  readonly related: JsonObject
  /** What the requests moved that it made. */
  readonly requests: JsonObject
  readonly resource: JsonObject
  readonly contents: JsonObject
}

export const partsOf = (record: JsonObject): RecordParts => ({
  record,
  own: objectIn(record.attributes),
  related: objectIn(record.related),
  requests: objectIn(record.requests),
  resource: objectIn(record.resource),
  contents: objectIn(record.contents),
})

const none: JsonObject = {}
const objectIn = (value: unknown): JsonObject => (isObject(value) ? value : none)

/** The first of several attributes that is there and not empty. */
export function firstValue(attributes: JsonObject, names: readonly string[]): unknown {
  for (const name of names) {
    const value = attributes[name]
    if (value !== undefined && value !== null && value !== '') return value
  }
  return undefined
}

/** The same, in a record's own attributes and else in those of further spans of its call. */
export const attributeOf = ({ own, related }: RecordParts, names: readonly string[]): unknown =>
  firstValue(own, names) ?? (related === none ? undefined : firstValue(related, names))

/** The service of a resource, but for what OpenTelemetry's SDKs write where nobody named it. */
export function serviceOf(resource: JsonObject): unknown {
  const service = resource['service.name']
  return typeof service === 'string' && /^unknown_service(?::|$)/.test(service) ? undefined : service
}
