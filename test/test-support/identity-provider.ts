import { createServer, type Server } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import Provider, { type Configuration } from 'oidc-provider'

/** What an ID token says, before it is signed. */
export type TokenClaims = Record<string, unknown>

/** A real OpenID provider on this machine, which a test can make lie. */
export interface TestProvider {
  readonly issuer: string
  /** Changes what ID tokens say, and signs them again with the provider's key. */
  lie: ((claims: TokenClaims) => TokenClaims) | undefined
  /** Replaces a signed ID token. */
  replace: ((token: string) => Promise<string> | string) | undefined
  /** Claims of each account, beside `sub`. */
  readonly people: Map<string, TokenClaims>
  stop(): Promise<void>
  start(): Promise<void>
}

export const testClient = { id: 'straylight-console', secret: 'a secret of some forty characters, at least' } as const

/** `claimsInToken`: groups stand in the ID token, not at the userinfo endpoint alone. */
export async function startTestProvider(at: {
  port: number
  consoleUrl: string
  claimsInToken?: boolean
}): Promise<TestProvider> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const issuer = `http://127.0.0.1:${at.port}`
  const people = new Map<string, TokenClaims>()
  const provider = new Provider(issuer, configuration(at, people, jwk))
  const made: Pick<TestProvider, 'lie' | 'replace'> = { lie: undefined, replace: undefined }
  provider.use(async (context, next) => {
    await next()
    if (context.path !== '/token' || context.status !== 200) return
    const body = context.body as { id_token: string }
    const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1] ?? '', 'base64url').toString()) as TokenClaims
    const signed =
      made.lie === undefined
        ? body.id_token
        : await new SignJWT(made.lie(claims)).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(privateKey)
    context.body = { ...body, id_token: made.replace === undefined ? signed : await made.replace(signed) }
  })
  let server: Server
  const start = async (): Promise<void> => {
    const handle = provider.callback()
    server = createServer((request, response) => void handle(request, response))
    await new Promise<void>((resolve) => server.listen(at.port, '127.0.0.1', resolve))
  }
  await start()
  return Object.assign(made, {
    ...{ issuer, people, start },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

function configuration(
  { consoleUrl, claimsInToken = false }: { consoleUrl: string; claimsInToken?: boolean },
  people: ReadonlyMap<string, TokenClaims>,
  jwk: object,
): Configuration {
  return {
    clients: [
      {
        client_id: testClient.id,
        client_secret: testClient.secret,
        redirect_uris: [`${consoleUrl}/sign-in/oidc/back`],
        post_logout_redirect_uris: [`${consoleUrl}/sign-in`],
      },
    ],
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups', 'realm_access', 'tenant', 'role'] },
    conformIdTokenClaims: !claimsInToken,
    cookies: { keys: ['of the test'] },
    jwks: { keys: [jwk] },
    features: { devInteractions: { enabled: true } },
    pkce: { required: () => true },
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ ...people.get(sub), sub }) }),
  }
}
