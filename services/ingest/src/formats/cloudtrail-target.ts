import { chosenText } from '@straylight/schemas/within-bounds'
import { type FieldReader, isObject, type JsonObject } from '../record/field-reader.ts'

/** Parameters that name what a call works on, most telling first, where the record lists no resources. */
const resourceParameters = [
  ...['secretId', 'bucketName', 'instanceId', 'functionName', 'tableName', 'roleArn', 'roleName', 'userName'],
  ...[
    'policyArn',
    'groupName',
    'keyId',
    'queueUrl',
    'topicArn',
    'snapshotId',
    'volumeId',
    'imageId',
    'dBInstanceIdentifier',
  ],
  ...[
    'clusterName',
    'stackName',
    'logGroupName',
    'trailName',
    'parameterName',
    'name',
    'resourceArn',
    'arn',
    'modelId',
  ],
]

/** Parameters whose values are people, accounts or places that data or access goes to. */
const destinationParameters: ReadonlySet<string> = new Set([
  ...[
    'userId',
    'userIds',
    'principal',
    'principals',
    'targetAccountId',
    'accountIds',
    'sharedAccountIds',
    'valuesToAdd',
  ],
  ...['toAddresses', 'ccAddresses', 'bccAddresses', 'endpoint', 'phoneNumber', 'destinationArn', 'destinationBucket'],
  ...['AWS', 'principalOrgId', 's3BucketName', 'targetArn', 'attributeValues'],
])

/** Calls that put data into a bucket: the bucket is where data goes, not only what is worked on. */
const bucketWrites = /^(Put|Copy|Upload|Complete|Create|Restore)(Object|Part|MultipartUpload)/
/** Calls by which a caller takes a role or hands out rights. */
const assumesRole = /^AssumeRole/
const givesRights =
  /^(Attach|Put)(User|Role|Group)Policy$|^(Create|Add)(PolicyVersion|UserToGroup|RoleToInstanceProfile)$/

/** What the caller chose, in its bounds: an address of 3,000 characters is known by its head and a hash of its rest. */
const text = (value: unknown, characters = 2048): string | undefined =>
  typeof value === 'string' && value !== '' ? chosenText(value, characters) : undefined
/** The same, where it names a right. */
const name = (value: unknown): string | undefined => text(value, 512)

/** The first ARN that the record lists, else what its parameters name. */
export function resourceOf(fields: FieldReader, resources: unknown, parameters: JsonObject): string | undefined {
  const listed = fields.list(resources, 'resources', 10_000, (item, at) => fields.object(item, at))
  for (const resource of listed ?? []) {
    const arn = fields.longText(chosenText(resource.ARN, 2048), 'resources.ARN')
    if (arn !== undefined && arn !== '') return arn
  }
  for (const name of resourceParameters) {
    const value = text(parameters[name])
    if (value !== undefined) return name === 'bucketName' ? s3Path(value, parameters.key) : value
  }
  const named = Object.keys(parameters).find(
    (name) => /(Arn|Id|Name)$/.test(name) && text(parameters[name]) !== undefined,
  )
  return named === undefined ? undefined : text(parameters[named])
}

const s3Path = (bucket: string, key: unknown): string =>
  text(key) === undefined ? bucket : chosenText(`${bucket}/${text(key)}`, 2048)

/** The role that is taken, or the right that is handed out: the privilege that the call is about. */
export function givenPrivilege(eventName: string, parameters: JsonObject): string | undefined {
  if (assumesRole.test(eventName)) return name(parameters.roleArn)
  if (!givesRights.test(eventName)) return undefined
  return (
    name(parameters.policyArn) ?? name(parameters.policyName) ?? name(parameters.groupName) ?? name(parameters.roleName)
  )
}

/**
 * Where data or access goes: accounts that something is shared with, addresses that something is sent to, buckets
 * that are written to, and accounts other than the caller's that own a resource. Absent where the record names none.
 */
export function destinationsOf(call: {
  eventSource: string
  eventName: string
  parameters: JsonObject
  resources: unknown
  account: string | undefined
}): string[] | undefined {
  const found = new Set<string>()
  const bucket = text(call.parameters.bucketName)
  if (call.eventSource.startsWith('s3.') && bucketWrites.test(call.eventName) && bucket !== undefined)
    addTo(found, text(`s3://${bucket}`))
  for (const account of ownersOf(call.resources)) if (account !== call.account) found.add(account)
  collect(call.parameters, found)
  found.delete(call.account ?? '')
  return found.size === 0 ? undefined : [...found].slice(0, 64)
}

function addTo(found: Set<string>, destination: string | undefined): void {
  if (destination !== undefined) found.add(destination)
}

function ownersOf(resources: unknown): string[] {
  if (!Array.isArray(resources)) return []
  return resources.flatMap((resource) => (isObject(resource) ? (text(resource.accountId) ?? []) : []))
}

const nodesMax = 2_000

/** Walks parameters for destinations, without recursion and within a bound: their shape is AWS's, their size the caller's. */
function collect(parameters: JsonObject, found: Set<string>): void {
  const open: { value: unknown; named: boolean }[] = [{ value: parameters, named: false }]
  for (let nodes = 0; nodes < nodesMax; nodes++) {
    const next = open.pop()
    if (next === undefined) return
    const { value, named } = next
    if (Array.isArray(value)) for (const item of value.slice(0, 100)) open.push({ value: item, named })
    else if (isObject(value))
      for (const name of Object.keys(value).slice(0, 100))
        open.push({ value: value[name], named: destinationParameters.has(name) })
    else if (named && value !== '*') addTo(found, text(value))
  }
}
