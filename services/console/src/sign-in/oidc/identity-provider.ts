import type { ClientAuth, Configuration } from 'openid-client'
import { ConsoleProblem } from '../../console-problem.ts'
import { type Claims, claimAt } from './oidc-claims.ts'

/** Under which name this console is known to an OpenID provider. */
export interface IdentityProviderOptions {
  readonly issuer: string
  readonly clientId: string
  /** Without it the console is a public client: PKCE alone protects the code. */
  readonly clientSecret?: string | undefined
  readonly scopes: string
  readonly groupsClaim: string
  /** Where the provider sends the browser back to. */
  readonly redirectUri: string
  /** Where it sends the browser after a sign-out. */
  readonly signedOutUri: string
}

/** What must be known again when the browser comes back. */
export interface OidcFlow {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** How long the provider may take to answer one request, in seconds. */
const patienceSeconds = 10

/**
 * An OpenID provider, asked by `openid-client` (a certified relying party): authorization code with PKCE, state and nonce (OpenID Connect Core 1.0
 * section 3.1, RFC 7636). What it says of itself is asked for when it is first needed, and again after it failed, so that its absence
 * does not keep the console from starting.
 */
export function createIdentityProvider(options: IdentityProviderOptions) {
  let known: Promise<Configuration> | undefined
  let named: Configuration | undefined
  const configuration = (): Promise<Configuration> => {
    known ??= discover(options).then(
      (found) => {
        named = found
        return found
      },
      (error: unknown) => {
        known = undefined
        throw problemOf(error)
      },
    )
    return known
  }
  return {
    /** Asks what the provider says of itself. Throws `away`. */
    reach: async (): Promise<void> => void (await configuration()),
    async begin(): Promise<{ flow: OidcFlow; url: URL }> {
      const [found, client] = await Promise.all([configuration(), import('openid-client')])
      const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()]
      const url = client.buildAuthorizationUrl(found, {
        ...{ redirect_uri: options.redirectUri, scope: options.scopes, state, nonce },
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      return { flow: { state, nonce, verifier }, url }
    },
    /** Gives the code for tokens. `search`: the query with which the browser came back. Throws `sign_in_refused` or `away`. */
    async finish(search: string, flow: OidcFlow): Promise<{ claims: Claims; idToken: string }> {
      try {
        return await redeemed(await configuration(), options, { search, flow })
      } catch (error) {
        throw problemOf(error)
      }
    },
    /** Where a browser signs out at the provider too; null where it offers nothing of the kind, or has never answered. */
    async signOutUrl(idToken: string): Promise<string | null> {
      if (named?.serverMetadata().end_session_endpoint === undefined) return null
      const { buildEndSessionUrl } = await import('openid-client')
      const hint: Record<string, string> = idToken === '' ? {} : { id_token_hint: idToken }
      return buildEndSessionUrl(named, { ...hint, post_logout_redirect_uri: options.signedOutUri }).href
    },
  }
}

async function discover({ issuer, clientId, clientSecret }: IdentityProviderOptions): Promise<Configuration> {
  const client = await import('openid-client')
  const basic = client.ClientSecretBasic(clientSecret)
  const post = client.ClientSecretPost(clientSecret)
  /** Basic is the default of the standard, and what is left out of the metadata. */
  const bySecret: ClientAuth = (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    return (methods.includes('client_secret_basic') ? basic : post)(server, ...rest)
  }
  const isPlain = new URL(issuer).protocol === 'http:'
  return client.discovery(new URL(issuer), clientId, {}, clientSecret === undefined ? client.None() : bySecret, {
    timeout: patienceSeconds,
    // The signature of the ID token is checked too, not only the TLS that it came through. Plain HTTP is for a provider on this machine.
    execute: [client.enableNonRepudiationChecks, ...(isPlain ? [client.allowInsecureRequests] : [])],
  })
}

async function redeemed(
  found: Configuration,
  { redirectUri, groupsClaim }: IdentityProviderOptions,
  { search, flow }: { search: string; flow: OidcFlow },
): Promise<{ claims: Claims; idToken: string }> {
  const { authorizationCodeGrant, fetchUserInfo } = await import('openid-client')
  // The address is our own, whatever name the request came under: the provider compares it with the one that was asked for.
  const tokens = await authorizationCodeGrant(found, new URL(search, redirectUri), {
    ...{ expectedState: flow.state, expectedNonce: flow.nonce, pkceCodeVerifier: flow.verifier },
    idTokenExpected: true,
  })
  const claims = tokens.claims()
  const idToken = tokens.id_token
  if (claims === undefined || idToken === undefined)
    throw new ConsoleProblem('sign_in_refused', 'The identity provider sent no ID token.')
  const isWhole = claimAt(claims, groupsClaim) !== undefined
  if (isWhole || found.serverMetadata().userinfo_endpoint === undefined) return { claims, idToken }
  // Many providers keep groups and names out of the ID token.
  const more = await fetchUserInfo(found, tokens.access_token, claims.sub)
  return { claims: { ...more, ...claims }, idToken }
}

/** What somebody who signs in hears. No text of the provider is repeated but its error code. */
function problemOf(error: unknown): ConsoleProblem {
  if (error instanceof ConsoleProblem) return error
  const { code, status, error: said } = facts(error)
  if (said === 'invalid_client' || said === 'unauthorized_client') {
    const secret = 'STRAYLIGHT_CONSOLE_OIDC_CLIENT_SECRET (or STRAYLIGHT_CONSOLE_OIDC_CLIENT_SECRET_FILE)'
    const check = `Whoever runs Straylight must check STRAYLIGHT_CONSOLE_OIDC_CLIENT_ID and ${secret}.`
    return refused(`The identity provider does not know this console, or refuses its secret. ${check}`, error)
  }
  if (said === 'invalid_grant')
    return refused('This sign-in was used before, or took too long. Begin again: choose to sign in once more.', error)
  if (said !== undefined && /^[a-z_]{1,60}$/.test(said) && (status === undefined || status < 500))
    return refused(`The identity provider refused (${said}). Begin again, or ask whoever runs it.`, error)
  if (isAway(error, code, status)) {
    const other = 'Try again, or sign in by a link: `straylight link` on its machine prints one.'
    return new ConsoleProblem('away', `The identity provider does not answer. ${other}`, { cause: error })
  }
  const what = code === undefined ? '' : ` (${code})`
  return refused(`What came back from the identity provider does not fit what was asked${what}. Begin again.`, error)
}

const refused = (message: string, cause: unknown): ConsoleProblem =>
  new ConsoleProblem('sign_in_refused', message, { cause })

function isAway(error: unknown, code: string | undefined, status: number | undefined): boolean {
  if (code === 'OAUTH_TIMEOUT' || code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' || code === 'OAUTH_RESPONSE_IS_NOT_JSON')
    return true
  // `fetch` says so of whatever keeps it from an answer.
  return (status !== undefined && status >= 500) || (error instanceof TypeError && error.message === 'fetch failed')
}

function facts(error: unknown): { code?: string; status?: number; error?: string } {
  if (typeof error !== 'object' || error === null) return {}
  const { code, status, error: said } = error as { code?: unknown; status?: unknown; error?: unknown }
  return {
    ...(typeof code === 'string' && /^[A-Z_]{1,60}$/.test(code) ? { code } : {}),
    ...(typeof status === 'number' ? { status } : {}),
    ...(typeof said === 'string' ? { error: said } : {}),
  }
}
