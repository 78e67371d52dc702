import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScoringModel } from '@straylight/models/scoring/scoring-model'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { eventScores } from '@straylight/models/training/fit-model'
import { historyEvents } from '../history.ts'
import { fitZoo, modelNames } from './fit-zoo.ts'
import { judgeByArtifact } from './judge-by-artifact.ts'
import { judgeByScores, usualOf } from './judge-by-scores.ts'
import { learntDeployment, sessionMaxima } from './learnt-deployment.ts'
import { replayedTest } from './replayed-test.ts'

/** A small made-up fleet: the first two thirds are its past. */
const { events } = historyEvents({ events: 1_500, tenants: 1, agents: [6, 8], days: 5 })
const past = events.slice(0, 1_000)
const later = events.slice(1_000)

test('rivals are judged as the product judges its own score', async () => {
  await openTensorBackend('wasm')
  const deployment = learntDeployment(past)
  const { artifact: fitted, models, dispose } = await fitZoo(deployment, 1, true)
  // This past does not tell what arguments held, and evidence without provenance has a line of its own: judged as if there were none.
  const model = new ScoringModel({ ...fitted, without_provenance: null })
  const usual = usualOf(sessionMaxima(deployment, (deviations) => eventScores(model, deviations)))
  const artifact = { ...model.artifact, ...usual }
  const replayed = replayedTest(deployment, later, model)
  const ours = judgeByArtifact(deployment, replayed, artifact)
  const alike = judgeByScores(deployment, replayed, (deviations) => eventScores(model, deviations))
  assert.equal(ours.length, later.length)
  for (const [at, own] of ours.entries()) {
    const other = alike[at]
    assert.equal(other?.id, own.id)
    for (const part of ['score', 'risk', 'p_value'] as const) {
      const difference = Math.abs((other?.[part] as number) - own[part])
      assert.ok(difference <= 1e-9 * Math.max(1, Math.abs(own[part])), `${own.id}: ${part} differs by ${difference}`)
    }
  }
  model.dispose()
  assert.deepEqual(
    models.map(({ name }) => name),
    Object.values(modelNames),
  )
  // Judging twice is judging alike: no model leaves anything behind for the next.
  for (const each of models) assert.deepEqual(each.judge(replayed), each.judge(replayed), each.name)
  assert.deepEqual(judgeByArtifact(deployment, replayed, artifact), ours)
  dispose()
})
