import { parsedJson } from '@straylight/schemas/parsed-json'
import { isObject, type JsonObject } from '../../record/field-reader.ts'

/** What a model call's messages say of the calls around it: what people asked, and what tools were given and gave back, by the call's id. */
export interface Conversation {
  readonly requests: readonly unknown[]
  readonly given: ReadonlyMap<string, unknown>
  readonly returned: ReadonlyMap<string, unknown>
}

/** Characters of messages that are parsed, and parts of them that are looked at. */
const [charactersMax, partsMax] = [1024 * 1024, 2_000]

/**
 * Reads `gen_ai.input.messages` and `gen_ai.output.messages` of OpenTelemetry's conventions: lists of `{role, parts: [{type, …}]}`, as
 * JSON text or as they are. What is none of these gives nothing.
 */
export function conversationOf(contents: readonly JsonObject[]): Conversation {
  const requests: unknown[] = []
  const given = new Map<string, unknown>()
  const returned = new Map<string, unknown>()
  let left = partsMax
  for (const content of contents)
    for (const { role, part } of partsIn(content)) {
      if (left-- === 0) return { requests, given, returned }
      const { type, id } = part
      if (type === 'text' && role === 'user') requests.push(part.content)
      else if (typeof id !== 'string') continue
      else if (type === 'tool_call') given.set(id, part.arguments)
      else if (type === 'tool_call_response') returned.set(id, part.response ?? part.result)
    }
  return { requests, given, returned }
}

function* partsIn(content: JsonObject): Generator<{ role: unknown; part: JsonObject }> {
  for (const value of Object.values(content)) {
    const messages = typeof value === 'string' && value.length <= charactersMax ? parsedJson(value) : value
    if (!Array.isArray(messages)) continue
    for (const message of messages)
      if (isObject(message) && Array.isArray(message.parts))
        for (const part of message.parts) if (isObject(part)) yield { role: message.role, part }
  }
}
