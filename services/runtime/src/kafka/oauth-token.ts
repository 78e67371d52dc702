import { parsedJson } from '@straylight/schemas/parsed-json'
import { z } from 'zod'

/** Client credentials (RFC 6749, section 4.4). */
export interface OAuthClient {
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scope?: string
  readonly timeoutMs: number
}

const Answer = z.object({ access_token: z.string().min(1), expires_in: z.number().positive().optional() })
/** A token is taken for old after this share of its life, so that none expires on its way. */
const freshShare = 0.8
/** RFC 6749 lets a server leave the life out. */
const lifeSecondsUnsaid = 60

/** Gives a token that is fresh: the last one, or a new one. Callers at the same time share one request. */
export function tokenSource(client: OAuthClient, now: () => number = Date.now): () => Promise<string> {
  let held: { token: string; untilMs: number } | undefined
  let asking: Promise<string> | undefined

  async function ask(): Promise<string> {
    const { access_token: token, expires_in: seconds = lifeSecondsUnsaid } = await requestToken(client)
    held = { token, untilMs: now() + seconds * 1000 * freshShare }
    return token
  }

  return async () => {
    if (held !== undefined && now() < held.untilMs) return held.token
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return asking
  }
}

async function requestToken(client: OAuthClient): Promise<z.infer<typeof Answer>> {
  const { tokenUrl, clientId, clientSecret, scope, timeoutMs } = client
  const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')
  const response = await fetch(tokenUrl, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}`, accept: 'application/json' },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) }),
    signal: AbortSignal.timeout(timeoutMs),
  })
  const text = await response.text()
  // The answer may repeat what was sent: only its status is reported on.
  if (!response.ok)
    throw new Error(
      `${tokenUrl} gave no token: status ${response.status}. Check KAFKA_OAUTH_CLIENT_ID, its secret and KAFKA_OAUTH_SCOPE.`,
    )
  const answer = Answer.safeParse(parsedJson(text))
  if (answer.success) return answer.data
  throw new Error(`${tokenUrl} did not answer with an access_token as JSON`)
}
