import { Answer } from '@straylight/schemas/verdict'
import { z } from 'zod'
import { Milliseconds } from './list-part.ts'

/** What a user may do; each may all that the one before may. */
export const UserRole = z.enum(['viewer', 'analyst', 'approver', 'admin'])
export type UserRole = z.infer<typeof UserRole>

/** Who asks. */
export const SignedIn = z.object({
  user: z.string(),
  role: UserRole,
  /** The one tenant that this user sees; null: all. */
  tenant: z.string().nullable(),
  /** How: by the link printed at start, by password, through the identity provider (OpenID Connect), or by the token of the local shell. */
  method: z.enum(['link', 'password', 'oidc', 'token']),
  expires_at: Milliseconds,
  /** With whose key this user's verdicts are signed, and what the role and the policy let it answer; `missing` says what to do first. */
  signing: z.object({ issuer: z.string(), answers: z.array(Answer), missing: z.string().nullable() }),
})
export type SignedIn = z.infer<typeof SignedIn>

export const WhoAmI = z.object({
  /** Null: nobody is signed in. */
  signed_in: SignedIn.nullable(),
  /** Name of the deployment (STRAYLIGHT_NAME) and version of the program; null before signing in. */
  deployment: z.string().nullable(),
  version: z.string().nullable(),
  /** Which ways there are: passwords only where a user file names somebody, `oidc` only where a provider is set. */
  ways: z.array(z.enum(['link', 'password', 'oidc'])),
  /** Where signing in through the identity provider begins, and its name; null where there is none. */
  oidc: z.object({ url: z.url(), host: z.string() }).nullable(),
  /** Why the last sign-in through it failed, for whoever came back; null otherwise. */
  refused: z.string().nullable(),
  /** After a sign-out: where the browser signs out at the provider too. */
  sign_out_url: z.url().nullable(),
})
export type WhoAmI = z.infer<typeof WhoAmI>

/** The token of the one-time link (`/sign-in#TOKEN`: the part after # is never sent by itself), or a user's name and password. */
export const SignInBody = z.union([
  z.strictObject({ token: z.string().min(20).max(200) }),
  z.strictObject({ user: z.string().min(1).max(100), password: z.string().min(1).max(1000) }),
])
export type SignInBody = z.infer<typeof SignInBody>

/** A new one-time link: what `straylight link` prints. */
export const NewLink = z.object({ url: z.url(), valid_until: z.number().int() })
export type NewLink = z.infer<typeof NewLink>
