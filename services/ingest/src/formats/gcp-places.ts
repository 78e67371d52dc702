import type { JsonObject } from '../record/field-reader.ts'
import { gkeCall } from './gke-call.ts'
import { admittedNetworks, ledTo, webhooks } from './kubernetes-grants.ts'
import { codeText, isNothing, valueAt } from './table/source.ts'

/** A place in the parameters of some methods that data goes to, or that is let in. `*`: each item of a list. */
interface GcpPlace {
  readonly method: RegExp
  /** Under `protoPayload`. */
  readonly at: string
  /** What has to be there beside it, also under `protoPayload`. */
  readonly beside?: string
  /** The value as an address, where it is none yet. */
  readonly as?: (text: string) => string
  /** A place only where it is of another project than the record. */
  readonly isForeign?: boolean
}

const bucket = (name: string): string => (name.includes(':') ? name : `gs://${name}`)
/** A sink writes `storage.googleapis.com/BUCKET`; its other places are projects' own names. */
const sink = (text: string): string => text.replace(/^storage\.googleapis\.com\//, 'gs://')
/** A record of a name: where it leads, and nothing where it holds a text. */
const nameTarget = (text: string): string => (text.startsWith('"') ? '' : text.replace(/^\d+ /, '').replace(/\.$/, ''))
/** The project that a network is of. */
const project = (text: string): string => /(?:^|\/)projects\/([^/]+)\//.exec(text)?.[1] ?? text
const writesObject = /^storage\.objects\.(create|insert|compose|rewrite|copy)$/

const places: readonly GcpPlace[] = [
  { method: /compute\.firewalls\.(insert|patch|update)$/, at: 'request/sourceRanges/*', beside: 'request/alloweds' },
  { method: /compute\.firewalls\.(insert|patch|update)$/, at: 'request/sourceRanges/*', beside: 'request/allowed' },
  ...['request/body/settings', 'request/settings', 'request/resource/settings'].map((settings) => ({
    method: /^cloudsql\.instances\.|SqlInstancesService\./,
    at: `${settings}/ipConfiguration/authorizedNetworks/*/value`,
  })),
  { method: /^cloudsql\.instances\.export$|\.Export$/, at: 'request/body/exportContext/uri' },
  { method: /^cloudsql\.instances\.export$|\.Export$/, at: 'request/exportContext/uri' },
  { method: /Job/i, at: 'metadata/jobInsertion/job/jobConfig/extractConfig/destinationUris/*' },
  { method: /Job/i, at: 'metadata/jobChange/job/jobConfig/extractConfig/destinationUris/*' },
  {
    method: /^jobservice\./,
    at: 'serviceData/jobInsertRequest/resource/jobConfiguration/extract/destinationUris/*',
  },
  {
    method: /^jobservice\./,
    at: 'serviceData/jobCompletedEvent/job/jobConfiguration/extract/destinationUris/*',
  },
  { method: /(Create|Update)Sink$/, at: 'request/sink/destination', as: sink },
  { method: /(Create|Update|ModifyPush)(Subscription|Config)$/, at: 'request/pushConfig/pushEndpoint' },
  { method: /(Create|Update)Subscription$/, at: 'request/subscription/pushConfig/pushEndpoint' },
  { method: /(Create|Update)Subscription$/, at: 'request/cloudStorageConfig/bucket', as: bucket },
  { method: /TransferJob$/, at: 'request/transferJob/transferSpec/gcsDataSink/bucketName', as: bucket },
  { method: /TransferJob$/, at: 'request/transferSpec/gcsDataSink/bucketName', as: bucket },
  { method: /CreateJob$/, at: 'request/job/httpTarget/uri' },
  { method: /^dns\.changes\.create$/, at: 'request/change/additions/*/rrdatas/*', as: nameTarget },
  { method: /networks\.(?:add|update)Peering$/, at: 'request/peerNetwork', as: project },
  { method: /networks\.(?:add|update)Peering$/, at: 'request/networkPeering/network', as: project },
  {
    method: /(?:Create|Update)Cluster$/,
    at: 'request/update/desiredMasterAuthorizedNetworksConfig/cidrBlocks/*/cidrBlock',
  },
  { method: /(?:Create|Update)Cluster$/, at: 'request/cluster/masterAuthorizedNetworksConfig/cidrBlocks/*/cidrBlock' },
  { method: /CreateTask$/, at: 'request/task/httpRequest/url' },
  // Whose tokens are believed.
  { method: /WorkloadIdentityPoolProvider$/, at: 'request/workloadIdentityPoolProvider/oidc/issuerUri' },
  { method: /WorkloadIdentityPoolProvider$/, at: 'request/workloadIdentityPoolProvider/aws/accountId' },
  ...['jobInsertion', 'jobChange'].flatMap((change) =>
    ['queryConfig', 'tableCopyConfig', 'loadConfig'].map((config) => ({
      method: /Job/i,
      at: `metadata/${change}/job/jobConfig/${config}/destinationTable`,
      as: project,
      isForeign: true,
    })),
  ),
]
const placesMax = 200

/** A place with its paths taken apart. */
interface CompiledPlace {
  readonly at: readonly string[]
  readonly beside: readonly string[] | null
  readonly as: ((text: string) => string) | undefined
  readonly isForeign: boolean
}

/** Places by method, as they were found before: methods come again with each call. */
const known = new Map<string, readonly CompiledPlace[]>()
const knownMax = 1_000
const knownLengthMax = 128

function placesOf(method: string): readonly CompiledPlace[] {
  const before = known.get(method)
  if (before !== undefined) return before
  const found = places
    .filter((place) => place.method.test(method))
    .map(({ at, beside, as, isForeign = false }) => ({
      at: at.split('/'),
      beside: beside?.split('/') ?? null,
      as,
      isForeign,
    }))
  if (method.length > knownLengthMax) return found
  if (known.size >= knownMax) known.clear()
  known.set(method, found)
  return found
}

/** Where a call lets data go: places that it names, and the bucket that an object is written to. */
export function gcpPlaces(record: JsonObject): readonly string[] | undefined {
  const payload = record.protoPayload
  const method = valueAt(payload, ['methodName'])
  if (typeof method !== 'string') return undefined
  const found = new Set<string>()
  const own = valueAt(record, ['resource', 'labels', 'project_id'])
  for (const { at, beside, as, isForeign } of placesOf(method)) {
    if (isShut(payload, beside)) continue
    for (const text of textsAt(payload, at)) {
      const place = as === undefined ? text : as(text)
      if (!isForeign || place !== own) found.add(place)
    }
  }
  found.delete('')
  const [, name] = /^projects\/[^/]+\/buckets\/([^/]+)\//.exec(codeText(valueAt(payload, ['resourceName']))) ?? []
  if (name !== undefined && writesObject.test(method)) found.add(bucket(name))
  const call = gkeCall(record)
  for (const places of call === null ? [] : [webhooks(call), admittedNetworks(call), ledTo(call)])
    for (const place of [places].flat()) if (typeof place === 'string') found.add(place)
  return found.size === 0 ? undefined : [...found]
}

/** What must be beside a place is not there, or the rule is switched off or lets out. */
function isShut(payload: unknown, beside: readonly string[] | null): boolean {
  if (beside === null) return false
  if (isNothing(valueAt(payload, beside))) return true
  return valueAt(payload, ['request', 'disabled']) === true || valueAt(payload, ['request', 'direction']) === 'EGRESS'
}

function textsAt(value: unknown, path: readonly string[]): readonly string[] {
  const star = path.indexOf('*')
  const inner = valueAt(value, star < 0 ? path : path.slice(0, star))
  if (star < 0) return typeof inner === 'string' && inner !== '' ? [inner] : []
  return Array.isArray(inner)
    ? inner.slice(0, placesMax).flatMap((item: unknown) => textsAt(item, path.slice(star + 1)))
    : []
}
