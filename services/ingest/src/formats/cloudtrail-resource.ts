import { chosenText } from '@straylight/schemas/within-bounds'
import { type FieldReader, isObject, type JsonObject } from '../record/field-reader.ts'

/** Parameters that name what a call works on, most telling first, where its own name tells none. */
const telling = [
  ...[
    'secretId',
    'bucketName',
    'bucket',
    'instanceId',
    'instanceIds',
    'functionName',
    'tableName',
    'roleArn',
    'roleName',
  ],
  ...['userName', 'stateMachineArn'],
  ...['policyArn', 'groupName', 'groupId', 'keyId', 'queueUrl', 'topicArn', 'snapshotId', 'volumeId', 'imageId'],
  ...['dBInstanceIdentifier', 'dBClusterIdentifier', 'dBSnapshotIdentifier', 'dBClusterSnapshotIdentifier'],
  ...['sourceDBSnapshotIdentifier', 'sourceSnapshotId', 'clusterIdentifier', 'fileSystemId', 'backupVaultName'],
  ...[
    'repositoryName',
    'clusterName',
    'stackName',
    'logGroupName',
    'trailName',
    'parameterName',
    'databaseName',
    'rule',
  ],
  ...[
    'name',
    'resourceArn',
    'arn',
    'modelId',
    'task',
    'taskDefinition',
    'cluster',
    'workGroup',
    'target',
    'targetId',
    'path',
  ],
].map((name) => name.toLowerCase())
const place = new Map(telling.map((name, at) => [name, at]))

const naming = /(identifiers?|ids?|names?|arns?|url)$/
/** What a call uses or says beside what it works on. Of the services in `its`, they are what is worked on. */
const beside =
  /kms|role|subnet|securitygroup|vpc|attribute|token|parametergroup|optiongroup|profile|policy|statement|request|client|account|owner|principal|grant|user|zone|region|filter|marker|feature|version|tag/
const its: ReadonlyMap<string, RegExp> = new Map([
  ['kms', /^keyid$/],
  ['iam', /role|user|policy|profile|group/],
  ['sts', /role/],
  ['cognito-idp', /user/],
])

/** What the caller chose, in its bounds: a name of 3,000 characters is known by its head and a hash of its rest. */
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? chosenText(value, 2048) : undefined

/** The resource that a call works on: of those that the record lists, else of what its parameters name. */
export function resourceOf(
  fields: FieldReader,
  call: { eventSource: string; eventName: string; resources: unknown; parameters: JsonObject },
): string | undefined {
  const service = call.eventSource.split('.', 1)[0] ?? ''
  return listedResource(fields, call.resources, service) ?? namedResource(service, call.eventName, call.parameters)
}

/** The first ARN that the record lists, one of a key or a role only where there is no other. */
function listedResource(fields: FieldReader, resources: unknown, service: string): string | undefined {
  const listed = fields.list(resources, 'resources', 10_000, (item, at) => fields.object(item, at))
  let other: string | undefined
  for (const resource of listed ?? []) {
    const arn = fields.longText(chosenText(resource.ARN, 2048), 'resources.ARN')
    if (arn === undefined || arn === '') continue
    const owner = arn.split(':')[2]
    if (owner === service || !/^(kms|iam|sts)$/.test(owner ?? '')) return arn
    other ??= arn
  }
  return other
}

interface Candidate {
  readonly value: string
  readonly rank: number
}

function namedResource(service: string, eventName: string, parameters: JsonObject): string | undefined {
  const call = eventName.toLowerCase()
  let best: Candidate | undefined
  for (const { name, value } of leavesOf(parameters)) {
    const rank = rankOf({ name, service, call })
    if (rank !== null && (best === undefined || rank < best.rank)) best = { value, rank }
  }
  if (best === undefined) return undefined
  const bucket = text(parameters.bucketName)
  return best.value === bucket ? s3Path(bucket, parameters.key) : best.value
}

/** Least is best: what is worked on before what is used beside it, what the call's own name names before what it does not. */
function rankOf({ name, service, call }: { name: string; service: string; call: string }): number | null {
  // What is exported is named by its source; the export's own name is made up for it.
  if (name === 'sourcearn' && call.includes('export')) return 0
  const known = place.get(name)
  if (known === undefined && !naming.test(name)) return null
  const stem = name.replace(naming, '').replace(/^(source|target|new|final)/, '')
  const isBeside = beside.test(name) && its.get(service)?.test(name) !== true
  const isNamed = stem.length >= 3 && call.includes(stem)
  return (isBeside ? 1000 : 0) + (isNamed ? 0 : 100) + (known ?? 90)
}

const nodesMax = 1_000

/** Strings by the name that stands nearest above them, shallow ones first, lists entered. */
function* leavesOf(parameters: JsonObject): Generator<{ name: string; value: string }> {
  const open: { name: string; value: unknown }[] = [{ name: '', value: parameters }]
  for (let at = 0; at < open.length && at < nodesMax; at++) {
    const { name, value } = open[at] as { name: string; value: unknown }
    if (Array.isArray(value)) for (const item of value.slice(0, 20)) open.push({ name, value: item })
    else if (isObject(value)) {
      for (const inner of Object.keys(value).slice(0, 60)) {
        // DynamoDB's batches name their tables so.
        if (name === 'requestitems') yield { name: 'tablename', value: chosenText(inner, 2048) }
        open.push({ name: inner === 'items' || inner === 'member' ? name : inner.toLowerCase(), value: value[inner] })
      }
    } else {
      const leaf = text(value)
      if (leaf !== undefined) yield { name, value: leaf }
    }
  }
}

const s3Path = (bucket: string, key: unknown): string =>
  text(key) === undefined ? bucket : chosenText(`${bucket}/${text(key)}`, 2048)
