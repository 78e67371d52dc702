import { cutText } from '@straylight/schemas/cut-text'
import { errorText } from '@straylight/schemas/error-text'
import { StraylightError } from '@straylight/schemas/straylight-error'

/** What the store could not do: which query, ClickHouse's own code where it answered, what to do about it. */
export class StoreError extends StraylightError {
  override readonly name = 'StoreError'
  /** Name of the query, statement or table. */
  readonly query: string
  /** ClickHouse's number (`60`: no such table) or the network's word (`ECONNREFUSED`). */
  override readonly code: string
  /** The world failed, not the query: the same call may succeed later. */
  override readonly retriable: boolean
  /** ClickHouse refused what the rows hold: the others of the insert would be taken. */
  readonly isOfData: boolean
  /** The first words of what was said, without our own. */
  readonly said: string

  constructor(query: string, cause: unknown) {
    const code = codeOf(cause)
    const whole = errorText(cause)
    const said = cutText(whole, 600)
    super(`The store failed at "${query}" (${code}): ${said} ${advice(code)}`.trim(), { cause })
    this.said = said
    this.isOfData = dataCodes.has(code)
    this.query = query
    this.code = code
    this.retriable = retriableCodes.has(code) || /socket hang up|timeout error/i.test(whole)
  }
}

/** Networks that fail and servers that are busy, starting or read-only for a while. */
const retriableCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EAI_AGAIN', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH'],
  // TIMEOUT_EXCEEDED, TOO_MANY_SIMULTANEOUS_QUERIES, SOCKET_TIMEOUT, NETWORK_ERROR, TABLE_IS_READ_ONLY, TOO_MANY_PARTS,
  // ALL_CONNECTION_TRIES_FAILED, KEEPER_EXCEPTION
  ...['159', '202', '209', '210', '242', '252', '279', '999'],
])

/**
 * What ClickHouse says of a value that it can't read or keep. Not among them: what a lack of room, rights, tables or columns says, and
 * CANNOT_READ_ALL_DATA (33), which a connection that was cut says too.
 */
const dataCodes = new Set([
  // CANNOT_PARSE_TEXT, _ESCAPE_SEQUENCE, _QUOTED_STRING, _INPUT_ASSERTION_FAILED, _DATE, _DATETIME
  ...['6', '25', '26', '27', '38', '41'],
  // TYPE_MISMATCH, ARGUMENT_OUT_OF_BOUND, CANNOT_CONVERT_TYPE, CANNOT_PARSE_NUMBER, INCORRECT_DATA, TOO_LARGE_ARRAY_SIZE
  ...['53', '69', '70', '72', '117', '128'],
  // CANNOT_READ_ARRAY_FROM_TEXT, TOO_LARGE_STRING_SIZE, SIZES_OF_ARRAYS_DONT_MATCH, VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  ...['130', '131', '190', '321'],
  // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN, CANNOT_PARSE_UUID, DECIMAL_OVERFLOW, CANNOT_PARSE_BOOL, VIOLATED_CONSTRAINT, UNKNOWN_ELEMENT_OF_ENUM
  ...['349', '376', '407', '467', '469', '691'],
])
const damaged =
  'Restore the data folder from a copy that was made while it was stopped; without one, `straylight reset --yes --store` fills a new store with what the log still holds.'

const advices: Readonly<Record<string, string>> = {
  // CHECKSUM_DOESNT_MATCH, CORRUPTED_DATA, CANNOT_DECOMPRESS
  ...Object.fromEntries(['40', '246', '271'].map((code) => [code, damaged])),
  CHDB_CONNECTION: `Another process holds the folder, this user may not write there, or it is damaged: ${damaged}`,
  '60': 'A table is missing: start the program once with the rights to create tables.',
  '76': 'Another process holds the folder: stop it, or set STRAYLIGHT_DATA to another folder.',
  '81': 'The database is missing: check CLICKHOUSE_DATABASE.',
  '241': 'It ran out of memory: give the machine or the server more, or run fewer stages here.',
  '243': 'The disk is full: make room, then start again; nothing acknowledged is lost.',
  '497': 'The user lacks rights: grant SELECT, INSERT, CREATE TABLE on the database.',
  '516': 'Check CLICKHOUSE_USER and CLICKHOUSE_PASSWORD (or CLICKHOUSE_PASSWORD_FILE).',
  ECONNREFUSED: 'Nothing listens there: check CLICKHOUSE_URL and that the server runs.',
  ENOTFOUND: 'The host is unknown: check CLICKHOUSE_URL.',
}

const advice = (code: string): string => advices[code] ?? ''

function codeOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null) return 'unknown'
  const { code, cause: deeper } = cause as { code?: unknown; cause?: unknown }
  if (typeof code === 'string' || typeof code === 'number') return String(code)
  return deeper === undefined ? 'unknown' : codeOf(deeper)
}
