import { wholeOrganisation } from '@straylight/models/event/everybody'
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
  privilege: [grantedRole, 'ROLE_NAME'],
  system: { constant: 'snowflake' },
  resource: database,
  action: 'QUERY_TYPE',
  destinations: [places, sharedWith],
  bytes_sent: 'OUTBOUND_DATA_TRANSFER_BYTES',
  bytes_received: 'BYTES_WRITTEN_TO_RESULT',
  records: rows,
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

/** Rows that were unloaded are not those that the statement gave back: whichever are more. */
function rows({ ROWS_PRODUCED, ROWS_UNLOADED }: JsonObject): unknown {
  const [given, unloaded] = [ROWS_PRODUCED, ROWS_UNLOADED].map((amount) => Number(codeText(amount)))
  return (unloaded ?? 0) > (given ?? 0) ? ROWS_UNLOADED : ROWS_PRODUCED
}

const identifier = '("[^"]{1,255}"|[\\w$.]{1,255})'
const grantsRole = new RegExp(
  `^\\s*grant\\s+(?:database\\s+)?role\\s+${identifier}\\s+to\\s+(?:user|role|share)\\s+${identifier}`,
  'i',
)
const addsAccounts =
  /^\s*alter\s+(?:share|listing|failover group|replication group)\b.*?\b(?:add|set)\s+(?:allowed_)?accounts\s*=\s*([^;]{1,1000})/is

/** A right over something, given to a role, a share or a user. */
const grantsRight = new RegExp(
  `^\\s*grant\\s+([\\w ,]{1,300}?)\\s+on\\s.{1,1000}?\\sto\\s+(?:(?:database|application)\\s+)?(?:role|share|user)\\s+${identifier}`,
  'is',
)
/** Addresses that a network policy or rule lets in. */
const letsIn =
  /^\s*(?:create|alter)\b[^;]{0,300}?\bnetwork\s+(?:policy|rule)\b.{0,1000}?\b(?:allowed_ip_list|value_list)\s*=\s*\(([^)]{1,2000})\)/is
const sendsMail = /\bsystem\$send_email\s*\(\s*'[^']{0,300}'\s*,\s*'([^']{1,1000})'/i

const statementOf = ({ QUERY_TEXT }: JsonObject): string => codeText(QUERY_TEXT).slice(0, statementMax)
const unquoted = (name = ''): string => name.replace(/^"|"$/g, '')

const withoutMarks = (text: string): string => text.trim().replace(/^'|'$/g, '')

/** The role or right that a statement hands out. */
function grantedRole(record: JsonObject): unknown {
  const [, role] = grantsRole.exec(statementOf(record)) ?? []
  if (role !== undefined) return unquoted(role)
  return grantsRight.exec(statementOf(record))?.[1]?.replace(/\s+/g, ' ').toUpperCase()
}

/** Every user of an account has the role `PUBLIC`. */
const receiverName = (name: string): string => (/^"?PUBLIC"?$/i.test(name) ? wholeOrganisation : unquoted(name))

/** Who gets a role, and the accounts that data is shared with. */
function sharedWith(record: JsonObject): unknown {
  const statement = statementOf(record)
  const [, , who] = grantsRole.exec(statement) ?? []
  if (who !== undefined) return receiverName(who)
  const [, , granted] = grantsRight.exec(statement) ?? []
  if (granted !== undefined) return receiverName(granted)
  const [, networks] = letsIn.exec(statement) ?? []
  if (networks !== undefined) return networks.split(',').slice(0, 64).map(withoutMarks)
  const [, mail] = sendsMail.exec(statement) ?? []
  if (mail !== undefined) return mail
  const [, accounts = ''] = addsAccounts.exec(statement) ?? []
  const found = accounts.match(/"[^"]{1,255}"|[\w$.-]{1,255}/g)
  return found === null ? undefined : found.slice(0, 64).map(unquoted)
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
