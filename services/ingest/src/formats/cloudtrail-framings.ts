import { twiceNamed } from '../framing/twice-named.ts'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Framing, Inside } from './format.ts'

/** `aws cloudtrail lookup-events`: each event stands there once more, as text. */
const lookupEvents: Framing = {
  name: 'lookup-events',
  marks: ['CloudTrailEvent', 'cloudTrailEvent'],
  open(value) {
    const text = value.CloudTrailEvent ?? value.cloudTrailEvent
    if (isObject(text)) return [{ value: text }]
    return typeof text === 'string' ? [{ text }] : null
  },
}

/** What CloudWatch Logs writes to see whether a subscription's destination is there; one that holds anything else is opened. */
const controlMessage: Framing = {
  name: 'cloudwatch logs',
  marks: ['messageType'],
  open({ messageType, logEvents }) {
    if (messageType !== 'CONTROL_MESSAGE') return null
    const events: readonly unknown[] = Array.isArray(logEvents) ? logEvents : []
    const isHealthCheck = events.every(
      (event) =>
        isObject(event) && typeof event.message === 'string' && event.message.startsWith('CWL CONTROL MESSAGE'),
    )
    return isHealthCheck ? { passed_over: 'cloudwatch control message' } : null
  },
}

/** The signed list of log files that CloudTrail puts beside them. */
const digest: Framing = {
  name: 'cloudtrail digest',
  marks: ['digestStartTime'],
  open: (value) => ('digestEndTime' in value || 'logFiles' in value ? { passed_over: 'cloudtrail digest' } : null),
}

/** Statistics of calls, and no call itself. */
const insight: Framing = {
  name: 'cloudtrail insight',
  marks: ['insightDetails', 'eventCategory', 'insightType'],
  open(value) {
    if (isInsight(value)) return { passed_over: 'cloudtrail insight' }
    return value.eventCategory === 'Aggregated' ? { passed_over: 'cloudtrail aggregate' } : null
  },
}

export const isInsight = (value: JsonObject): boolean =>
  value.eventType === 'AwsCloudTrailInsight' || (value.eventCategory === 'Insight' && 'insightDetails' in value)

/** Answers of CloudTrail Lake: a row is a list of objects with one column each. */
const lakeRows: Framing = {
  name: 'cloudtrail lake',
  marks: ['QueryResultRows'],
  open({ QueryResultRows: rows }) {
    if (!Array.isArray(rows) || rows.length === 0) return null
    for (const row of rows) {
      const doubled = Array.isArray(row) ? twiceNamed(row.flatMap(namesOf)) : null
      if (doubled !== null) return doubled
    }
    return rows.map((row: unknown) => ({ value: Array.isArray(row) ? joined(row) : row }))
  },
}

const namesOf = (column: unknown): readonly string[] => (isObject(column) ? Object.keys(column) : [])

function joined(columns: readonly unknown[]): JsonObject {
  const row: Record<string, unknown> = Object.create(null)
  for (const column of columns) if (isObject(column)) for (const name of Object.keys(column)) row[name] ??= column[name]
  return row
}

/** Answers of Athena: the first row holds the names of the columns. */
const athenaRows: Framing = {
  name: 'athena',
  marks: ['ResultSet', 'Rows'],
  open(value) {
    const set = isObject(value.ResultSet) ? value.ResultSet : value
    const rows = Array.isArray(set.Rows) ? set.Rows.map(cellsOf) : []
    const [names, ...others] = rows
    if (names === undefined || others.length === 0) return null
    const doubled = twiceNamed(names)
    if (doubled !== null) return doubled
    return others.map((cells): Inside => ({ value: named(names, cells) }))
  },
}

function cellsOf(row: unknown): readonly unknown[] {
  const cells = isObject(row) && Array.isArray(row.Data) ? row.Data : []
  return cells.map((cell: unknown) => (isObject(cell) ? cell.VarCharValue : undefined))
}

function named(names: readonly unknown[], cells: readonly unknown[]): JsonObject {
  const row: Record<string, unknown> = Object.create(null)
  names.forEach((name, at) => {
    if (typeof name === 'string' && cells[at] !== undefined) row[name] = cells[at]
  })
  return row
}

/** Ways in which CloudTrail comes wrapped that no other log has. */
export const cloudtrailFramings: readonly Framing[] = [
  lookupEvents,
  controlMessage,
  digest,
  insight,
  lakeRows,
  athenaRows,
]
