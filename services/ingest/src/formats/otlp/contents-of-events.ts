import { isObject } from '../../record/field-reader.ts'
import { plainValue } from './any-value.ts'
import { attributeNames } from './attribute-names.ts'
import type { ReadAttributes } from './read-attributes.ts'

/** Events of a span that are looked at: OpenTelemetry's own bound is 128. */
const eventsMax = 128

/** What went into a tool's call and came out of it where its span says so in events, as Strands Agents writes them. */
export function contentsOfEvents(events: unknown): ReadAttributes['contents'] {
  if (!Array.isArray(events)) return null
  const contents: { arguments: Record<string, unknown>; result: Record<string, unknown> } = {
    arguments: {},
    result: {},
  }
  for (const event of events.slice(0, eventsMax)) {
    if (!isObject(event)) continue
    if (event.name === 'gen_ai.tool.message')
      contents.arguments[attributeNames.arguments[0]] ??= valueIn(event.attributes, 'content')
    if (event.name === 'gen_ai.choice')
      contents.result[attributeNames.result[0]] ??= valueIn(event.attributes, 'message')
  }
  const isEmpty = [...Object.values(contents.arguments), ...Object.values(contents.result)].every(
    (one) => one === undefined,
  )
  return isEmpty ? null : contents
}

function valueIn(attributes: unknown, name: string): unknown {
  if (isObject(attributes)) return attributes[name]
  if (!Array.isArray(attributes)) return undefined
  const found: unknown = attributes.slice(0, eventsMax).find((one: unknown) => isObject(one) && one.key === name)
  return isObject(found) ? plainValue(found.value) : undefined
}
