import type { SetAside } from '@straylight/schemas/set-aside'
import { topics } from '@straylight/schemas/topics'
import type { Row } from '../store/insert-values.ts'
import type { StoreError } from '../store/store-error.ts'
import { keptOf, sentence } from './set-aside-record.ts'

export const setAsideTable = 'set_aside'

/** A row that the store refused alone, while others were taken. */
export interface RefusedRow {
  readonly table: string
  readonly row: Row
  readonly error: StoreError
}

/** A row of table `set_aside`. */
export interface SetAsideRow extends Record<string, unknown> {
  readonly stage: SetAside['stage']
  readonly target_table: string
  readonly topic: string
  readonly code: SetAside['code']
  readonly reason: string
}

export const setAsideRow = ({ stage, code, reason, place, table, log_time, ...kept }: SetAside): SetAsideRow => ({
  stage,
  target_table: table,
  topic: place.topic,
  log_partition: place.partition,
  log_offset: place.offset,
  item_index: place.index,
  log_time,
  code,
  reason,
  length_bytes: kept.length_bytes,
  sha256: kept.sha256,
  head_base64: kept.head_base64,
})

/** Whose tables these are, and which topic their rows are made of. All others are baseline's, made of knowledge versions. */
const topicOfTable: Readonly<Record<string, string>> = {
  events: topics.events.name,
  held_out: topics.findings.name,
  profiles: topics.events.name,
  partition_checkpoints: topics.events.name,
  findings: topics.findings.name,
  alerts: topics.alerts.name,
  assignees: topics.assignees.name,
  revocations: topics.revocations.name,
  verdicts: topics.verdicts.name,
  results: topics.results.name,
  sessions: topics.sessions.name,
  rejections: topics.rejected.name,
}
const tablesOfScore = new Set(['profiles', 'partition_checkpoints'])

/** What is kept of a refused row. Its place is known by its own columns, as far as they can be trusted. */
export function refusedRow({ table, row, error }: RefusedRow): SetAsideRow {
  const partition = wholeNumber(row.log_partition) ?? 0
  const offset = ['log_offset', 'as_of_offset', 'checkpoint_offset', 'knowledge_version', 'version']
    .map((column) => wholeNumber(row[column]))
    .find((number) => number !== undefined)
  const index = wholeNumber(row.source_index) ?? 0
  return setAsideRow({
    stage: tablesOfScore.has(table) ? 'score' : 'baseline',
    code: 'refused_by_store',
    reason: sentence(error.message),
    place: {
      topic: partition === -1 ? 'history' : (topicOfTable[table] ?? topics.knowledge.name),
      partition,
      offset: offset ?? 0,
      index: Math.max(0, Math.min(index, 2 ** 32 - 1)),
    },
    table,
    log_time: Math.max(0, wholeNumber(row.log_time) ?? 0),
    ...keptOf(Buffer.from(JSON.stringify(row))),
  })
}

const wholeNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= -1 ? value : undefined
