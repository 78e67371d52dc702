import { createReadStream } from 'node:fs'
import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { errorText } from '@straylight/schemas/error-text'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { StraylightError } from '@straylight/schemas/straylight-error'
import type { z } from 'zod'
import { StreamEvent, StreamLabel } from './stream-event.ts'

/** A recorded stream whose attacks are known. */
export interface LabelledStream {
  readonly name: string
  readonly events: readonly StreamEvent[]
  /** By event id; every event has one. */
  readonly labels: ReadonlyMap<string, StreamLabel>
}

/** The data are not what they should be; the sentence says which file and line, and what was expected. */
export class StreamError extends StraylightError {
  override readonly name = 'StreamError'
  override readonly code = 'bad_stream'
  override readonly exit_code = 2
}

const eventsEnd = '.events.ndjson.gz'
const labelsEnd = '.labels.ndjson.gz'

/** Reads one stream whole: the largest known ones have some 50,000 events. */
export async function readLabelledStream(directory: string, name: string): Promise<LabelledStream> {
  const events = await readLines(join(directory, name + eventsEnd), StreamEvent)
  const labels = new Map<string, StreamLabel>()
  for (const label of await readLines(join(directory, name + labelsEnd), StreamLabel)) labels.set(label.id, label)
  const bare = events.find(({ id }) => !labels.has(id))
  if (bare) throw new StreamError(`${join(directory, name + labelsEnd)}: no label for event ${bare.id}`)
  return { name, events, labels }
}

/**
 * Names of the streams in a folder, in order, and of those passed over: pairs of files whose first label is of another
 * form (sessions without a label, no warm-up).
 */
export async function findLabelledStreams(directory: string): Promise<{ names: string[]; passedOver: string[] }> {
  const files = new Set(await readFolder(directory))
  const pairs = [...files]
    .filter((file) => file.endsWith(eventsEnd))
    .map((file) => file.slice(0, -eventsEnd.length))
    .filter((name) => files.has(name + labelsEnd))
    .sort()
  const names: string[] = []
  const passedOver: string[] = []
  for (const name of pairs) {
    const [first] = await firstLines(join(directory, name + labelsEnd), 1)
    const known = first !== undefined && StreamLabel.safeParse(JSON.parse(first)).success
    ;(known ? names : passedOver).push(name)
  }
  return { names, passedOver }
}

async function readFolder(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    throw new StreamError(`--data ${directory}: ${errorText(error)}`)
  }
}

async function readLines<Line extends z.ZodType>(path: string, schema: Line): Promise<z.infer<Line>[]> {
  const read: z.infer<Line>[] = []
  for (const [at, text] of (await firstLines(path, Number.POSITIVE_INFINITY)).entries()) {
    const line = schema.safeParse(parsedJson(text))
    if (!line.success) {
      const [issue] = line.error.issues
      throw new StreamError(`${path}, line ${at + 1}: ${issue?.path.join('.') || 'the line'}: ${issue?.message}`)
    }
    read.push(line.data)
  }
  return read
}

async function firstLines(path: string, count: number): Promise<string[]> {
  const lines: string[] = []
  try {
    await access(path)
    const input = createReadStream(path).pipe(createGunzip())
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.trim() === '') continue
      lines.push(line)
      if (lines.length >= count) break
    }
  } catch (error) {
    throw new StreamError(`${path}: can't be read (${errorText(error)})`)
  }
  return lines
}
