import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Registry } from '@straylight/schemas/agent'
import { AgentEvent } from '@straylight/schemas/agent-event'
import { context, json } from '../../test-support/audit-record.ts'
import { createAgentRegistry } from '../record/agent-registry.ts'
import { readRecord } from '../record/read-record.ts'

const bytes = readFileSync(new URL('../../fixtures/cloudtrail-record.json', import.meta.url))
const record = JSON.parse(bytes.toString())
const position = { topic: 'agent.audit.v1', partition: 0, offset: 0, index: 0 }

const only = (change: object, on = context) => {
  const { events, rejections } = readRecord(json({ ...record, ...change }), {}, on)
  assert.deepEqual(rejections, [])
  return AgentEvent.parse({ ...events[0]!.event, position })
}

test('a record is read field by field', () => {
  const { events, rejections } = readRecord(bytes, {}, context)
  assert.deepEqual(rejections, [])
  const { content_hash, ...event } = JSON.parse(JSON.stringify(events[0]?.event))
  assert.match(content_hash, /^[0-9a-f]{16}$/)
  assert.deepEqual(event, {
    id: '3b0f7c5e-1111-4222-8333-444455556666',
    time: Date.UTC(2026, 8, 23, 12, 0, 5),
    tenant: '210987654321',
    agent: 'agent-invoice-reconciler',
    owner: 'dana.ops',
    session: 'invoice-reconciler.run_6d1f9b',
    trace: 'EXAMPLEREQ0001',
    credential: { id: 'ASIAEXAMPLEKEYID0001', issued_at: Date.UTC(2026, 8, 23, 12) },
    privilege: 'arn:aws:iam::210987654321:role/agent-invoice-reconciler',
    system: 's3',
    action: 'GetObject',
    resource: 'arn:aws:s3:::acme-crm-exports/eu/contacts-2026-09.parquet',
    argument_names: ['bucketName', 'key', 'Host'],
    bytes_sent: 0,
    bytes_received: 268_435_456,
    outcome: 'success',
    source: { ip: '10.20.3.41' },
    format: 'cloudtrail',
    registered: false,
  })
})

test('Records files, bare arrays, single records and EventBridge events hold the same events', () => {
  const ids = (value: unknown) => readRecord(json(value), {}, context).events.map(({ event }) => event.id)
  const other = { ...record, eventID: 'other' }
  assert.deepEqual(ids(record), [record.eventID])
  assert.deepEqual(ids([record, other]), [record.eventID, 'other'])
  assert.deepEqual(ids({ Records: [record, other] }), [record.eventID, 'other'])
  assert.deepEqual(ids([{ Records: [record] }, other]), [record.eventID, 'other'])
  assert.deepEqual(ids({ 'detail-type': 'AWS API Call via CloudTrail', detail: record }), [record.eventID])
})

for (const [name, alias] of [
  ['the ARN of the session', record.userIdentity.arn],
  ['role and session', 'agent-invoice-reconciler/invoice-reconciler.run_6d1f9b'],
  ['the ARN of the role', record.userIdentity.sessionContext.sessionIssuer.arn],
  ['the name of the role', 'agent-invoice-reconciler'],
  ['the name of the session', 'invoice-reconciler.run_6d1f9b'],
]) {
  test(`the registry finds the agent by ${name}`, () => {
    const agents = [{ tenant: '210987654321', agent: 'reconciler', owner: 'lee@acme.example', aliases: [alias] }]
    const registry = createAgentRegistry(Registry.parse({ version: 1, agents }))
    const event = only({}, { ...context, registry })
    assert.deepEqual([event.agent, event.registered, event.owner], ['reconciler', true, 'lee@acme.example'])
  })
}

test('outcome is known by the error code', () => {
  const outcomes = ['AccessDenied', 'Client.UnauthorizedOperation', 'AccessDeniedException', 'NoSuchKey'].map(
    (errorCode) => only({ errorCode }).outcome,
  )
  assert.deepEqual(outcomes, ['denied', 'denied', 'denied', 'failure'])
  assert.equal(only({ eventName: 'ConsoleLogin', responseElements: { ConsoleLogin: 'Failure' } }).outcome, 'failure')
})

