import { readFile } from 'node:fs/promises'
import { errorText } from '@straylight/schemas/error-text'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { isAlias, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import type { z } from 'zod'

/** A YAML (or JSON) file that can't be used: each line of the message names file, line, path and what was expected. */
export class BadFile extends StraylightError {
  override readonly name = 'BadFile'
  override readonly code = 'bad_file'
  override readonly exit_code = 2
}

/** Reads a file that a person wrote and checks it against its schema. Throws `BadFile` with every fault in it, but of text that is no YAML with the first. */
export async function readYamlFile<Output>(path: string, schema: z.ZodType<Output>): Promise<Output> {
  return (await readYamlWithLines(path, schema)).data
}

/** The same, and on which line of the file each part of it begins. */
export async function readYamlWithLines<Output>(
  path: string,
  schema: z.ZodType<Output>,
): Promise<{ data: Output; lineOf(place: readonly PropertyKey[]): number }> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new BadFile(`${path}: cannot be read (${errorText(error)})`, {
      cause: error,
    })
  })
  const lines = new LineCounter()
  // The library compares each key with all before it: a table of 200,000 would take an hour.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false })
  const lineAt = (offset: number) => lines.linePos(offset).line
  const wrong = [...brokenText(document), ...doubledKeys(document)]
  if (wrong.length > 0)
    throw new BadFile(wrong.map(({ at, message }) => `${path}:${lineAt(at)}: not YAML: ${message}`).join('\n'))
  const result = schema.safeParse(unfolded(document, path))
  if (result.success) return { data: result.data, lineOf: (place) => lineAt(offsetOf(document, place)) }
  const faults = result.error.issues.map((issue) => {
    const place = issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path
    const expected = issue.code === 'unrecognized_keys' ? 'there is no such field' : issue.message
    return `${path}:${lineAt(offsetOf(document, place))}: ${place.map(String).join('.') || 'the whole file'}: ${expected}`
  })
  throw new BadFile(faults.join('\n'))
}

/** Where the text stops being YAML: what the library says of the rest only follows from that. */
function brokenText({ errors }: ReturnType<typeof parseDocument>): { at: number; message: string }[] {
  const [first] = errors
  if (first === undefined) return []
  const isBracket = /flow|comma|map-value/i.test(first.message)
  return [{ at: first.pos[0], message: isBracket ? `${first.message}; ${quotesHint}` : first.message }]
}

const quotesHint = "text with [ ] { } , or : in it stands in quotes, such as '$.calls[0].name'"

/** Keys that stand twice in one map, at their second place. */
function doubledKeys(document: ReturnType<typeof parseDocument>): { at: number; message: string }[] {
  const doubled: { at: number; message: string }[] = []
  visit(document, {
    Map(_key, { items }) {
      const known = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        if (known.has(key.value)) doubled.push({ at: key.range?.[0] ?? 0, message: 'Map keys must be unique' })
        known.add(key.value)
      }
    },
  })
  return doubled
}

/** A few aliases are handy; thousands of them are a file that unfolds without end. */
function unfolded(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw new BadFile(`${path}: ${errorText(error)}`, { cause: error })
  }
}

/** Where the path starts in the text, or where its deepest part that is there does. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const node = document.getIn(path.slice(0, depth), true)
    if (isNode(node) && !isAlias(node) && node.range) return node.range[0]
  }
  return 0
}
