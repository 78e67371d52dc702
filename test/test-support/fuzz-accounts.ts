import { EventReader } from '@straylight/events/event-reader'
import { PublishedVersions } from '@straylight/events/published-versions'
import { passedOverNames } from '@straylight/ingest/formats/otlp/otlp-record'
import { readRecord } from '@straylight/ingest/record/read-record'
import { context } from '@straylight/ingest/test-support/audit-record'
import type { Log, LogRecord } from '@straylight/runtime/log/log'
import type { Query, Store } from '@straylight/runtime/store/store'
import type { Position } from '@straylight/schemas/position'
import { Rejection } from '@straylight/schemas/rejection'
import { topics } from '@straylight/schemas/topics'
import { z } from 'zod'
import { indexHeader } from './fuzz-feed.ts'

/** What became of the records of a deployment, distinguished from its topics and tables alone, but for calls of which two records tell. */
export interface FuzzAccounts {
  /** What was asked for and worked: records on `agent.audit.v1` and messages on other topics. */
  records: number
  audit_records: number
  messages: number
  /** Values in the audit records: one record may hold several. They are events, rejections, passed over or set aside. */
  inputs: number
  /** Values that are rows of `events`, or came again and were dropped as repeats. */
  events: number
  rejections: number
  /** Values that are known by name and tell of no action. */
  passed_over: number
  /** Values that became events and then could not be worked with or stored. */
  set_aside: number
  /** Inputs that became nothing of these, or too much. */
  unaccounted: number
  reader_faults: number
  /** Records and rows that stand in `set_aside`. */
  rows_set_aside: number
  refused_rows: number
  /** Events that stand neither in `events` nor in `set_aside`. */
  refused_rows_unaccounted: number
  failing: { index: number; what: string }[]
}

export const noAccounts = (): FuzzAccounts => ({
  ...{ records: 0, audit_records: 0, messages: 0, inputs: 0, events: 0, rejections: 0, set_aside: 0, unaccounted: 0 },
  passed_over: 0,
  reader_faults: 0,
  ...{ rows_set_aside: 0, refused_rows: 0, refused_rows_unaccounted: 0, failing: [] },
})

/** Failing records that are named; there is no use in more. */
const failingMax = 100

export function addAccounts(to: FuzzAccounts, more: FuzzAccounts): void {
  for (const name of Object.keys(more) as (keyof FuzzAccounts)[]) {
    if (name === 'failing') to.failing.push(...more.failing.slice(0, failingMax - to.failing.length))
    else to[name] += more[name]
  }
}

/** By place of its record, the indices of values that `ingest` passed over since another record says the same call. */
export type Repeats = Map<string, Set<number>>

/** Takes what `ingest` says it passed over; only what another record explains, for all else is read again here. */
export function noteRepeat(repeats: Repeats, name: string, position: Position): void {
  if (name !== passedOverNames.repeat && name !== passedOverNames.reported) return
  const place = placeOf(position)
  repeats.set(place, (repeats.get(place) ?? new Set()).add(position.index))
}

export async function accountsOf(log: Log, store: Store, repeats: Repeats): Promise<FuzzAccounts> {
  const accounts = noAccounts()
  const inputs = await readInputs(log, repeats, accounts)
  await readRejections(log, inputs, accounts)
  await readEvents({ log, store, inputs, accounts })
  for (const input of inputs.values()) countInput(input, accounts)
  accounts.records = accounts.audit_records + accounts.messages
  const aside = await store.query(setAsideRows, {})
  accounts.rows_set_aside = aside.length
  accounts.refused_rows = aside.filter(({ code }) => code === 'refused_by_store').length
  for (const { stage, code, topic, partition, offset, reason } of aside)
    if (code !== 'unreadable')
      accounts.failing.push({ index: -1, what: `${stage} ${code} ${topic}/${partition}/${offset}: ${reason}` })
  accounts.failing.splice(failingMax)
  return accounts
}

/** A record of `agent.audit.v1` and what was made of each of its values. */
interface Input {
  readonly index: number
  /** Values in it, and how many of them are passed over, as a reader finds them that remembers nothing, or since another record has the call. */
  readonly values: number
  readonly passedOver: number
  events: number
  setAside: number
  readonly rejections: Rejection[]
  readonly seen: Set<number>
}

/** As the store has it: half of a pair in a topic name that somebody made up is mended there. */
const placeOf = ({ topic, partition, offset }: Omit<Position, 'index'>): string =>
  `${topic.toWellFormed()}/${partition}/${offset}`
const indexOf = ({ headers }: LogRecord): number => Number(headers[indexHeader] ?? -1)

async function* wholeTopic(log: Log, topic: string): AsyncIterable<LogRecord> {
  for (let partition = 0; partition < (await log.partitionCount(topic)); partition++)
    yield* log.read({ topic, partition }, 0, await log.endOffset({ topic, partition }))
}

