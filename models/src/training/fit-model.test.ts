import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { ModelArtifact } from '@straylight/schemas/model-artifact'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { hasher, originDay, shapeOf } from '../../test-support/taught.ts'
import { Comparison } from '../features/comparison.ts'
import { deviationOf } from '../features/deviation.ts'
import { featureNames } from '../features/feature.ts'
import { budgetShareWithoutProvenance, pValueOf, sharingBudget } from '../scoring/calibration.ts'
import { ScoringModel } from '../scoring/scoring-model.ts'
import { openTensorBackend } from '../scoring/tensor-backend.ts'
import { sessionRisk } from '../session/session-risk.ts'
import { eventScores, fitModel } from './fit-model.ts'
import { type LearntHistory, learnHistory } from './learn-history.ts'
import { seededRandom } from './seeded-random.ts'

before(() => openTensorBackend('wasm'))

const minute = 60_000
/** Six agents of two roles, so many sessions each of four to seven calls. */
function historyOf(sessions: number, tells: (agent: number) => boolean = () => false): LearntHistory {
  const random = seededRandom(3)
  const events = []
  for (let session = 0; session < sessions; session++) {
    for (let agent = 0; agent < 6; agent++) {
      const role = agent % 2
      for (let call = 0; call < 4 + random.below(4); call++) {
        events.push(
          eventOf({
            agent: `agent-${agent}`,
            session: `${agent}-${session}`,
            system: role === 0 ? 'erp' : 'mail',
            action: ['list', 'read', 'send'][random.below(3)]!,
            destinations: [`u${random.below(5)}@role${role}.example`],
            argument_names: ['id'],
            bytes_sent: 100 + random.below(400),
            bytes_received: 1000 + random.below(4000),
            outcome: 'success',
            privilege: 'read',
            ...(tells(agent) ? { argument_values: { id: [`a:${random.below(9)}`] }, result_values: ['a:1'] } : {}),
            time: noon + session * 60 * minute + call * minute + agent,
          }),
        )
      }
    }
  }
  const groups = new Map(Array.from({ length: 6 }, (_, agent) => [`acme|agent-${agent}`, `role${agent % 2}`]))
  return learnHistory(events, { hasher, originDay, groups })
}
const options = (seed: number) => ({ hasher, seed, name: 'small', command: 'test', historySha256: '0'.repeat(64) })

test('the same history and seed fit the same bytes, another seed another network', async () => {
  const [one, again, other] = [
    await fitModel(historyOf(12), options(1)),
    await fitModel(historyOf(12), options(1)),
    await fitModel(historyOf(12), options(2)),
  ]
  assert.equal(JSON.stringify(again), JSON.stringify(one))
  assert.notEqual(JSON.stringify(other.net), JSON.stringify(one.net))
})

test('a fitted model is whole, says what it came from, and leaves history as it was', async () => {
  const history = historyOf(12)
  const before = [...history.profiles].map(([key, profile]) => [key, profile.table.pack()])
  const said: string[] = []
  const artifact = await fitModel(history, { ...options(1), onProgress: (sentence) => said.push(sentence) })
  assert.deepEqual(ScoringModel.parse(JSON.parse(JSON.stringify(artifact)), 'test'), ModelArtifact.parse(artifact))
  assert.deepEqual(artifact.features, featureNames)
  const { events, sessions, agents, seed } = artifact.origin
  assert.deepEqual([sessions, agents, seed], [72, 6, 1])
  assert.ok(events > 72 * 4 && events < 72 * 8)
  assert.ok(said.length > 0)
  assert.deepEqual(
    [...history.profiles].map(([key, profile]) => [key, profile.table.pack()]),
    before,
  )
})

test('what it has never seen stands far above what it knows, with and without the network', async () => {
  const history = historyOf(20)
  const artifact = await fitModel(history, options(1))
  assert.ok(artifact.net)
  const [session] = history.sessions
  const levels = history.levelsOf(session!)
  const usual = session!.events[1]!.shape
  const strange = {
    ...usual,
    destinations: shapeOf({ destinations: ['https://drop.evil.example'] }).destinations,
    bytes_sent: 2 ** 30,
    privileges: ['privilege:root'],
  }
  for (const net of [artifact.net, null]) {
    const model = new ScoringModel({ ...artifact, net })
    const [calm, wild] = eventScores(
      model,
      [usual, strange].map((shape) => deviationOf(new Comparison({ shape, ...levels, scale: 1, hasher }))),
    )
    const p = (score: number) =>
      pValueOf(artifact.calibration, sessionRisk(score, levels.profile.maxima, artifact.session_maximum))
    assert.ok(p(calm!) > 0.1, `usual: ${p(calm!)}`)
    assert.ok(p(wild!) < 0.001, `strange: ${p(wild!)}`)
    model.dispose()
  }
})

test('of its own ordinary sessions about as many pass a p-value as it says', async () => {
  const { calibration } = await fitModel(historyOf(30), options(1))
  assert.equal(calibration.sessions, 180)
  const median = calibration.quantiles[90]!
  assert.ok(Math.abs(pValueOf(calibration, median) - 0.5) < 0.05)
})

test('what reported values come to is learnt of sessions that tell them, evidence without provenance of all', async () => {
  const half = await fitModel(
    historyOf(12, (agent) => agent < 3),
    options(1),
  )
  assert.deepEqual([half.calibration.sessions, half.without_provenance?.calibration.sessions], [36, 72])
  const none = await fitModel(historyOf(12), options(1))
  const evidence = none.without_provenance?.calibration ?? assert.fail('no evidence without provenance')
  assert.deepEqual([none.calibration, evidence.sessions], [sharingBudget(evidence, budgetShareWithoutProvenance), 72])
  assert.ok(none.session_maximum.deviation > 1.5 * (none.without_provenance?.session_maximum.deviation ?? Number.NaN))
})

test('too little history makes a model without a network that calls nothing rare', async () => {
  const artifact = await fitModel(historyOf(1), options(1))
  assert.equal(artifact.net, null)
  assert.ok(pValueOf(artifact.calibration, 3) > 0.01)
  const empty = await fitModel(learnHistory([], { hasher, originDay, groups: new Map() }), options(1))
  assert.equal(empty.net, null)
  assert.doesNotThrow(() => new ScoringModel(ScoringModel.parse(empty, 'empty')))
})
