import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ModelError, ScoringModel } from '@straylight/models/scoring/scoring-model'
import { errorText } from '@straylight/schemas/error-text'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'

/** The artifact that ships, made by `npm run default-model`. */
export const defaultArtifactPath = fileURLToPath(new URL('../../../../models/artifacts/default.json', import.meta.url))

/** What `straylight train --out FOLDER` writes into its folder. */
export const artifactFile = 'model.json'

/**
 * Reads a model file, the folder that `train` wrote one into, or the model that ships. Throws ModelError that names the
 * file, the path in it and what was expected.
 */
export async function readArtifact(given: string = defaultArtifactPath): Promise<ModelArtifact> {
  const isFolder = await stat(given).then(
    (found) => found.isDirectory(),
    () => false,
  )
  const path = isFolder ? join(given, artifactFile) : given
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const reason = errorText(error)
    throw new ModelError(`${path}: the model file can't be read (${reason}); make one with 'straylight train'`)
  }
  try {
    return ScoringModel.parse(JSON.parse(text), path)
  } catch (error) {
    if (error instanceof ModelError) throw error
    throw new ModelError(`${path}: not JSON; make a model with 'straylight train'`)
  }
}
