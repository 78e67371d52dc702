import { isDeepStrictEqual } from 'node:util'
import { counted } from '@straylight/schemas/counted'
import type { Mapping } from '@straylight/schemas/mapping'
import type { Formats } from '../formats/create-formats.ts'
import { type Format, isFault, isPassedOverRecord } from '../formats/format.ts'
import { momentOf } from '../formats/table/moment-of.ts'
import { openRecord } from '../framing/open-record.ts'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import { mappingFormat } from './mapping-format.ts'

/** A test of a mapping that fails: its place among the tests, from 0, and what is wrong with it. */
export interface FailedTest {
  readonly at: number
  readonly fault: string
}

/** What is wrong with each test that fails: its number, what it expects and what came. `formats`: all that a deployment reads. */
export function failedTests(mapping: Mapping, formats: Formats): FailedTest[] {
  const format = mappingFormat(mapping)
  return mapping.tests.flatMap((test, at) =>
    faultsOf(test, { which: `test ${at + 1}`, format, formats }).map((fault) => ({ at, fault })),
  )
}

function faultsOf(
  { record: given, expect }: Mapping['tests'][number],
  { which, format, formats }: { which: string; format: Format; formats: Formats },
): string[] {
  const record = typeof given === 'string' ? pairsIn(given, format) : given
  if (record === null || !format.detect(record))
    return [`${which}: its record does not meet the conditions under "when"`]
  const other = readOtherwise(given, format.name, formats)
  if (other !== null) return [`${which}: ${other}`]
  const read = format.read(record, {})
  if (isPassedOverRecord(read)) return expect === 'passed over' ? [] : [`${which}: its record is passed over`]
  if (isFault(read)) return expect === 'rejected' ? [] : [`${which}: its record is rejected: ${read.reason}`]
  if (typeof expect === 'string') return [`${which}: its record is an event, and not ${expect}`]
  return Object.entries(expect).flatMap(([field, wanted]) => differences(which, field, wanted, read))
}

/** The pairs of a line that a format of text reads. */
function pairsIn(line: string, format: Format): JsonObject | null {
  const decoded = format.decode?.(Buffer.from(line), {}) ?? null
  return decoded !== null && 'json' in decoded && isObject(decoded.json) ? decoded.json : null
}

/** A record comes as all do: what another format takes never reaches the mapping. */
function readOtherwise(record: JsonObject | string, name: string, formats: Formats): string | null {
  const found = openRecord(Buffer.from(typeof record === 'string' ? record : JSON.stringify(record)), {}, formats)
  if ('fault' in found) return `its record ${found.fault.reason}`
  const [only] = found
  if (only === undefined || found.length > 1) return `its record is read as ${counted(found.length, 'record')}`
  if (only.kind === 'fault') return `its record is rejected: ${only.fault.reason}`
  const by = only.kind === 'passed_over' ? only.name : only.format.name
  return by === name
    ? null
    : `its record is read by ${by}, which is asked before: say more under "when", or put the mapping before it`
}

function differences(which: string, field: string, wanted: unknown, event: object): string[] {
  let found: unknown = event
  for (const name of field.split('.')) found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined
  const isTime = field === 'time' || field.endsWith('_at')
  const meant = isTime ? timeOf(wanted) : wanted
  if (isDeepStrictEqual(plain(found), plain(meant))) return []
  return [
    `${which}: ${field} is ${shown(isTime && typeof found === 'number' ? new Date(found).toISOString() : found)}, and not ${shown(wanted)}`,
  ]
}

const timeOf = (value: unknown): unknown => {
  const moment = momentOf(value)
  return typeof moment === 'string' ? Date.parse(moment) : moment
}

/** Without what is undefined, as JSON leaves it out. */
const plain = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)))
const shown = (value: unknown): string => (value === undefined ? 'unknown' : JSON.stringify(value))
