import { everybody } from '@straylight/models/event/everybody'
import { chosenText } from '@straylight/schemas/within-bounds'
import { isObject, type JsonObject, scalarText } from '../record/field-reader.ts'
import { field, grantedBy, isPolicy, policyIn, principalOf, rulesIn } from './cloudtrail-policy.ts'

/** One call, as far as its grants are known by it. */
export interface GrantingCall {
  readonly eventSource: string
  readonly eventName: string
  readonly parameters: JsonObject
}

/** Calls that take away, or only look: whoever they name gets nothing. */
const removesGrants =
  /^(Revoke|Remove|Delete|Deregister|Detach|Disassociate|Unsubscribe|Untag|Reset|Reject|Retire|Cancel|BatchRevoke|BatchDelete|BatchDisassociate)/
const onlyLooks =
  /^(Describe|Get|List|Head|Search|Lookup|BatchGet|Query|Scan|Select|Simulate|Validate|Preview|Check|Test)(?=[A-Z])/
/** Calls that take away what kept others out. */
const opensAgain =
  /^(Delete|Disable)(Bucket|Account)?PublicAccessBlock|^Disable(Snapshot|Image)BlockPublicAccess|^DeletePublicAccessBlockConfig/

/** Names of parameters, in lower case, whose values are people, accounts or places that data or access goes to. */
const destinationNames: ReadonlySet<string> = new Set([
  ...[
    'userid',
    'userids',
    'principal',
    'principals',
    'targetaccountid',
    'accountids',
    'sharedaccountids',
    'awsaccountids',
    'awsaccountid',
  ],
  ...[
    'valuestoadd',
    'accountidstoadd',
    'attributevalues',
    'accountwithrestoreaccess',
    'consumeridentifier',
    'consumeraccount',
  ],
  ...['granteeprincipal', 'retiringprincipal', 'datalakeprincipalidentifier', 'aws', 'principalorgid', 'principalarn'],
  ...[
    'organizationarn',
    'organizationalunitarn',
    'organizationid',
    's3bucketowner',
    'allowedprincipals',
    'addallowedprincipals',
  ],
  ...['toaddresses', 'ccaddresses', 'bccaddresses', 'endpoint', 'phonenumber', 'targetarn', 'destinationarn'],
  ...['destinationbucket', 's3bucketname', 's3bucket', 'targetbucket', 's3bucketarn', 'bucketarn'],
  ...['peerownerid', 'peeraccountid', 'sharedaccountid', 'logdestination', 'invocationendpoint', 'outputlocation'],
  ...['destinationbackupvaultarn', 'destinationaccountid', 'destinationregistryid', 'serverhostname'],
  ...['jdbc_connection_url', 'connection_url', 'kafka_bootstrap_servers'],
])
/** Names that mean so only in one call, as the name of the list above that they stand for there. */
const namesOfCalls: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  Object.entries({
    CreateExportTask: { destination: 's3bucket' },
    CreateStoreImageTask: { bucket: 's3bucket' },
    AuthorizeVpcEndpointAccess: { account: 'principal' },
    AuthorizeEndpointAccess: { account: 'principal' },
    RegisterDelegatedAdministrator: { accountid: 'principal' },
    CreateMembers: { accountid: 'principal', email: 'toaddresses' },
    CreateMember: { accountid: 'principal', email: 'toaddresses' },
    SendRawEmail: { destinations: 'toaddresses' },
    CreateOpenIDConnectProvider: { url: 'endpoint' },
    // DMS's endpoints: a database of anybody's, by its host.
    CreateEndpoint: { servername: 'endpoint' },
    ModifyEndpoint: { servername: 'endpoint' },
    PutReplicationConfiguration: { registryid: 'principal' },
    CreateReplicationConfiguration: { filesystemid: 'foreignarn' },
    CreateTrafficMirrorTarget: { networkloadbalancerarn: 'foreignarn' },
    CreateTrustAnchor: { acmpcaarn: 'foreignarn' },
    CreateAccountAssignment: { principalid: 'principal' },
    // Cognito: an account for somebody outside.
    AdminCreateUser: { username: 'toaddresses' },
  }).map(([call, names]) => [call, new Map(Object.entries(names))]),
)
const organisations: ReadonlySet<string> = new Set([
  ...['principalorgid', 'organizationarn', 'organizationalunitarn', 'organizationid'],
])
/** Networks that are let in. */
const networkNames: ReadonlySet<string> = new Set([
  'cidrip',
  'cidripv6',
  'cidripv4',
  'publicaccesscidrs',
  'ingresscidr',
])
/** Where "all" means everybody. */
const groupNames: ReadonlySet<string> = new Set([
  'group',
  'groups',
  'groupnames',
  'usergroup',
  'usergroups',
  'usergroupset',
])
/** S3's canned ACLs. https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html */
const aclNames: ReadonlySet<string> = new Set([
  'x-amz-acl',
  'acl',
  'cannedacl',
  'accesscontrollist',
  's3cannedacl',
  'getobject',
])
const openAcls = /^(public-read|public-read-write|authenticated-read|public)$/
/** Settings that keep the public out, and are opened by `false`. */
const blockNames: ReadonlySet<string> = new Set([
  ...[
    'blockpublicacls',
    'ignorepublicacls',
    'blockpublicpolicy',
    'restrictpublicbuckets',
    'blockpublicsecuritygrouprules',
  ],
])
/** Settings that let the public in, and what says so. */
const openNames: Readonly<Record<string, string>> = {
  ...{ publiclyaccessible: 'true', ispubliclyaccessible: 'true', endpointpublicaccess: 'true' },
  ...{ authtype: 'none', functionurlauthtype: 'none' },
  ...{ allowfrompublic: 'true', projectvisibility: 'public_read', publicsharingenabled: 'true' },
}
/** Policies that say who may change what stands there, or what a network's own may reach: a star in them lets in nobody from outside. */
const policiesWithin = /^(stackpolicy(duringupdate)?body)$/
const changesEndpoint = /^(Create|Modify)VpcEndpoint$/
/** What is public by being made. */
const publicByMaking: ReadonlySet<string> = new Set(['ecr-public.amazonaws.com CreateRepository'])
/** Lists inside a call of what it takes away. */
const removedNames = /^(remove|revoke|deny)|toremove$|removed$/

