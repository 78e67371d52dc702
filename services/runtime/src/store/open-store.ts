import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  type ClickHouseClient,
  type ClickHouseClientConfigOptions,
  ClickHouseLogLevel,
  createClient,
  type QueryParams,
} from '@clickhouse/client'
import { minuteMs } from '@straylight/schemas/duration'
import { Session } from 'chdb'
import { createChdbConnection } from 'chdb/connection'
import { z } from 'zod'
import { refusedRow, type SetAsideRow, setAsideTable } from '../set-aside/set-aside-row.ts'
import { type HeldOnce, heldOnce } from './held-once.ts'
import { insertAroundRefused } from './insert-around-refused.ts'
import { insertBinary } from './insert-binary.ts'
import { castsOf, insertValues, type Row } from './insert-values.ts'
import { idlest, Lane } from './lane.ts'
import { migrateStore } from './migrate-store.ts'
import { arePlainRows } from './plain-row.ts'
import { type BinaryRows, TableTypes } from './row-binary.ts'
import type { CallOptions, Query, Statement, Store } from './store.ts'
import { StoreError } from './store-error.ts'
import { writtenParameters } from './written-parameters.ts'

/** Where the store is: a folder (chDB in this process, alone) or a server. */
export type StorePlace =
  | { readonly directory: string }
  | {
      readonly url: string
      readonly user?: string | undefined
      readonly password?: string | undefined
      /** Made when missing. */
      readonly database?: string | undefined
    }

export interface StoreOptions {
  /** How long a call to a server that does not answer is tried again before it throws, in milliseconds. */
  readonly retryMs?: number
  /** How long a server may say nothing before the call counts as failed, in milliseconds. Default five minutes. */
  readonly silentMs?: number
  /** Most memory that the embedded engine takes for its work, in bytes; a query that needs more fails cleanly. */
  readonly memoryBytesMax?: number
  /** Called for rows that were refused alone and stand in `set_aside` now. */
  readonly onSetAside?: (rows: readonly SetAsideRow[]) => void
}

const retryMsDefault = minuteMs
/** Questions for people that the embedded engine answers at once: a page asks a dozen, and two take two cores half the time. */
const peopleLanes = 2
const silentMsDefault = 300_000

/**
 * Opens the store and moves its tables forward. Throws `StoreError` where it can't be reached, is held by another
 * process, or was written by a newer program.
 *
 * Embedded, clients stand on one engine, one for reading and one for writing, and two for people once somebody asks, each with one call in
 * flight: a waiting chDB query holds a thread of libuv, and a profile must not wait for an hour to be counted, or for a page.
 */
export async function openStore(place: StorePlace, options: StoreOptions = {}): Promise<Store> {
  const retryMs = options.retryMs ?? retryMsDefault
  const embedded = 'directory' in place
  const engine = embedded ? openEngine(place.directory, options.memoryBytesMax ?? 4 * 2 ** 30) : undefined
  if (!embedded) await createDatabase(place, options)
  const reading = new Lane(await connect(place, options), embedded ? 1 : 8, retryMs)
  const writing = new Lane(embedded ? await connect(place, options) : reading.client, embedded ? 1 : 4, retryMs)
  const inserted = embedded ? join(resolve(place.directory), 'inserted.bin') : undefined
  const onSetAside = options.onSetAside ?? (() => undefined)
  // Made when somebody asks: most deployments of one stage have nobody who does.
  const people = heldOnce(async () => {
    if (!embedded) return [reading]
    const clients = await Promise.all(Array.from({ length: peopleLanes }, () => connect(place, options)))
    return clients.map((client) => new Lane(client, 1, retryMs))
  })
  const store = new ClickHouseStore({ reading, writing, people, engine, inserted, onSetAside })
  try {
    await migrateStore(store)
  } catch (error) {
    await store.close()
    throw error
  }
  return store
}

/**
 * Clients take the arguments of the session that first opened the folder. The engine's own defaults suit a server that has
 * the machine to itself: 90 % of its memory, caches of 5 GiB, threads and buffers for each answer's form (1 ms of processor for an
 * answer of nothing, against .1).
 */
function openEngine(directory: string, memoryBytesMax: number): Session {
  const connectionArgs = [
    `--max_server_memory_usage=${memoryBytesMax}`,
    '--mark_cache_size=134217728',
    '--uncompressed_cache_size=0',
    '--background_pool_size=1',
    '--output_format_parallel_formatting=0',
  ]
  try {
    return new Session(directory, { connectionArgs })
  } catch (error) {
    throw new StoreError(`open ${directory}`, error)
  }
}

type Connection = NonNullable<ClickHouseClientConfigOptions['connection']>

/** Errors are thrown, with their query's name; the client would print them as well, in a form of its own. */
const log = { level: ClickHouseLogLevel.OFF }

