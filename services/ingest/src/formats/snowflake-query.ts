import type { JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { readByTable } from './table/read-by-table.ts'
import { codeText } from './table/source.ts'

const read = readByTable({
  id: 'QUERY_ID',
  time: ['START_TIME', 'END_TIME'],
  agent: 'USER_NAME',
  names: ['USER_NAME'],
  person: ({ USER_TYPE }) => USER_TYPE === 'PERSON',
  session: 'SESSION_ID',
  trace: ['TRANSACTION_ID', 'QUERY_ID'],
  privilege: 'ROLE_NAME',
  system: { constant: 'snowflake' },
  resource: database,
  action: 'QUERY_TYPE',
  destinations: [places],
  bytes_sent: 'OUTBOUND_DATA_TRANSFER_BYTES',
  bytes_received: 'BYTES_WRITTEN_TO_RESULT',
  records: ['ROWS_PRODUCED', 'ROWS_UNLOADED'],
  outcome: outcomeOf,
})

/** Rows of Snowflake's `ACCOUNT_USAGE.QUERY_HISTORY`, as it exports them to JSON. */
export const snowflakeQuery: Format = {
  name: 'snowflake-query',
  title: 'Snowflake: rows of `QUERY_HISTORY`, by service users',
  marks: ['QUERY_TEXT', 'QUERY_TYPE'],
  detect: (value) => 'QUERY_TYPE' in value && 'USER_NAME' in value && 'EXECUTION_STATUS' in value,
  read,
}

function database({ DATABASE_NAME, SCHEMA_NAME, WAREHOUSE_NAME }: JsonObject): unknown {
  const names = [DATABASE_NAME, SCHEMA_NAME].filter((name) => typeof name === 'string' && name !== '')
  return names.length === 0 ? WAREHOUSE_NAME : names.join('.')
}

/** So much of a statement is looked through. */
const statementMax = 8_000

/** Where a statement unloads to or loads from by itself: buckets and containers that stand in its text. */
function places({ QUERY_TEXT }: JsonObject): unknown {
  if (typeof QUERY_TEXT !== 'string' || !/^\s*(?:copy|create|alter)\b/i.test(QUERY_TEXT)) return undefined
  const found = QUERY_TEXT.slice(0, statementMax).match(/\b(?:s3(?:gov|china)?|gcs|azure|https):\/\/[^\s'")]{1,500}/gi)
  return found === null ? undefined : [...new Set(found)].slice(0, 64)
}

/** Snowflake refuses a statement for want of a right with 3001, or says in its message that access is missing. */
function outcomeOf({ EXECUTION_STATUS, ERROR_CODE, ERROR_MESSAGE }: JsonObject): unknown {
  const status = codeText(EXECUTION_STATUS).toUpperCase()
  if (status === 'SUCCESS') return 'success'
  const isDenied =
    codeText(ERROR_CODE).replace(/^0+/, '') === '3001' ||
    /insufficient privileges/i.test(codeText(ERROR_MESSAGE).slice(0, 500))
  if (isDenied) return 'denied'
  return /^(?:FAIL|INCIDENT)/.test(status) ? 'failure' : undefined
}
