import assert from 'node:assert/strict'
import { test } from 'node:test'
import { context, json } from '../../test-support/audit-record.ts'
import { readRecord } from '../record/read-record.ts'
import { grantsOf } from './cloudtrail-grants.ts'

const own = '123456789012'
const other = '210987654321'
const everybody = 'public:everyone'

function eventOf(eventName: string, requestParameters: unknown, more: object = {}) {
  const record = {
    ...{ eventTime: '2026-06-01T08:01:00Z', eventSource: 'x.amazonaws.com', eventName, requestParameters },
    ...{ recipientAccountId: own, userIdentity: { type: 'IAMUser', userName: 'u', accountId: own } },
    ...more,
  }
  const { events, rejections } = readRecord(json(record), {}, context)
  assert.deepEqual(rejections, [])
  return events[0]!.event
}

const allow = (Principal: unknown, more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal, Action: '*', Resource: '*', ...more }],
})
const text = (policy: object) => ({ policy: JSON.stringify(policy) })
const condition = (operator: string, key: string, value: unknown) => ({ Condition: { [operator]: { [key]: value } } })
const arnOf = (account: string) => `arn:aws:iam::${account}:root`
const sharing = (list: object) => ({ createVolumePermission: { add: { items: [list] } } })
const grantee = (given: object) => ({
  AccessControlPolicy: {
    Owner: { ID: 'own-id' },
    AccessControlList: { Grant: [{ Grantee: given, Permission: 'READ' }] },
  },
})
const allUsers = 'http://acs.amazonaws.com/groups/global/AllUsers'