const nodesMax = 2_000
const policiesMax = 8

/**
 * To whom a call gives access or data, by its parameters, the texts of policies within them included: everybody is `public:everyone`. What
 * a call takes away it gives to nobody. Walked without recursion and within a bound: their shape is AWS's, their size the caller's.
 */
export function grantsOf(call: GrantingCall): ReadonlySet<string> {
  const { eventSource, eventName, parameters } = call
  const found = new Set<string>()
  if (opensAgain.test(eventName) || publicByMaking.has(`${eventSource} ${eventName}`)) found.add(everybody)
  if (removesGrants.test(eventName) || onlyLooks.test(eventName)) return found
  if (/^(remove|revoke)/i.test(String(field(parameters, 'operationtype') ?? ''))) return found
  if (isNarrowed(parameters)) addNarrowed(parameters, found)
  else walk(call, found)
  if (changesEndpoint.test(eventName)) found.delete(everybody)
  return found
}

interface Node {
  readonly name: string
  readonly value: unknown
}

function walk({ eventName, parameters }: GrantingCall, found: Set<string>): void {
  const open: Node[] = [{ name: '', value: parameters }]
  const letsOut = /Egress/.test(eventName)
  const own = namesOfCalls.get(eventName)
  let policies = 0
  for (let nodes = 0; nodes < nodesMax; nodes++) {
    const next = open.pop()
    if (next === undefined) return
    const { name, value } = next
    if (Array.isArray(value)) for (const item of value.slice(0, 100)) open.push({ name, value: item })
    else if (isObject(value)) {
      if (isPolicy(value)) addAll(found, grantedBy(value))
      else if (isAcl(value)) addAll(found, granteesOf(value))
      else openObject(name, value, open, letsOut)
    } else if (typeof value === 'string' && policies < policiesMax && /^\s*(\{|%7b|\[)/i.test(value)) {
      policies++
      const policy = policyIn(value)
      if (policy !== null) addAll(found, grantedBy(policy))
      else for (const rule of rulesIn(value)) open.push({ name, value: rule })
    } else addAll(found, grantOf(own?.get(name) ?? name, value, letsOut))
  }
}

function openObject(of: string, object: JsonObject, open: Node[], letsOut: boolean): void {
  if (isShutRule(object) || isOtherRecord(object)) return
  for (const given of Object.keys(object).slice(0, 100)) {
    const name = given.toLowerCase()
    if (removedNames.test(name) || policiesWithin.test(name)) continue
    // Public, but only to the networks beside it.
    if (name === 'endpointpublicaccess' && field(object, 'publicaccesscidrs') !== undefined) continue
    // A rule of a network's list stands under a name that routes and subnets have too.
    if (name === 'cidrblock' && !letsOut && field(object, 'ruleaction') !== undefined)
      open.push({ name: 'cidrip', value: object[given] })
    else if (name === 'bucket' && of === 'destination') open.push({ name: 's3bucket', value: object[given] })
    // EventBridge's targets, and the account that an organisation asks to join it.
    else if (name === 'arn' && of === 'targets') open.push({ name: 'targetarn', value: object[given] })
    else if (name === 'account' && of === 'destination') open.push({ name: 'principal', value: object[given] })
    else if (name === 'url' && of === 'endpointconfiguration') open.push({ name: 'endpoint', value: object[given] })
    else if (name === 'id' && (of === 'target' || of === 'sharetarget'))
      open.push({ name: 'targetaccountid', value: object[given] })
    else if (name === 'value' && of === 'resourcerecords') open.push({ name: 'endpoint', value: object[given] })
    else open.push({ name: partNames.has(name) ? of : name, value: object[given] })
  }
}

/** Parts of a list or value that stand for what is around them. */
const partNames: ReadonlySet<string> = new Set(['items', 'member', 'content'])

/** A name's records that lead nowhere: those that go away, and those that hold text or settings. */
const isOtherRecord = (object: JsonObject): boolean =>
  (field(object, 'resourcerecordset') !== undefined &&
    scalarText(field(object, 'action')).toUpperCase() === 'DELETE') ||
  (field(object, 'resourcerecords') !== undefined && !/^(A|AAAA|CNAME|NS|MX)$/.test(scalarText(field(object, 'type'))))

/** A rule that refuses, or that lets out, and an image that may no longer be copied. */
const isShutRule = (object: JsonObject): boolean =>
  scalarText(field(object, 'ruleaction')).toLowerCase() === 'deny' ||
  scalarText(field(object, 'isegress') ?? field(object, 'egress')).toLowerCase() === 'true' ||
  scalarText(field(object, 'allowcopyimage')).toLowerCase() === 'false'

function grantOf(name: string, value: unknown, letsOut: boolean): readonly string[] {
  const text = scalarText(value)
  const lower = text.toLowerCase()
  if (blockNames.has(name)) return lower === 'false' ? [everybody] : []
  if (openNames[name] === lower) return [everybody]
  if (typeof value !== 'string' || value === '') return []
  if (aclNames.has(name)) return openAcls.test(lower) ? [everybody] : []
  if (name.startsWith('x-amz-grant-')) return granteesInHeader(value)
  if (groupNames.has(name)) return lower === 'all' ? [everybody] : []
  // Out to everywhere is how most networks are; out to one place is a way that was made.
  if (networkNames.has(name)) return letsOut && /\/0$/.test(value) ? [] : [value]
  if (organisations.has(name)) return [everybody]
  if (name === 'foreignarn') return value.startsWith('arn:') ? [value] : []
  if (!destinationNames.has(name) || isMasked(value)) return []
  if (name.endsWith('connection_url')) return [chosenText(value.replace(/^jdbc:/i, ''), 2048)]
  if (lower === 'all' || lower === '*') return [everybody]
  if (name === 's3bucketname' || name === 's3bucket' || name.endsWith('bucket')) return [bucketOf(value)]
  return lower === 'iam_allowed_principals' ? [] : principalOf(value).map((one) => chosenText(one, 2048))
}

/** What AWS writes where it leaves a value out: no place. */
const isMasked = (value: string): boolean => /^(HIDDEN_DUE_TO_SECURITY_REASONS|\*{2,})$/.test(value)

const bucketOf = (name: string): string => chosenText(/^[a-z0-9]+:/.test(name) ? name : `s3://${name}`, 2048)

/** Lambda's and EventBridge's permissions name their condition beside the principal: it narrows a star as a policy's would. */
const isNarrowed = (parameters: JsonObject): boolean =>
  field(parameters, 'principal') === '*' &&
  (field(parameters, 'sourceaccount') !== undefined || field(parameters, 'sourcearn') !== undefined)

function addNarrowed(parameters: JsonObject, found: Set<string>): void {
  const [aws, equals] = [field(parameters, 'sourceaccount'), field(parameters, 'sourcearn')]
  const condition =
    aws === undefined ? { ArnLike: { 'aws:SourceArn': equals } } : { StringEquals: { 'aws:SourceAccount': aws } }
  addAll(found, grantedBy({ Statement: { Effect: 'Allow', Principal: '*', Condition: condition } }))
}

const isAcl = (value: JsonObject): boolean =>
  isObject(field(value, 'accesscontrollist')) ||
  (field(value, 'grantee') !== undefined && field(value, 'permission') !== undefined)

/** Who an ACL lets in besides the owner. */
function granteesOf(acl: JsonObject): string[] {
  const owner = field(acl, 'owner')
  const ownerId = isObject(owner) ? field(owner, 'id') : undefined
  const list = field(acl, 'accesscontrollist')
  const grants = isObject(list) ? field(list, 'grant') : acl
  return (Array.isArray(grants) ? grants.slice(0, 100) : [grants]).flatMap((grant: unknown) => {
    const grantee = isObject(grant) ? field(grant, 'grantee') : undefined
    if (!isObject(grantee)) return []
    const [uri, id, mail] = [field(grantee, 'uri'), field(grantee, 'id'), field(grantee, 'emailaddress')]
    if (typeof uri === 'string') return groupOf(uri)
    if (typeof mail === 'string' && mail !== '') return [chosenText(mail, 2048)]
    return typeof id === 'string' && id !== '' && id !== ownerId ? [chosenText(id, 2048)] : []
  })
}

/** Of S3's groups, the one that writes logs is a service. */
const groupOf = (uri: string): string[] => (/\/groups\/global\/(all|authenticated)users$/i.test(uri) ? [everybody] : [])

/** `uri="…/AllUsers", id="…", emailAddress="…"`: header of an ACL. */
const granteesInHeader = (header: string): string[] =>
  [...header.slice(0, 4096).matchAll(/(uri|id|emailaddress)\s*=\s*"?([^",]+)"?/gi)].flatMap(
    ([, kind = '', value = '']) => (kind.toLowerCase() === 'uri' ? groupOf(value) : [chosenText(value, 2048)]),
  )

function addAll(found: Set<string>, destinations: readonly string[]): void {
  for (const destination of destinations) if (destination !== '') found.add(chosenText(destination, 2048))
}
