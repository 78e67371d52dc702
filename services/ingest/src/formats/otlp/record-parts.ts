import { layoutOf, type ObjectLayout } from '@straylight/schemas/object-layout'
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

/** The first of several attributes that is there and not empty. Lists of more than two names have to be constants. */
export function firstValue(attributes: JsonObject, names: readonly string[]): unknown {
  const layout = names.length <= 2 ? null : layoutOf(attributes)
  for (const name of layout === null ? names : presentNames(layout, names)) {
    const value = attributes[name]
    if (value !== undefined && value !== null && value !== '') return value
  }
  return undefined
}

/** Those of some names that objects of a layout have: looking for names that are not there costs most. One list a list of ours and layout. */
function presentNames(layout: ObjectLayout, names: readonly string[]): readonly string[] {
  let ofNames = present.get(names)
  if (ofNames === undefined) {
    ofNames = new WeakMap()
    present.set(names, ofNames)
  }
  const known = ofNames.get(layout)
  if (known !== undefined) return known
  const found = names.filter((name) => layout.names.includes(name))
  ofNames.set(layout, found)
  return found
}

const present = new WeakMap<readonly string[], WeakMap<ObjectLayout, readonly string[]>>()

/** The same, in a record's own attributes and else in those of further spans of its call. */
export const attributeOf = ({ own, related }: RecordParts, names: readonly string[]): unknown =>
  firstValue(own, names) ?? (related === none ? undefined : firstValue(related, names))

/** The service of a resource, but for what OpenTelemetry's SDKs write where nobody named it; OpenInference's kits name a project instead. */
export function serviceOf(resource: JsonObject): unknown {
  const service = resource['service.name'] ?? undefined
  const isUnknown = typeof service === 'string' && /^(?:$|unknown_service(?::|$))/.test(service)
  return isUnknown || service === undefined ? (resource['openinference.project.name'] ?? undefined) : service
}
