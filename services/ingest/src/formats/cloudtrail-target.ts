import { destinationOf } from '@straylight/models/event/destination'
import { everybody } from '@straylight/models/event/everybody'
import { chosenText } from '@straylight/schemas/within-bounds'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import { type GrantingCall, grantsOf } from './cloudtrail-grants.ts'

/** Calls that put data into a bucket: the bucket is where data goes, not only what is worked on. */
const bucketWrites = /^(Put|Copy|Upload|Complete|Create|Restore)(Object|Part|MultipartUpload)/
/** Calls by which a caller takes a role or hands out rights. */
const assumesRole = /^AssumeRole/
const givesRights =
  /^(Attach|Put)(User|Role|Group)Policy$|^AssociateAccessPolicy$|^(Create|Add)(PolicyVersion|UserToGroup|RoleToInstanceProfile)$/

/** Calls that make a credential of another user's: whoever holds it is that user from then on. Without a name it is the caller's own. */
const makesCredential =
  /^(Create(AccessKey|LoginProfile|ServiceSpecificCredential)|UpdateLoginProfile|UploadSigningCertificate)$/

/** What the caller chose, in its bounds: an address of 3,000 characters is known by its head and a hash of its rest. */
const text = (value: unknown, characters = 2048): string | undefined =>
  typeof value === 'string' && value !== '' ? chosenText(value, characters) : undefined
/** The same, where it names a right. */
const name = (value: unknown): string | undefined => text(value, 512)

/** The role that is taken, or the right that is handed out: the privilege that the call is about. */
export function givenPrivilege(eventName: string, parameters: JsonObject): string | undefined {
  if (assumesRole.test(eventName)) return name(parameters.roleArn)
  if (makesCredential.test(eventName)) return name(parameters.userName)
  if (eventName === 'CreateAccountAssignment') return name(parameters.permissionSetArn)
  if (/^(Create|Update)AccessEntry$/.test(eventName)) return name(groupsOf(parameters))
  if (!givesRights.test(eventName)) return undefined
  return (
    name(parameters.policyArn) ?? name(parameters.policyName) ?? name(parameters.groupName) ?? name(parameters.roleName)
  )
}

/** Groups of a cluster that a role is let in as. */
const groupsOf = ({ kubernetesGroups: groups }: JsonObject): unknown =>
  Array.isArray(groups)
    ? groups
        .slice(0, 64)
        .filter((group) => typeof group === 'string')
        .sort()
        .join(',')
    : undefined

/**
 * Where data or access goes: whom something is opened to, everybody among them, addresses that something is sent to, buckets that are
 * written to, and accounts other than the caller's that own a resource. Absent where the record names none.
 */
export function destinationsOf(
  call: GrantingCall & {
    readonly resources: unknown
    /** Account that the caller acts for: what is opened to it is opened to nobody new. */
    readonly account: string | undefined
  },
): string[] | undefined {
  const found = new Set<string>()
  const bucket = text(call.parameters.bucketName)
  if (call.eventSource.startsWith('s3.') && bucketWrites.test(call.eventName) && bucket !== undefined)
    found.add(chosenText(`s3://${bucket}`, 2048))
  for (const account of ownersOf(call.resources)) found.add(account)
  for (const grant of grantsOf(call)) found.add(grant)
  const others = new Set<string>()
  for (const one of found) {
    const { key } = destinationOf(one)
    // However everybody was written, it is one destination.
    if (one !== call.account && key !== call.account) others.add(key === everybody ? everybody : one)
  }
  return others.size === 0 ? undefined : [...others].slice(0, 64)
}

function ownersOf(resources: unknown): string[] {
  if (!Array.isArray(resources)) return []
  return resources.flatMap((resource) => (isObject(resource) ? (text(resource.accountId) ?? []) : []))
}
