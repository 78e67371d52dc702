import { stat } from 'node:fs/promises'
import { readYamlFile } from '@straylight/runtime/settings/yaml-file'
import { z } from 'zod'
import { UserRole } from '../../contract/sign-in.ts'

const entriesMax = 1_000

/** Which group of the identity provider may do what, and with whose key its users sign. */
const OidcRoles = z.strictObject({
  version: z.literal(1),
  /** The first entry that names a group of the user counts. */
  groups: z
    .array(
      z.strictObject({
        group: z.string().min(1).max(500),
        role: UserRole,
        /** The one tenant that its users see. Absent: all. */
        tenant: z.string().min(1).max(512).optional(),
      }),
    )
    .min(1)
    .max(entriesMax),
  /** A readable name for the key of a user, whom the provider's subject (`sub`) names; `oidc:SUBJECT` where nothing is said. */
  issuers: z
    .array(z.strictObject({ subject: z.string().min(1).max(255), issuer: z.string().min(1).max(200) }))
    .max(entriesMax)
    .default([]),
})
export type OidcRoles = z.infer<typeof OidcRoles>

/** Whom the identity provider vouches for. */
export interface Vouched {
  /** The one name that no provider gives to somebody else. */
  readonly subject: string
  readonly groups: readonly string[]
}

/** What the table gives somebody; undefined: none of the user's groups is in it. */
export function oidcRightsOf({ groups, issuers }: OidcRoles, user: Vouched) {
  const entry = groups.find(({ group }) => user.groups.includes(group))
  if (entry === undefined) return undefined
  const issuer = issuers.find(({ subject }) => subject === user.subject)?.issuer ?? `oidc:${user.subject}`
  return { role: entry.role, tenant: entry.tenant ?? null, issuer }
}

/** The table as its file is now: read again when it has changed, so that whoever loses a role loses it at once. Throws `BadFile`. */
export function createOidcRoles(path: string): () => Promise<OidcRoles> {
  let version: string | undefined
  let table: Promise<OidcRoles>
  return async () => {
    const { ino, mtimeMs, size } = await stat(path).catch(() => ({ ino: 0, mtimeMs: 0, size: 0 }))
    const found = `${ino} ${mtimeMs} ${size}`
    if (found !== version) {
      version = found
      table = readYamlFile(path, OidcRoles)
    }
    return table
  }
}
