import { readTokens } from '@straylight/ingest/endpoint/event-tokens'
import { readRegistry } from '../deployment/read-registry.ts'
import type { CredentialEvidence } from './automatic-revocation.ts'

/** What the files of a deployment say of whose a credential is. Throws where one can't be read. */
export async function credentialEvidence(settings: {
  readonly STRAYLIGHT_REGISTRY?: string | undefined
  readonly STRAYLIGHT_TOKENS?: string | undefined
}): Promise<CredentialEvidence> {
  const { STRAYLIGHT_REGISTRY: registry, STRAYLIGHT_TOKENS: tokens } = settings
  const { agents } = await readRegistry(registry)
  return { agents, tokens: tokens === undefined ? [] : await readTokens(tokens) }
}
