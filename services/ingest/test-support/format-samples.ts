import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { readFiles } from '../src/files/read-files.ts'
import { createFormats } from '../src/formats/create-formats.ts'
import type { Headers } from '../src/formats/format.ts'
import { passingHashers } from '../src/record/content-hashers.ts'
import { type ReadResult, readRecord } from '../src/record/read-record.ts'
import { context } from './audit-record.ts'

/** A sample of a format: a file as it comes, or one record of Kafka where it has headers or ends in `.bin`. */
export interface FormatSample {
  readonly format: string
  /** Its path, without the ending. */
  readonly path: string
  readonly file: string
  readonly bytes: Buffer
  /** Of a record of Kafka; `null` for a file. */
  readonly headers: Headers | null
}

/** What becomes of a sample, as its `.golden.json` holds it. */
export interface Golden {
  readonly events: readonly Partial<AgentEvent>[]
  readonly rejections: readonly { readonly code: string; readonly reason: string; readonly path?: string }[]
  readonly passed_over: readonly string[]
}

const formats = createFormats({ hasherFor: passingHashers })

const folder = fileURLToPath(new URL('../src/formats/samples/', import.meta.url))

/** All samples of all formats: `src/formats/samples/FORMAT/NAME.{json,ndjson,log,bin}`, with `NAME.headers.json` where a record has headers. */
export function formatSamples(): FormatSample[] {
  return readdirSync(folder).flatMap((format) =>
    readdirSync(`${folder}${format}`)
      .filter((name) => !/\.(golden|headers)\.json$/.test(name))
      .map((name) => {
        const file = `${folder}${format}/${name}`
        const path = file.replace(/\.\w+$/, '')
        return { format, path, file, bytes: readFileSync(file), headers: headersOf(path, file) }
      }),
  )
}

function headersOf(path: string, file: string): Headers | null {
  if (existsSync(`${path}.headers.json`)) return JSON.parse(readFileSync(`${path}.headers.json`, 'utf8'))
  return file.endsWith('.bin') ? {} : null
}

/** What the reader makes of a sample now. */
export async function readSample({ file, bytes, headers }: FormatSample): Promise<Golden> {
  const results: ReadResult[] = []
  const reading = { ...context, formats }
  if (headers !== null) results.push(readRecord(bytes, headers, reading))
  else
    for await (const record of readFiles([file], { formats }))
      results.push(readRecord(record.value, record.headers, reading))
  return {
    events: results.flatMap(({ events }) => events.map(({ event }) => JSON.parse(JSON.stringify(event)))),
    rejections: results.flatMap(({ rejections }) =>
      rejections.map(({ code, reason, path }) => ({ code, reason, ...(path === undefined ? {} : { path }) })),
    ),
    passed_over: results.flatMap((result) => result.passed_over.map((one) => one.passed_over)),
  }
}

/** What must become of a sample; `null` where nobody has said so yet. */
export const goldenOf = ({ path }: FormatSample): Golden | null =>
  existsSync(`${path}.golden.json`) ? JSON.parse(readFileSync(`${path}.golden.json`, 'utf8')) : null