/** To whom each call opens something. */
const granted: readonly (readonly [what: string, eventName: string, parameters: unknown, ...destinations: string[]])[] =
  [
    ['a snapshot to everybody', 'ModifySnapshotAttribute', sharing({ group: 'all' }), everybody],
    ['a snapshot to an account', 'ModifySnapshotAttribute', sharing({ userId: other }), other],
    [
      'an image to everybody',
      'ModifyImageAttribute',
      { launchPermission: { add: { items: [{ group: 'all' }] } } },
      everybody,
    ],
    ['an image by lists of names', 'ModifyImageAttribute', { operationType: 'add', groupNames: ['all'] }, everybody],
    [
      'an image to an organisation',
      'ModifyImageAttribute',
      {
        launchPermission: {
          add: { items: [{ organizationArn: 'arn:aws:organizations::1:organization/o-abcdef1234' }] },
        },
      },
      everybody,
    ],
    ['an RDS snapshot', 'ModifyDBSnapshotAttribute', { attributeName: 'restore', valuesToAdd: ['all'] }, everybody],
    ['an SSM document', 'ModifyDocumentPermission', { accountIdsToAdd: ['All'] }, everybody],
    ['a bucket by its policy', 'PutBucketPolicy', { bucketPolicy: allow('*') }, everybody],
    ['a bucket to one account', 'PutBucketPolicy', { bucketPolicy: allow({ AWS: arnOf(other) }) }, arnOf(other)],
    ['a bucket to a list', 'PutBucketPolicy', { bucketPolicy: allow({ AWS: [own, other, '*'] }) }, everybody],
    [
      'by a star for the account',
      'PutBucketPolicy',
      { bucketPolicy: allow({ AWS: 'arn:aws:iam::*:root' }) },
      everybody,
    ],
    [
      'to all but one',
      'PutBucketPolicy',
      { bucketPolicy: { Statement: { Effect: 'Allow', NotPrincipal: { AWS: own } } } },
      everybody,
    ],
    ['by canned ACL', 'PutBucketAcl', { 'x-amz-acl': ['public-read'] }, everybody],
    ['by canned ACL of an object', 'PutObjectAcl', { 'x-amz-acl': 'authenticated-read' }, everybody],
    ['by ACL', 'PutBucketAcl', grantee({ URI: allUsers }), everybody],
    ['by ACL to a stranger', 'PutBucketAcl', grantee({ ID: 'c0ffee' }), 'c0ffee'],
    ['by header of an ACL', 'PutBucketAcl', { 'x-amz-grant-read': [`uri="${allUsers}"`] }, everybody],
    ['a function', 'AddPermission20150331v2', { principal: '*' }, everybody],
    ['a function by its URL', 'CreateFunctionUrlConfig', { authType: 'NONE' }, everybody],
    [
      'a function to an organisation',
      'AddPermission20150331v2',
      { principal: '*', principalOrgID: 'o-abcdef1234' },
      everybody,
    ],
    [
      'a network',
      'AuthorizeSecurityGroupIngress',
      { ipPermissions: { items: [{ ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] } }] } },
      everybody,
    ],
    [
      'a network, IPv6',
      'AuthorizeSecurityGroupIngress',
      { ipPermissions: { items: [{ ipv6Ranges: { items: [{ cidrIpv6: '::/0' }] } }] } },
      everybody,
    ],
    ['half the internet', 'AuthorizeSecurityGroupIngress', { cidrIp: '128.0.0.0/1' }, everybody],
    ['a network to one address', 'AuthorizeSecurityGroupIngress', { cidrIp: '203.0.113.7/32' }, '203.0.113.7/32'],
    [
      'a changed rule',
      'ModifySecurityGroupRules',
      { ModifySecurityGroupRulesRequest: { SecurityGroupRule: { SecurityGroupRule: { CidrIpv4: '0.0.0.0/0' } } } },
      everybody,
    ],
    [
      'a network list',
      'CreateNetworkAclEntry',
      { ruleAction: 'allow', egress: false, cidrBlock: '0.0.0.0/0' },
      everybody,
    ],
    ['a database', 'ModifyDBInstance', { publiclyAccessible: true }, everybody],
    ['what kept the public out', 'DeleteBucketPublicAccessBlock', { bucketName: 'b' }, everybody],
    [
      'the same, switched off',
      'PutBucketPublicAccessBlock',
      { PublicAccessBlockConfiguration: { BlockPublicPolicy: false } },
      everybody,
    ],
    ['the same of snapshots', 'DisableSnapshotBlockPublicAccess', {}, everybody],
    [
      'trust of a role',
      'CreateRole',
      { assumeRolePolicyDocument: JSON.stringify(allow({ AWS: arnOf(other) })) },
      arnOf(other),
    ],
    [
      'trust, url-encoded',
      'UpdateAssumeRolePolicy',
      { policyDocument: encodeURIComponent(JSON.stringify(allow('*'))) },
      everybody,
    ],
    [
      'trust of an identity provider',
      'CreateRole',
      {
        assumeRolePolicyDocument: JSON.stringify(
          allow({ Federated: `arn:aws:iam::${own}:oidc-provider/login.evil.example` }),
        ),
      },
      'login.evil.example',
    ],
    ['a key', 'PutKeyPolicy', text(allow({ AWS: other })), other],
    ['a key by a grant', 'CreateGrant', { granteePrincipal: arnOf(other), operations: ['Decrypt'] }, arnOf(other)],
    ['a secret', 'PutResourcePolicy', { resourcePolicy: JSON.stringify(allow('*')) }, everybody],
    ['a queue', 'SetQueueAttributes', { attributes: { Policy: JSON.stringify(allow({ AWS: other })) } }, other],
    ['a queue, by permission', 'AddPermission', { label: 'l', aWSAccountIds: [other] }, other],
    [
      'a topic',
      'SetTopicAttributes',
      { attributeName: 'Policy', attributeValue: JSON.stringify(allow('*')) },
      everybody,
    ],
    ['a repository', 'SetRepositoryPolicy', { policyText: JSON.stringify(allow('*')) }, everybody],
    ['a catalogue', 'PutResourcePolicy', { policyInJson: JSON.stringify(allow({ AWS: other })) }, other],
    ['a lake', 'GrantPermissions', { principal: { dataLakePrincipalIdentifier: `${other}:IAMPrincipals` } }, other],
    ['a file system', 'PutFileSystemPolicy', text(allow('*')), everybody],
    ['a vault', 'PutBackupVaultAccessPolicy', text(allow({ AWS: other })), other],
    ['a share', 'CreateResourceShare', { principals: [other] }, other],
    [
      'an event bus, to an organisation',
      'PutPermission',
      { principal: '*', condition: { type: 'StringEquals', key: 'aws:PrincipalOrgID', value: 'o-abcdef1234' } },
      everybody,
    ],
    [
      'a cluster',
      'UpdateClusterConfig',
      { resourcesVpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ['0.0.0.0/0'] } },
      everybody,
    ],
    [
      'copies elsewhere',
      'PutBucketReplication',
      { ReplicationConfiguration: { Rule: { Destination: { Bucket: 'arn:aws:s3:::drop' } } } },
      'arn:aws:s3:::drop',
    ],
    ['an export', 'ExportTableToPointInTime', { s3Bucket: 'drop', s3BucketOwner: other }, 's3://drop', other],
    [
      'a second statement',
      'PutKeyPolicy',
      text({ Statement: [allow({ AWS: own }).Statement[0], allow('*').Statement[0]] }),
      everybody,
    ],
    [
      'names in lower case',
      'PutKeyPolicy',
      text({ statement: [{ effect: 'Allow', principal: { aws: '*' } }] }),
      everybody,
    ],
    [
      'a condition that narrows nothing',
      'PutKeyPolicy',
      text(allow('*', condition('StringEquals', 'sts:ExternalId', 'x'))),
      everybody,
    ],
    [
      'all but a network',
      'PutKeyPolicy',
      text(allow('*', condition('StringNotEquals', 'aws:SourceVpc', 'vpc-1'))),
      everybody,
    ],
    [
      'whoever says nothing',
      'PutKeyPolicy',
      text(allow('*', condition('StringEqualsIfExists', 'aws:PrincipalAccount', own))),
      everybody,
    ],
    [
      'a star in the condition',
      'PutKeyPolicy',
      text(allow('*', condition('StringLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/x'))),
      everybody,
    ],
    [
      'an organisation',
      'PutKeyPolicy',
      text(allow('*', condition('StringEquals', 'aws:PrincipalOrgID', 'o-abcdef1234'))),
      everybody,
    ],
    [
      'one account, by condition',
      'PutKeyPolicy',
      text(allow('*', condition('StringEquals', 'AWS:SourceOwner', other))),
      other,
    ],
    [
      'one address, by condition',
      'PutKeyPolicy',
      text(allow('*', condition('IpAddress', 'aws:SourceIp', '203.0.113.7'))),
      '203.0.113.7',
    ],
  ]