test('identities without a role still name somebody', () => {
  const named = (userIdentity: unknown) => only({ userIdentity }).agent
  assert.equal(named({ type: 'IAMUser', arn: 'arn:aws:iam::1:user/dana', userName: 'dana' }), 'dana')
  assert.equal(named({ type: 'Root', arn: 'arn:aws:iam::1:root', accountId: '1' }), 'root')
  assert.equal(named({ type: 'AWSService', invokedBy: 'lambda.amazonaws.com' }), 'lambda.amazonaws.com')
  assert.equal(named({ type: 'AWSAccount', accountId: '123456789012' }), '123456789012')
  assert.equal(named(undefined), 'aws:unknown')
  const empty = only({ userIdentity: { type: 'IAMUser', userName: 'dana', accessKeyId: '' } })
  assert.equal(empty.credential, undefined)
})

test('sharing, sending and writing name where data goes', () => {
  const destinations = (change: object) => only({ resources: [], ...change }).destinations
  const share = { snapshotId: 'snap-1', createVolumePermission: { add: { items: [{ userId: '999988887777' }] } } }
  assert.deepEqual(destinations({ eventName: 'ModifySnapshotAttribute', requestParameters: share }), ['999988887777'])
  const own = { createVolumePermission: { add: { items: [{ userId: '210987654321' }] } } }
  assert.equal(destinations({ eventName: 'ModifySnapshotAttribute', requestParameters: own }), undefined)
  const put = { bucketName: 'drop-box', key: 'a' }
  assert.deepEqual(destinations({ eventName: 'PutObject', requestParameters: put }), ['s3://drop-box'])
  assert.equal(destinations({ eventName: 'GetObject', requestParameters: put }), undefined)
  const mail = { destination: { toAddresses: ['x@evil.example'] } }
  assert.deepEqual(destinations({ eventName: 'SendEmail', requestParameters: mail }), ['x@evil.example'])
  const foreign = [{ ARN: 'arn:aws:s3:::theirs', accountId: '111122223333' }]
  assert.deepEqual(only({ resources: foreign }).destinations, ['111122223333'])
})

test('a role taken and a right handed out are the privilege of the call', () => {
  const roleArn = 'arn:aws:iam::210987654321:role/admin'
  assert.equal(only({ eventName: 'AssumeRole', requestParameters: { roleArn } }).privilege, roleArn)
  const policyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
  const attach = { eventName: 'AttachUserPolicy', requestParameters: { userName: 'x', policyArn } }
  assert.equal(only(attach).privilege, policyArn)
})

test('parameters that are none are known to be none, hidden ones are unknown', () => {
  assert.deepEqual(only({ requestParameters: null }).argument_names, [])
  assert.equal(only({ requestParameters: 'HIDDEN_DUE_TO_SECURITY_REASONS' }).argument_names, undefined)
})

for (const [change, path] of [
  [{ additionalEventData: { bytesTransferredOut: 'many' } }, 'additionalEventData.bytesTransferredOut'],
  [{ userIdentity: 'dana' }, 'userIdentity'],
  [{ eventTime: 'yesterday' }, 'eventTime'],
  [{ eventSource: 7 }, 'eventSource'],
  [{ errorCode: 5 }, 'errorCode'],
] as const) {
  test(`a mistyped field rejects the record with its path: ${path}`, () => {
    const { events, rejections } = readRecord(json({ ...record, ...change }), {}, context)
    assert.equal(events.length, 0)
    assert.equal(rejections[0]?.path, path)
  })
}

test('notifications of a bucket look alike and are none', () => {
  const notification = {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    eventTime: record.eventTime,
    eventName: 'x',
    s3: {},
  }
  const { rejections } = readRecord(json({ Records: [notification] }), {}, context)
  assert.equal(rejections[0]?.code, 'unknown_format')
})
