import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { artifactOf, networkOf } from '../../test-support/model-of.ts'
import { featureNames, features } from '../features/feature.ts'
import { seededRandom } from '../training/seeded-random.ts'
import { ModelError, ScoringModel } from './scoring-model.ts'
import { openTensorBackend } from './tensor-backend.ts'

before(() => openTensorBackend('wasm'))

const random = seededRandom(2)
const deviations = Array.from({ length: 50 }, () => new Float64Array(features.length).map(() => 8 * random.next()))

test('a file that is no model is refused with its place and what to do', () => {
  const refused = (raw: unknown, message: RegExp) =>
    assert.throws(
      () => ScoringModel.parse(raw, 'model.json'),
      (error) => error instanceof ModelError && message.test(error.message),
    )
  refused({}, /^model\.json: .*straylight train/)
  refused(undefined, /^model\.json: the file: /)
  refused({ ...artifactOf(), hold_level: 'high' }, /hold_level/)
  refused({ ...artifactOf(), features: featureNames.slice(1) }, /other features/)
  refused({ ...artifactOf(), features: [...featureNames].reverse() }, /other features/)
})

test('a model of the former form is read as the present one, and no other form is', () => {
  const evidence = { ...artifactOf(), sum: [], hold_level: 7 }
  const { without_provenance: _, ...rest } = artifactOf()
  const former = { ...rest, format: 'straylight-model/1', plain: evidence }
  const read = ScoringModel.parse(former, 'model.json')
  assert.deepEqual(read, ScoringModel.parse(artifactOf({ without_provenance: evidence }), 'model.json'))
  assert.equal(read.without_provenance?.hold_level, 7)
  assert.equal(ScoringModel.parse({ ...former, plain: null }, 'model.json').without_provenance, null)
  const message = /format: expected straylight-model\/2 or straylight-model\/1; make a model/
  assert.throws(() => ScoringModel.parse({ ...rest, format: 'straylight-model/3' }, 'model.json'), message)
  assert.throws(() => ScoringModel.parse(rest, 'model.json'), /without_provenance/)
})

test('a model that fits comes through', () => {
  assert.deepEqual(ScoringModel.parse(artifactOf(), 'model.json'), artifactOf())
})

test('without a network nothing is added', () => {
  const added = new ScoringModel(artifactOf()).networkContributions(deviations)
  assert.deepEqual(added, new Float64Array(deviations.length))
})

test('the network adds its weight in deviations from its mean, the same in any batch', () => {
  const net = networkOf(4)
  const whole = new ScoringModel(artifactOf({ net })).networkContributions(deviations)
  const twice = new ScoringModel(artifactOf({ net: { ...net, weight: 2 * net.weight } })).networkContributions(
    deviations,
  )
  const shifted = new ScoringModel(artifactOf({ net: { ...net, mean: net.mean + net.scale } }))
  whole.forEach((added, at) => {
    assert.ok(Math.abs((twice[at] as number) - 2 * added) < 1e-9)
  })
  shifted.networkContributions(deviations).forEach((added, at) => {
    assert.ok(Math.abs((whole[at] as number) - added - net.weight) < 1e-9)
  })
  const model = new ScoringModel(artifactOf({ net }))
  deviations.forEach((deviation, at) => {
    assert.equal(model.networkContributions([deviation])[0], whole[at])
  })
  assert.equal(new Set(whole).size, whole.length)
})