for (const [what, eventName, parameters, ...destinations] of granted)
  test(`opened: ${what}`, () =>
    assert.deepEqual(eventOf(eventName, parameters).destinations?.sort(), [...destinations].sort()))

const nobody: readonly (readonly [what: string, eventName: string, parameters: unknown])[] = [
  [
    'a list of removals',
    'ModifySnapshotAttribute',
    { createVolumePermission: { remove: { items: [{ group: 'all' }, { userId: other }] } } },
  ],
  ['values to remove', 'ModifyDBSnapshotAttribute', { valuesToRemove: ['all', other] }],
  [
    'an operation that removes',
    'ModifyImageAttribute',
    { operationType: 'remove', userIds: [other], groupNames: ['all'] },
  ],
  ['a rule revoked', 'RevokeSecurityGroupIngress', { cidrIp: '0.0.0.0/0' }],
  ['a grant revoked', 'RevokePermissions', { principal: { dataLakePrincipalIdentifier: other } }],
  ['a permission removed', 'RemovePermission20150331v2', { principal: '*' }],
  ['a share left', 'DisassociateResourceShare', { principals: [other] }],
  ['a denial', 'PutBucketPolicy', { bucketPolicy: { Statement: [{ Effect: 'Deny', Principal: '*' }] } }],
  ['a denial to all but some', 'PutKeyPolicy', text({ Statement: [{ Effect: 'Deny', NotPrincipal: { AWS: other } }] })],
  ['a service', 'PutKeyPolicy', text(allow({ Service: 'sns.amazonaws.com' }))],
  ['a function to a service', 'AddPermission20150331v2', { principal: 's3.amazonaws.com', sourceAccount: own }],
  ['the own account', 'PutKeyPolicy', text(allow({ AWS: [own, arnOf(own), `arn:aws:iam::${own}:role/x`] }))],
  [
    'the own account, by condition',
    'SetTopicAttributes',
    { attributeValue: JSON.stringify(allow({ AWS: '*' }, condition('StringEquals', 'AWS:SourceOwner', own))) },
  ],
  [
    'mounts',
    'PutFileSystemPolicy',
    text(allow('*', condition('Bool', 'elasticfilesystem:AccessedViaMountTarget', 'true'))),
  ],
  ['the owner, by ACL', 'PutBucketAcl', grantee({ ID: 'own-id' })],
  ['the log service', 'PutBucketAcl', grantee({ URI: 'http://acs.amazonaws.com/groups/s3/LogDelivery' })],
  ['a private ACL', 'PutBucketAcl', { 'x-amz-acl': ['private'] }],
  ['a way out', 'AuthorizeSecurityGroupEgress', { cidrIp: '0.0.0.0/0' }],
  ['a route', 'CreateRoute', { destinationCidrBlock: '0.0.0.0/0' }],
  [
    'a network list that refuses',
    'CreateNetworkAclEntry',
    { ruleAction: 'deny', egress: false, cidrBlock: '0.0.0.0/0' },
  ],
  ['a look', 'DescribeSecurityGroups', { cidrIp: '0.0.0.0/0' }],
  ['a trial', 'ValidatePolicy', { policyDocument: JSON.stringify(allow('*')) }],
  ['a query', 'ExecuteStatement', { statement: 'SELECT *' }],
  [
    'public access blocked',
    'PutBucketPublicAccessBlock',
    { PublicAccessBlockConfiguration: { BlockPublicPolicy: true } },
  ],
  [
    'rights of an identity',
    'PutRolePolicy',
    { policyDocument: JSON.stringify({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }) },
  ],
  ['a text that only looks like a policy', 'PutKeyPolicy', { policy: '{"Statement": [' }],
]
for (const [what, eventName, parameters] of nobody)
  test(`opened to nobody: ${what}`, () => assert.equal(eventOf(eventName, parameters).destinations, undefined))