/** Settings of the connection, the same for every call: set by call they would stick to chDB's connection. */
const settings: NonNullable<ClickHouseClientConfigOptions['clickhouse_settings']> = {
  // Counts and keys stay below 2^53, so numbers are numbers.
  output_format_json_quote_64bit_integers: 0,
  // Our answers are small or streamed: threads and buffers for each one's form cost more than they bring.
  output_format_parallel_formatting: 0,
  // A proxy would cut a connection that says nothing while an hour is counted.
  send_progress_in_http_headers: 1,
  http_headers_progress_interval_ms: '20000',
}

async function connect(
  place: StorePlace,
  { silentMs = silentMsDefault }: StoreOptions,
  database?: string,
): Promise<ClickHouseClient> {
  try {
    if ('directory' in place) {
      // The option is marked experimental by its makers, for chDB: both versions are pinned, and it stands here alone.
      // chDB types it by `@clickhouse/client-common`, the client by its own copy of the same: hence the cast.
      const connection = createChdbConnection({ path: place.directory }) as unknown as Connection
      return createClient({ connection, log })
    }
    return createClient({
      url: place.url,
      username: place.user ?? 'default',
      password: place.password ?? '',
      database: database ?? place.database ?? 'default',
      request_timeout: silentMs,
      max_open_connections: 10,
      // Names of a thousand agents do not fit into an address: a server refuses one longer than 1 MiB.
      use_multipart_params_auto: true,
      clickhouse_settings: settings,
      log,
    })
  } catch (error) {
    throw new StoreError('open', error)
  }
}

async function createDatabase(place: Exclude<StorePlace, { directory: string }>, options: StoreOptions): Promise<void> {
  if (place.database === undefined || place.database === 'default') return
  const lane = new Lane(await connect(place, options, 'default'), 1, options.retryMs ?? retryMsDefault)
  const query = 'CREATE DATABASE IF NOT EXISTS {database:Identifier}'
  await lane
    .call('create database', (client) => client.command({ query, query_params: { database: place.database } }))
    .finally(() => lane.client.close())
}

type Asked = Pick<QueryParams, 'query' | 'query_params'>

/** A row a line: an error that a server writes into an answer that it has begun is found by the client. */
async function rowByRow(client: ClickHouseClient, asked: Asked, abort_signal?: AbortSignal): Promise<unknown[]> {
  const signal = abort_signal === undefined ? {} : { abort_signal }
  return (await client.query({ ...asked, format: 'JSONEachRow', ...signal })).json<unknown>()
}

/** Throws with what follows a whole answer, where something does: the engine appends what went wrong after it began to answer. */
function parsedAnswer(text: string): { data: Readonly<Record<string, readonly unknown[]>> } {
  try {
    return JSON.parse(text)
  } catch (error) {
    const [, place] = /after JSON at position (\d+)/.exec(String(error)) ?? []
    if (place === undefined) throw error
    throw new Error(`after the answer came: ${text.slice(Number(place), Number(place) + 300)}`, { cause: error })
  }
}

/** Column by column, no name but once: two thirds of what rows a line cost, where the answer comes whole or not at all. */
async function columnsAsRows(client: ClickHouseClient, { query, query_params = {} }: Asked): Promise<unknown[]> {
  const written = writtenParameters(query, query_params)
  const asked = written === undefined ? { query, query_params } : { query: written }
  const result = await client.query({ ...asked, format: 'JSONColumnsWithMetadata' })
  const { data } = parsedAnswer(await result.text())
  const columns = Object.entries(data)
  const rows: unknown[] = []
  for (let at = 0; at < (columns[0]?.[1].length ?? 0); at++) {
    const row: Record<string, unknown> = {}
    for (const [name, values] of columns) row[name] = values[at]
    rows.push(row)
  }
  return rows
}

/** Rows of an insert from which on they go in the engine's own form. */
const binaryRowsMin = 16

/** Rows of one insert: below what a server refuses, above what costs a part too many. */
const insertRowsMax = 20_000

class ClickHouseStore implements Store {
  readonly kind: 'embedded' | 'server'
  private readonly reading: Lane
  private readonly writing: Lane
  private readonly people: HeldOnce<readonly Lane[]>
  private readonly engine: Session | undefined
  /** Embedded: where rows stand for the engine to read, one insert at a time. */
  private readonly inserted: string | undefined
  private readonly onSetAside: (rows: readonly SetAsideRow[]) => void
  /** As many as there are tables. */
  private readonly types = new Map<string, Promise<TableTypes>>()

  constructor(parts: {
    reading: Lane
    writing: Lane
    people: HeldOnce<readonly Lane[]>
    engine: Session | undefined
    inserted: string | undefined
    onSetAside: (rows: readonly SetAsideRow[]) => void
  }) {
    this.kind = parts.engine === undefined ? 'server' : 'embedded'
    this.engine = parts.engine
    this.reading = parts.reading
    this.writing = parts.writing
    this.inserted = parts.inserted
    this.people = parts.people
    this.onSetAside = parts.onSetAside
  }

