import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { errorText } from '@straylight/schemas/error-text'
import { builtInFormats, type Formats } from '../formats/create-formats.ts'
import { type AgentRegistry, createAgentRegistry } from '../record/agent-registry.ts'
import { formatNames } from '../record/read-record.ts'
import { type RecordItem, recordItems } from '../record/record-items.ts'
import { formatHeader, originHeader } from '../record/sender.ts'
import { beginsWithWholeRecord, fileLayout, layoutBytesMax, withoutByteOrderMark } from './input-layout.ts'
import { InputError, type InputRecord } from './input-record.ts'
import { JoinResponses } from './join-responses.ts'
import { LookAhead } from './look-ahead.ts'
import { peekRecord } from './peek-record.ts'
import type { InputSplitter, Piece } from './piece-builder.ts'
import { createDocumentSplitter } from './split-document.ts'
import { createFrameSplitter } from './split-frames.ts'
import { createJournalSplitter } from './split-journal.ts'
import { createLineSplitter } from './split-lines.ts'
import { createTableSplitter } from './split-table.ts'
import { unzip } from './unzip.ts'

export interface ReadFilesOptions {
  /** Name of the format, where it must not be recognised by its content. */
  readonly format?: string | undefined
  /** What is read; the formats that are built in where it is left out. */
  readonly formats?: Formats | undefined
  /** Resolves aliases, so that all records of an agent get one key. */
  readonly registry?: AgentRegistry
  /** Tenant of records that name none. */
  readonly tenant?: string | undefined
  /** Opens what `-` reads; the process's standard input where it is left out. */
  readonly stdin?: () => Readable
  /** Called now and then with bytes read as they lie on disk. */
  readonly onProgress?: (progress: { file: string; bytes: number; records: number }) => void
}

/**
 * Reads JSON lines, JSON arrays and CloudTrail documents, plain or gzip, file after file, one record a line or array
 * item, in memory that does not grow with the file. What cannot be read as a record is handed on all the same: ingest
 * rejects it and keeps it. Throws `InputError` for a file that cannot be read at all.
 */
export async function* readFiles(paths: readonly string[], options: ReadFilesOptions = {}): AsyncIterable<InputRecord> {
  const { format, formats = builtInFormats } = options
  if (format !== undefined && formats.named(format) === null)
    throw new InputError(paths[0] ?? '-', null, `there is no format "${format}"; there are ${formatNames.join(', ')}`)
  const context = { registry: options.registry ?? nobodyKnown, tenant: options.tenant, formats }
  let sequence = 0
  for (const file of paths) {
    for await (const one of itemsOf(file, options, () => sequence)) {
      const origin = `${file}:${one.line}`
      const headers = {
        ...one.headers,
        [originHeader]: origin,
        ...(format === undefined ? {} : { [formatHeader]: format }),
      }
      const { agent, time_ms } = peekRecord(one.value, headers, context)
      const { value, framing, line } = one
      yield { value, headers, framing, key: agent, file, line, sequence: sequence++, time_ms }
    }
  }
}

/**
 * Whether each file is there and may be read, before anything is started for it. Standard input (`-`) is not asked. Throws
 * `InputError` for the first that cannot be read.
 */
export async function checkReadable(paths: readonly string[]): Promise<void> {
  for (const file of paths) {
    if (file === '-') continue
    const handle = await open(file).catch((error: unknown) => {
      throw new InputError(file, null, reasonOf(error), error)
    })
    const isFolder = (await handle.stat().finally(() => handle.close())).isDirectory()
    if (isFolder) throw new InputError(file, null, 'is a folder; name its files')
  }
}

/** The records of a file, and the line that each begins on. What standard input says goes on at once: there the stage waits, by time. */
async function* itemsOf(
  file: string,
  options: ReadFilesOptions,
  records: () => number,
): AsyncIterable<RecordItem & { readonly line: number }> {
  const ahead = file === '-' ? null : new LookAhead<RecordItem & { readonly line: number }>()
  const responses = new JoinResponses<RecordItem & { readonly line: number }>()
  for await (const piece of piecesOf(file, options, records))
    for (const item of recordItems(piece, options.formats)) {
      const one = { ...item, line: piece.line }
      if (ahead === null) yield one
      else for (const joined of responses.add(one)) yield* ahead.add(joined)
    }
  if (ahead === null) return
  for (const joined of responses.end()) yield* ahead.add(joined)
  yield* ahead.end()
}

const nobodyKnown = createAgentRegistry({ version: 1, agents: [] })

async function* piecesOf(file: string, options: ReadFilesOptions, records: () => number): AsyncIterable<Piece> {
  let splitter: InputSplitter | null = null
  let head = Buffer.alloc(0)
  for await (const chunk of chunksOf(file, options, records)) {
    if (splitter !== null) {
      yield* splitter.push(chunk)
      continue
    }
    head = Buffer.concat([head, chunk])
    // Records that come one by one are not kept waiting for the rest of the head.
    if (head.length < layoutBytesMax && !beginsWithWholeRecord(head)) continue
    splitter = splitterFor(file, head, { whole: false, formats: options.formats })
    yield* splitter.push(withoutByteOrderMark(head))
  }
  if (splitter === null) {
    splitter = splitterFor(file, head, { whole: true, formats: options.formats })
    yield* splitter.push(withoutByteOrderMark(head))
  }
  yield* splitter.end()
}

function splitterFor(
  file: string,
  head: Buffer,
  { whole, formats }: { whole: boolean; formats: Formats | undefined },
): InputSplitter {
  const layout = fileLayout(head.subarray(0, layoutBytesMax), whole && head.length <= layoutBytesMax)
  if (typeof layout === 'object' && 'reason' in layout) throw new InputError(file, 1, layout.reason)
  if (layout === 'journal') return createJournalSplitter()
  if (typeof layout === 'object')
    return 'frames' in layout ? createFrameSplitter(layout.frames) : createTableSplitter(layout.table)
  return layout === 'lines' ? createLineSplitter() : createDocumentSplitter(formats)
}

/** Bytes of a file or of standard input, unpacked as `unzip` tells. */
async function* chunksOf(file: string, options: ReadFilesOptions, records: () => number): AsyncIterable<Buffer> {
  const raw =
    file === '-' ? (options.stdin?.() ?? process.stdin) : createReadStream(file, { highWaterMark: 256 * 1024 })
  let bytes = 0
  const counted = async function* (): AsyncIterable<Buffer> {
    for await (const chunk of raw) {
      const piece: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
      bytes += piece.length
      options.onProgress?.({ file, bytes, records: records() })
      yield piece
    }
  }
  try {
    yield* unzip(counted(), file)
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(file, null, reasonOf(error), error)
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'may not be read (permissions)',
    EISDIR: 'is a folder; name its files',
    Z_BUF_ERROR: 'its packed data ends too early: the file was cut off',
    Z_DATA_ERROR: 'its packed data is damaged',
  }
  // Brotli has a code for each kind of damage.
  return known[code] ?? (/^ERR_+(?:BROTLI_\w*)?ERROR_/.test(code) ? 'its packed data is damaged' : errorText(error))
}
