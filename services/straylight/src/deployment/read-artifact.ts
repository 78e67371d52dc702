import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { ModelError, ScoringModel } from '@straylight/models/scoring/scoring-model'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'

/** The artifact that ships, made by `npm run default-model`. */
export const defaultArtifactPath = fileURLToPath(new URL('../../../../models/artifacts/default.json', import.meta.url))

/** Reads a model file, or the one that ships. Throws ModelError that names the file, the path in it and what was expected. */
export async function readArtifact(path: string = defaultArtifactPath): Promise<ModelArtifact> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ModelError(`${path}: the model file can't be read (${reason}); make one with 'straylight train'`)
  }
  try {
    return ScoringModel.parse(JSON.parse(text), path)
  } catch (error) {
    if (error instanceof ModelError) throw error
    throw new ModelError(`${path}: not JSON; make a model with 'straylight train'`)
  }
}
