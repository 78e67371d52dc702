import { rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { join, resolve } from 'node:path'
import zlib from 'node:zlib'
import { type RawInsertParams, Session } from 'chdb'

export interface ClickhouseFront {
  /** Of the HTTP interface, as CLICKHOUSE_URL takes it. */
  readonly url: string
  /** Requests that came so far. */
  readonly requests: () => number
  /** What goes wrong with the next request but a ping; given several times, with those after it in turn. */
  fail(fault: FrontFault): void
  /** Stops listening and lets go of the folder. */
  close(): Promise<void>
}

/** What servers and networks do now and then. */
export type FrontFault =
  /** Answers with this error of ClickHouse's instead of working. */
  | { readonly kind: 'refuse'; readonly code: number; readonly message: string }
  /** Works, and fails after the first bytes of the answer, as a server does that has promised success by then. */
  | { readonly kind: 'break'; readonly afterBytes: number; readonly code: number; readonly message: string }
  /** The connection drops when so many bytes of the request have come; nothing is done. */
  | { readonly kind: 'cut request'; readonly afterBytes: number }
  /** The work is done, and the connection drops before the answer. */
  | { readonly kind: 'cut answer' }
  /** Takes the request and says nothing. */
  | { readonly kind: 'silent' }

/**
 * A ClickHouse server for tests: the engine itself (chDB, in this process) behind as much of ClickHouse's HTTP interface as
 * `@clickhouse/client` speaks, so that several processes share one store. Parameters, database, settings, inserts, gzip, zstd
 * where Node has it, and errors with their code and status, before the answer or in it; one query at a time, like a server with `max_concurrent_queries` 1 and a queue.
 */
export async function startClickhouseFront(options: { directory: string; port?: number }): Promise<ClickhouseFront> {
  const engine = new Engine(options.directory)
  const faults: FrontFault[] = []
  let requests = 0
  // As long an address as a server takes by default (http_max_uri_size): parameters stand in it.
  const server = createServer({ maxHeaderSize: 2 ** 20 }, (request, response) => {
    requests += 1
    const fault = request.url === '/ping' ? undefined : faults.shift()
    answer(engine, request, response, fault).catch((error: unknown) => response.destroy(asError(error)))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    requests: () => requests,
    fail: (fault) => void faults.push(fault),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await engine.close()
    },
  }
}

interface Call {
  readonly sql: string
  /** Rows of an insert, which stay bytes: as part of the statement's text they would be copied four times. */
  readonly rows?: RawInsertParams | BinaryInsert | undefined
  /** Raw, as they stand in the address: the engine unescapes them. */
  readonly parameters: Readonly<Record<string, string>>
  readonly settings: Readonly<Record<string, string>>
  readonly database: string
}

/** Rows that the engine reads from a file: its client takes none but text beside a statement. */
interface BinaryInsert {
  readonly sql: string
  readonly bytes: Buffer
}

/** One session, so one call at a time: what a call sets is set again by the next. */
class Engine {
  private readonly session: Session
  private readonly file: string
  private last: Promise<unknown> = Promise.resolve()

  constructor(directory: string) {
    const connectionArgs = [
      '--max_server_memory_usage=2147483648',
      '--mark_cache_size=67108864',
      '--background_pool_size=1',
      // Else each statement, a SET too, starts threads and buffers of its own for its answer: 1 ms of processor and more.
      '--output_format_parallel_formatting=0',
    ]
    this.session = new Session(directory, { connectionArgs })
    this.file = join(resolve(directory), 'inserted.bin')
  }

  run(call: Call): Promise<Uint8Array> {
    const result = this.last.then(() => this.runAlone(call))
    this.last = result.catch(() => undefined)
    return result
  }

  private async runAlone({ sql, rows, parameters, settings, database }: Call): Promise<Uint8Array> {
    await this.session.queryAsync(`USE ${quoted(database, '`')}`)
    // A server takes parameters beside the query, so its limit on the query's length is not theirs.
    await this.set({ max_query_size: String(2 ** 30) })
    const named = Object.entries(parameters).map(([name, value]) => [`param_${name}`, value] as const)
    await this.set({ ...settings, ...Object.fromEntries(named), max_query_size: '262144' })
    if (rows !== undefined) {
      if ('bytes' in rows) await this.insertBinary(rows)
      else await this.session.insert(rows)
      return new Uint8Array()
    }
    return (await this.session.queryAsync(sql, { format: 'TabSeparated' })).bytes()
  }

  private async insertBinary({ sql, bytes }: BinaryInsert): Promise<void> {
    await writeFile(this.file, bytes)
    await this.session.queryAsync(
      sql.replace(/ FORMAT \w+$/, (format) => ` FROM INFILE ${quoted(this.file, "'")}${format}`),
    )
  }

  private async set(values: Readonly<Record<string, string>>): Promise<void> {
    const changes = Object.entries(values).map(([name, value]) => `${quoted(name, '`')} = ${quoted(value, "'")}`)
    await this.session.queryAsync(`SET ${changes.join(', ')}`)
  }

  async close(): Promise<void> {
    await this.last
    this.session.close()
    await rm(this.file, { force: true })
  }
}

const quoted = (text: string, mark: string): string =>
  mark + text.replaceAll('\\', '\\\\').replaceAll(mark, `\\${mark}`).replaceAll('\0', '\\0') + mark

async function answer(
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
  fault: FrontFault | undefined,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://front')
  if (url.pathname === '/ping') return void response.end('Ok.\n')
  if (fault?.kind === 'cut request') return cutRequest(request, fault.afterBytes)
  const body = await bodyOf(request)
  if (fault?.kind === 'silent') return
  if (fault?.kind === 'refuse') return refuse(response, exceptionText(fault))
  try {
    const call = callOf(url.searchParams, body, request.headers['content-type'] ?? '')
    const result = await engine.run(call)
    if (fault?.kind === 'cut answer') return void request.socket.destroy()
    const packing = url.searchParams.get('enable_http_compression') === '1' ? packingOf(request) : undefined
    response.writeHead(200, {
      'content-type': 'application/x-ndjson',
      'x-clickhouse-summary': JSON.stringify({
        read_rows: '0',
        read_bytes: '0',
        written_rows: '0',
        written_bytes: '0',
      }),
      'x-clickhouse-query-id': url.searchParams.get('query_id') ?? '',
      'x-clickhouse-exception-tag': exceptionTag,
      ...(packing === undefined ? {} : { 'content-encoding': packing }),
    })
    const whole = fault?.kind === 'break' ? brokenOff(result, fault) : result
    response.end(packing === undefined ? whole : packers[packing](whole))
  } catch (error) {
    refuse(response, asError(error).message)
  }
}

/** Reads on until so much has come, then lets go of the connection. */
async function cutRequest(request: IncomingMessage, afterBytes: number): Promise<void> {
  let bytes = 0
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length
    if (bytes >= afterBytes) break
  }
  request.socket.destroy()
}

const exceptionTag = 'straylightfront'
const exceptionText = ({ code, message }: { code: number; message: string }): string =>
  `Code: ${code}. DB::Exception: ${message}. (${code === 202 ? 'TOO_MANY_SIMULTANEOUS_QUERIES' : 'EXCEPTION'})`

/** The first bytes of an answer, then the error as servers since 25.11 write it into an answer that they have begun. */
function brokenOff(result: Uint8Array, fault: FrontFault & { kind: 'break' }): Buffer {
  const message = `${exceptionText(fault)}\n`
  const marker = '__exception__'
  const block = `\r\n${marker}\r\n${exceptionTag}\r\n${message}${Buffer.byteLength(message)} ${exceptionTag}\r\n${marker}\r\n`
  return Buffer.concat([result.subarray(0, fault.afterBytes), Buffer.from(block)])
}

/** Numbers that a server answers with another status than 500: no table, no database; syntax, types, parameters. */
const notFound = new Set([60, 81])
const badRequest = new Set([6, 26, 27, 36, 38, 41, 42, 43, 46, 47, 53, 62, 70, 117, 130, 386, 456, 457])

function refuse(response: ServerResponse, message: string): void {
  const code = Number(/Code: (\d+)/.exec(message)?.[1] ?? 1002)
  const status = notFound.has(code) ? 404 : badRequest.has(code) ? 400 : 500
  response.writeHead(status, { 'x-clickhouse-exception-code': String(code), 'content-type': 'text/plain' })
  response.end(message.startsWith('Code:') ? `${message} (version 26.7)\n` : message)
}

/** What the HTTP layer of a server keeps to itself; the engine knows no such settings. */
const ofHttp =
  /^(query|query_id|database|session_id|role|wait_end_of_query|send_progress_in_http_headers|enable_http_compression|http_.*)$/

function callOf(search: URLSearchParams, body: Buffer, type: string): Call {
  const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(type)?.[1]
  const form = boundary === undefined ? undefined : partsOf(body, boundary)
  const fields = new Map([...search, ...(form ?? [])])
  const parameters: Record<string, string> = {}
  const settings: Record<string, string> = {}
  for (const [name, value] of fields) {
    if (name.startsWith('param_')) parameters[name.slice('param_'.length)] = value
    else if (!ofHttp.test(name)) settings[name] = value
  }
  const query = fields.get('query')
  const rows = form === undefined ? rowsOf(query, body) : undefined
  const text = form === undefined && rows === undefined ? body.toString() : ''
  const sql = [query, text].filter((part) => part !== undefined && part !== '').join('\n')
  return { sql, rows, parameters, settings, database: fields.get('database') ?? 'default' }
}

/** An insert as the client writes it, with its rows in the body. */
function rowsOf(query: string | undefined, values: Buffer): RawInsertParams | BinaryInsert | undefined {
  if (query !== undefined && /^INSERT INTO \w+ \([\w, ]+\) FORMAT RowBinaryWithNamesAndTypes$/.test(query))
    return { sql: query, bytes: values }
  const found = /^INSERT INTO (\w+)(?: \(([\w, ]+)\))? FORMAT (JSONEachRow|JSONCompactEachRow)$/.exec(query ?? '')
  const [, table, columns, format] = found ?? []
  if (table === undefined || values.length === 0) return undefined
  const listed = columns === undefined ? {} : { columns: columns.split(', ') }
  return { table, values, format: format as RawInsertParams['format'], ...listed }
}

/** Parts as the client writes them: a header with the name, an empty line, the text. */
function partsOf(body: Buffer, boundary: string): Map<string, string> {
  const parts = new Map<string, string>()
  for (const part of body.toString().split(`--${boundary}`)) {
    const at = part.indexOf('\r\n\r\n')
    const name = /name="([^"]+)"/.exec(part.slice(0, at))?.[1]
    if (at >= 0 && name !== undefined) parts.set(name, part.slice(at + 4, -2))
  }
  return parts
}

type Pack = (bytes: Uint8Array) => Buffer

/** Node has zstd since 22.15, its types of older versions do not; the client sends and takes it from there on. */
const zstd = zlib as unknown as { readonly zstdCompressSync?: Pack; readonly zstdDecompressSync?: Pack }
const lacking: Pack = () => {
  throw new Error('this Node has no zstd')
}
const packers: Readonly<Record<'gzip' | 'zstd', Pack>> = {
  gzip: zlib.gzipSync,
  zstd: zstd.zstdCompressSync ?? lacking,
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const packing = request.headers['content-encoding']
  if (packing === 'gzip') return zlib.gunzipSync(body)
  return packing === 'zstd' ? (zstd.zstdDecompressSync ?? lacking)(body) : body
}

function packingOf(request: IncomingMessage): 'gzip' | 'zstd' | undefined {
  const accepted = String(request.headers['accept-encoding'])
  return (['zstd', 'gzip'] as const).find((name) => accepted.includes(name))
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}
