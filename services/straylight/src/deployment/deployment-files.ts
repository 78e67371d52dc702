import { readTokens } from '@straylight/ingest/endpoint/event-tokens'
import type { Formats } from '@straylight/ingest/formats/create-formats'
import { openFormats } from '@straylight/ingest/mappings/read-mappings'
import { readPolicy } from '@straylight/respond/decide/read-policy'
import type { AllSettings } from '@straylight/runtime/settings/config'
import type { Registry } from '@straylight/schemas/agent'
import type { EventToken } from '@straylight/schemas/event-token'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import type { Policy } from '@straylight/schemas/policy'
import { readArtifact } from './read-artifact.ts'
import { readRegistry } from './read-registry.ts'

/** What people wrote for a deployment, or the defaults: checked before anything is opened. */
export interface DeploymentFiles {
  readonly policy: Policy
  readonly registry: Registry
  readonly model: ModelArtifact
  readonly tokens: readonly EventToken[]
  readonly formats: Formats
}

/** Throws on the first file that is wrong, with file, line and what was expected. */
export async function readDeploymentFiles(settings: AllSettings): Promise<DeploymentFiles> {
  return {
    formats: await openFormats(settings.STRAYLIGHT_MAPPINGS),
    policy: await readPolicy(settings.STRAYLIGHT_POLICY),
    registry: await readRegistry(settings.STRAYLIGHT_REGISTRY),
    model: await readArtifact(settings.STRAYLIGHT_MODEL),
    tokens: settings.STRAYLIGHT_TOKENS === undefined ? [] : await readTokens(settings.STRAYLIGHT_TOKENS),
  }
}