async function readInputs(log: Log, repeats: Repeats, accounts: FuzzAccounts): Promise<Map<string, Input>> {
  const inputs = new Map<string, Input>()
  for await (const record of wholeTopic(log, topics.audit.name)) {
    accounts.audit_records++
    const { events, rejections, passed_over } = readRecord(record.value, record.headers, context)
    const values = events.length + rejections.length + passed_over.length
    inputs.set(placeOf(record), {
      ...{
        index: indexOf(record),
        values,
        passedOver: new Set([...passed_over.map(({ index }) => index), ...(repeats.get(placeOf(record)) ?? [])]).size,
        events: 0,
        setAside: 0,
        rejections: [],
        seen: new Set(),
      },
    })
  }
  for (const { name } of Object.values(topics))
    if (name !== topics.audit.name)
      for await (const record of wholeTopic(log, name)) if (indexOf(record) >= 0) accounts.messages++
  return inputs
}

async function readRejections(log: Log, inputs: ReadonlyMap<string, Input>, accounts: FuzzAccounts): Promise<void> {
  for await (const record of wholeTopic(log, topics.rejected.name)) {
    // What the fuzzer itself put there is no word of ingest's.
    if (indexOf(record) >= 0) continue
    const rejection = Rejection.parse(JSON.parse(record.value.toString()))
    const input = inputs.get(placeOf(rejection.position))
    if (input === undefined || input.seen.has(rejection.position.index)) continue
    input.seen.add(rejection.position.index)
    input.rejections.push(rejection)
    if (rejection.code !== 'reader_fault') continue
    accounts.reader_faults++
    accounts.failing.push({ index: input.index, what: rejection.reason })
  }
}

interface Reading {
  readonly log: Log
  readonly store: Store
  readonly inputs: ReadonlyMap<string, Input>
  readonly accounts: FuzzAccounts
}

/** Each event that a reader of the topic takes must be a row, or be set aside. */
async function readEvents({ log, store, inputs, accounts }: Reading): Promise<void> {
  const stored = new Set((await store.query(storedPlaces, {})).map(placeOf))
  const aside = new Set((await store.query(setAsideEvents, {})).map(placeOf))
  const versionMax = await new PublishedVersions(log).latest()
  const topic = topics.events.name
  const reader = new EventReader()
  for await (const record of wholeTopic(log, topic)) {
    const { partition, offset } = record
    const [taken] = reader.take({ partition, records: [record] }, { versionMax })
    const position = indexOf(record) >= 0 ? undefined : positionIn(record)
    const input = position === undefined ? undefined : inputs.get(placeOf(position))
    const isNew = input !== undefined && position !== undefined && !input.seen.has(position.index)
    if (isNew) input.seen.add(position.index)
    const source = taken?.kind === 'event' ? placeOf(taken.event.position) : undefined
    const isAside = aside.has(placeOf({ topic, partition, offset }))
    if (source !== undefined && !isAside && !stored.has(source)) {
      accounts.refused_rows_unaccounted++
      accounts.failing.push({
        index: input?.index ?? indexOf(record),
        what: 'its event is neither stored nor set aside',
      })
    } else if (isNew && isAside) input.setAside++
    else if (isNew) input.events++
  }
}

function positionIn(record: LogRecord): Position | undefined {
  if (record.headers.type === 'marker') return undefined
  return (JSON.parse(record.value.toString()) as { position: Position }).position
}

/** Where the reader refuses a record as a whole, for its sender or its size, its values do not count. */
const refusesWhole = new Set(['not_permitted', 'too_large'])

function countInput(
  { index, values, passedOver, events, setAside, rejections, seen }: Input,
  accounts: FuzzAccounts,
): void {
  const refused =
    values !== 1 && rejections.length === 1 && seen.size === 1 && refusesWhole.has(rejections[0]?.code ?? '')
  const given = refused ? 1 : values
  const passed = refused ? 0 : passedOver
  accounts.inputs += given
  accounts.events += events
  accounts.rejections += rejections.length
  accounts.set_aside += setAside
  accounts.passed_over += passed
  const became = events + rejections.length + setAside + passed
  accounts.unaccounted += Math.abs(given - became)
  if (became !== given)
    accounts.failing.push({ index, what: `holds ${given} values, of which ${became} became something` })
}

const place = { topic: z.string(), partition: z.number(), offset: z.number() }
const Place = z.object(place)

const storedPlaces: Query<Record<string, never>, z.infer<typeof Place>> = {
  name: 'places of stored events',
  sql: 'SELECT DISTINCT source_topic AS topic, source_partition AS partition, source_offset AS offset FROM events',
  row: Place,
}

const setAsideEvents: Query<Record<string, never>, z.infer<typeof Place>> = {
  name: 'events set aside by baseline',
  sql: `SELECT topic, log_partition AS partition, log_offset AS offset FROM set_aside
WHERE stage = 'baseline' AND topic = '${topics.events.name}' AND target_table IN ('', 'events')`,
  row: Place,
}

const setAsideRows: Query<
  Record<string, never>,
  z.infer<typeof Place> & { stage: string; code: string; reason: string }
> = {
  name: 'rows set aside',
  sql: 'SELECT stage, code, topic, log_partition AS partition, log_offset AS offset, reason FROM set_aside FINAL',
  row: z.object({ ...place, stage: z.string(), code: z.string(), reason: z.string() }),
}