test('what is worked on is the resource, not what is used beside it', () => {
  const resources: readonly (readonly [
    eventName: string,
    parameters: unknown,
    resource: string | undefined,
    service?: string,
  ])[] = [
    ['CopyDBSnapshot', { sourceDBSnapshotIdentifier: 's', targetDBSnapshotIdentifier: 't', kmsKeyId: 'k' }, 's'],
    [
      'CreateDBInstance',
      { dBSubnetGroupName: 'n', kmsKeyId: 'k', dBInstanceIdentifier: 'd', vpcSecurityGroupIds: ['g'] },
      'd',
    ],
    ['AddRoleToDBInstance', { roleArn: 'r', dBInstanceIdentifier: 'd' }, 'd'],
    ['ModifyDBSnapshotAttribute', { attributeName: 'restore', dBSnapshotIdentifier: 'd' }, 'd'],
    ['TerminateInstances', { instancesSet: { items: [{ instanceId: 'i' }, { instanceId: 'j' }] } }, 'i'],
    ['RunInstances', { subnetId: 's', iamInstanceProfile: { arn: 'p' }, imageId: 'ami-1' }, 'ami-1'],
    ['DeleteSubnet', { subnetId: 's' }, 's'],
    ['AttachVolume', { instanceId: 'i', volumeId: 'v' }, 'v'],
    ['UpdateFunctionConfiguration20150331v2', { role: 'r', functionName: 'f', kMSKeyArn: 'k' }, 'f'],
    ['Decrypt', { keyId: 'k' }, 'k', 'kms'],
    ['AttachRolePolicy', { policyArn: 'p', roleName: 'r' }, 'r', 'iam'],
    ['StopTasks', { note: 'x' }, undefined],
  ]
  for (const [eventName, parameters, resource, service = 'x'] of resources)
    assert.equal(
      eventOf(eventName, parameters, { eventSource: `${service}.amazonaws.com` }).resource,
      resource,
      eventName,
    )
  const resourcesListed = ['arn:aws:kms:r:1:key/k', 'arn:aws:rds:r:1:db:d'].map((ARN) => ({ ARN }))
  assert.equal(eventOf('X', null, { resources: resourcesListed }).resource, 'arn:aws:rds:r:1:db:d')
})

test('a service that calls for the agent acts in the account whose log it is', () => {
  const resources = [{ ARN: 'arn:aws:s3:::b', accountId: own }]
  const userIdentity = { type: 'AWSService', invokedBy: 'lambda.amazonaws.com' }
  assert.equal(eventOf('PutObject', {}, { userIdentity, resources }).destinations, undefined)
  const stranger = { type: 'AWSAccount', accountId: other }
  assert.deepEqual(eventOf('PutObject', {}, { userIdentity: stranger, resources }).destinations, [own])
})

test('parameters of any depth and size are walked within a bound', () => {
  let deep: unknown = { group: 'all' }
  for (let at = 0; at < 50; at++) deep = { x: [deep] }
  assert.equal(grantsOf({ eventSource: 'x', eventName: 'X', parameters: { deep } }).size, 1)
  const wide = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, at) => [`p${at}`, JSON.stringify(allow({ AWS: String(at) }))]),
  )
  assert.ok((eventOf('X', wide).destinations?.length ?? 0) <= 64)
  const started = process.cpuUsage().user
  eventOf('X', { policy: `{"statement":${'['.repeat(20_000)}`, other: `%7B${'%'.repeat(90_000)}` })
  assert.ok(process.cpuUsage().user - started < 500_000)
})
