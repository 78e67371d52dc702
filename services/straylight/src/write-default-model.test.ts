import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readArtifact } from './deployment/read-artifact.ts'
import { defaultModel } from './write-default-model.ts'

test('the model that ships is the one that npm run default-model makes', async () => {
  const shipped = await readArtifact()
  const made = await defaultModel(() => {})
  assert.deepEqual(made.origin, shipped.origin)
  assert.deepEqual(made.features, shipped.features)
  assert.deepEqual(made.sum, shipped.sum)
  // Another processor may round a sum of floats otherwise; anything more is another model.
  for (const [at, quantile] of made.calibration.quantiles.entries()) {
    assert.ok(Math.abs(quantile - (shipped.calibration.quantiles[at] as number)) < 1e-3, `quantile ${at}`)
  }
  assert.ok(Math.abs(made.hold_level - shipped.hold_level) < 1e-3)
  assert.ok(Math.abs(made.session_maximum.mean - shipped.session_maximum.mean) < 1e-3)
})
