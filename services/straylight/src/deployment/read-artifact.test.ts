import assert from 'node:assert/strict'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { artifactFile, defaultArtifactPath, readArtifact } from './read-artifact.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-artifact-'))
})
after(() => rm(folder, { recursive: true, force: true }))

test('a model is taken by its file, and by the folder that train wrote it into', async () => {
  await assert.rejects(readArtifact(folder), (error: Error) => error.message.startsWith(join(folder, 'model.json')))
  await copyFile(defaultArtifactPath, join(folder, artifactFile))
  const shipped = await readArtifact()
  assert.deepEqual(await readArtifact(folder), shipped)
  assert.deepEqual(await readArtifact(join(folder, artifactFile)), shipped)
})
