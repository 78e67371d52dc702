import type { Formats } from '@straylight/ingest/formats/create-formats'
import { createContentHashers } from '@straylight/ingest/record/content-hashers'
import type { AllSettings } from '@straylight/runtime/settings/config'
import { contentKey } from './profile-key-file.ts'

/** Formats as a deployment reads them: where it has a key for content, contents are hashed under it. `keys`: the folder of its keys. */
export async function deploymentFormats(formats: Formats, settings: AllSettings, keys: string): Promise<Formats> {
  const key = await contentKey(settings, keys)
  return key === null ? formats : { ...formats, hasherFor: createContentHashers(key, settings.STRAYLIGHT_TENANT) }
}
