import type { JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { readByTable } from './table/read-by-table.ts'
import { valueAt } from './table/source.ts'
import { failureWhere } from './table/status-outcome.ts'

const read = readByTable({
  id: 'requestId',
  time: 'timestamp',
  tenant_hint: 'accountId',
  agent: [(record) => roleAndSession(record)?.role, 'identity/arn', 'requestMetadata/agent', 'accountId'],
  names: [
    'requestMetadata/agent',
    'identity/arn',
    roleSlashSession,
    (record) => roleAndSession(record)?.role,
    (record) => roleAndSession(record)?.session,
  ],
  session: ['requestMetadata/session_id', 'requestMetadata/sessionId', (record) => roleAndSession(record)?.session],
  trace: 'requestId',
  privilege: roleArn,
  system: { constant: 'bedrock' },
  resource: ['modelId', 'inferenceProfileId'],
  action: 'operation',
  outcome: [failureWhere('errorCode'), { constant: 'success' }],
})

/** Amazon Bedrock's log of model invocations; prompts and answers in it are left alone. */
export const bedrockInvocation: Format = {
  name: 'bedrock-invocation',
  title: 'Amazon Bedrock: log of model invocations',
  marks: ['schemaType', 'modelId'],
  detect: (value) =>
    value.schemaType === 'ModelInvocationLog' ||
    ('modelId' in value && 'operation' in value && 'accountId' in value && 'identity' in value),
  read,
}

function roleAndSession(record: JsonObject): { role: string; session: string; account: string } | undefined {
  const arn = valueAt(record, ['identity', 'arn'])
  const parts = typeof arn === 'string' ? /^arn:[\w-]+:sts::(\d*):assumed-role\/([^/]+)\/(.+)$/.exec(arn) : null
  return parts === null ? undefined : { account: parts[1] ?? '', role: parts[2] ?? '', session: parts[3] ?? '' }
}

function roleSlashSession(record: JsonObject): unknown {
  const of = roleAndSession(record)
  return of === undefined ? undefined : `${of.role}/${of.session}`
}

/** The role, as CloudTrail names it: one agent has one privilege in both. */
function roleArn(record: JsonObject): unknown {
  const of = roleAndSession(record)
  return of === undefined ? undefined : `arn:aws:iam::${of.account}:role/${of.role}`
}
