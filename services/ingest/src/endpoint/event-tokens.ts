import { createHash, timingSafeEqual } from 'node:crypto'
import { readYamlFile } from '@straylight/runtime/settings/yaml-file'
import { type EventToken, EventTokens } from '@straylight/schemas/event-token'

/** Reads `tokens.yaml`. Throws `BadFile` with file, line and what was expected. */
export function readTokens(path: string): Promise<EventToken[]> {
  return readYamlFile(path, EventTokens)
}

/**
 * The holder of a bearer token, `null` for nobody's. Looks at every token whatever it finds, so that the time it takes
 * tells nothing about how near a guess came.
 */
export function tokenHolderOf(tokens: readonly EventToken[], authorization: string | undefined): EventToken | null {
  const given = /^Bearer +([\x21-\x7e]{1,1024}) *$/i.exec(authorization ?? '')?.[1]
  if (given === undefined) return null
  const digest = createHash('sha256').update(given).digest()
  let holder: EventToken | null = null
  for (const token of tokens) if (timingSafeEqual(Buffer.from(token.token_sha256, 'hex'), digest)) holder = token
  return holder
}
