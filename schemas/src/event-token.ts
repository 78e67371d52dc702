import { z } from 'zod'
import { CredentialBinding, Name, Tenant } from './agent-event.ts'

/** Who may send events (`tokens.yaml`). The file holds no secret: a token is known by its SHA-256. */
export const EventToken = z.strictObject({
  /** Who holds it, for people: it stands on each record as its origin. */
  name: Name,
  token_sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected the SHA-256 of the token, 64 hexadecimal digits'),
  /** The only tenant that its events may be of. */
  tenant: Tenant,
  /** The only agents, as the registry names them; without it, every agent of the tenant. */
  agents: z.array(Name).min(1).max(1000).optional(),
  /** The only credentials that its events may name; without it, any, and what they name is a claim. */
  credentials: CredentialBinding.optional(),
})
export type EventToken = z.infer<typeof EventToken>

/** The whole file: a list; each token stands once. */
export const EventTokens = z
  .array(EventToken)
  .max(10_000)
  .refine((tokens) => new Set(tokens.map((token) => token.token_sha256)).size === tokens.length, {
    error: 'a token_sha256 stands twice: it must belong to one holder',
  })