  async query<Parameters extends Record<string, unknown>, Row>(
    query: Query<Parameters, Row>,
    parameters: Parameters,
    { onceWithinMs, forPeople = false }: CallOptions = {},
  ): Promise<Row[]> {
    const asked = { query: query.sql, query_params: parameters }
    const ask = (client: ClickHouseClient, signal?: AbortSignal) =>
      this.kind === 'embedded' ? columnsAsRows(client, asked) : rowByRow(client, asked, signal)
    const lane = forPeople ? idlest(await this.people.get()) : this.reading
    const patient = onceWithinMs === undefined || this.kind === 'embedded'
    const rows = patient
      ? await lane.call(query.name, (client) => ask(client))
      : await lane.once(query.name, onceWithinMs, ask)
    if (arePlainRows(query.row, rows)) return rows as Row[]
    return rows.map((row) => {
      const parsed = query.row.safeParse(row)
      if (parsed.success) return parsed.data
      throw new StoreError(
        query.name,
        new Error(`a row is not of the form that was asked for: ${parsed.error.message}`),
      )
    })
  }

  async run<Parameters extends Record<string, unknown>>(
    statement: Statement<Parameters>,
    parameters: Parameters,
  ): Promise<void> {
    await this.writing.call(statement.name, (client) =>
      client.command({ query: statement.sql, query_params: parameters }),
    )
  }

  async insert(table: string, rows: readonly Row[], options: CallOptions = {}): Promise<void> {
    for (let from = 0; from < rows.length; from += insertRowsMax) {
      const refused = await insertAroundRefused(rows.slice(from, from + insertRowsMax), {
        insert: (part) => this.insertAll(table, part, options),
        holdsForm: (row) => this.holdsForm(table, row),
      })
      if (refused.length === 0) continue
      const aside = refused.map(({ row, error }) => refusedRow({ table, row, error }))
      // A table that refuses what was made to be refused by none is no place to set aside: the first error says what is wrong.
      if (table === setAsideTable) throw refused[0]?.error
      await this.insertAll(setAsideTable, aside, options)
      this.onSetAside(aside)
    }
  }

  /** All of the rows or none: in the engine's own form where all are of the types that the table has, else as JSON. */
  private async insertAll(table: string, rows: readonly Row[], options: CallOptions): Promise<void> {
    const { onceWithinMs } = options
    const binary = await this.binaryRows(table, rows, options)
    if (binary !== undefined) {
      try {
        return await this.write(table, onceWithinMs, (client, signal) =>
          insertBinary(client, table, { binary, inserted: this.inserted, ...signal }),
        )
      } catch (error) {
        // The table is no longer what it was, or takes less than its types say: JSON tells which row, and why.
        if (!(error instanceof StoreError) || !error.isOfData) throw error
        this.types.delete(table)
      }
    }
    const insert = { table, ...insertValues(rows) }
    await this.write(table, onceWithinMs, (client, signal) => client.insert<unknown>({ ...insert, ...signal }))
  }

  private async write(
    table: string,
    onceWithinMs: number | undefined,
    work: (client: ClickHouseClient, signal: { abort_signal?: AbortSignal }) => Promise<unknown>,
  ): Promise<void> {
    const name = `insert into ${table}`
    // Only a server can be away, and a call that is tried again for a minute must not hold this one up.
    if (onceWithinMs === undefined || this.kind === 'embedded')
      await this.writing.call(name, (client) => work(client, {}))
    else await this.writing.once(name, onceWithinMs, (client, abort_signal) => work(client, { abort_signal }))
  }

  private async binaryRows(table: string, rows: readonly Row[], options: CallOptions): Promise<BinaryRows | undefined> {
    // Below this many, asking for types and writing a file costs more than it brings.
    if (rows.length < binaryRowsMin) return undefined
    const known = this.types.get(table) ?? this.columnTypes(table, options).then((types) => new TableTypes(types))
    this.types.set(table, known)
    try {
      return (await known).encode(rows)
    } catch (error) {
      this.types.delete(table)
      throw error
    }
  }

  private async columnTypes(table: string, options: CallOptions = {}): Promise<Map<string, string>> {
    const sql = 'SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table:String}'
    const columns = { name: `columns of ${table}`, sql, row: z.object({ name: z.string(), type: z.string() }) }
    return new Map((await this.query(columns, { table }, options)).map(({ name, type }) => [name, type]))
  }

  /** Asked without a row of anybody's: the emptiest value of each kind, made the column's type. */
  private async holdsForm(table: string, row: Row): Promise<boolean> {
    const casts = castsOf(row, await this.columnTypes(table))
    if (casts === undefined) return false
    try {
      await this.query({ name: `form of ${table}`, sql: `SELECT ${casts}`, row: z.unknown() }, {})
      return true
    } catch (error) {
      if (error instanceof StoreError && error.isOfData) return false
      throw error
    }
  }

  async close(): Promise<void> {
    const lanes = [this.reading, this.writing, ...((await this.people.made()) ?? []).flat()]
    await Promise.all(lanes.map((lane) => lane.drained()))
    for (const client of new Set(lanes.map((lane) => lane.client))) await client.close()
    this.engine?.close()
    if (this.inserted !== undefined) await rm(this.inserted, { force: true })
  }
}
