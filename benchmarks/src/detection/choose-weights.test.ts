import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScoringModel } from '@straylight/models/scoring/scoring-model'
import { defaultSum, type SumTerm } from '@straylight/models/scoring/transparent-sum'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { readArtifact } from 'straylight/deployment/read-artifact'
import { historyEvents } from '../history.ts'
import { chooseWeights, untouched } from './choose-weights.ts'
import { detectionQuality } from './detection-quality.ts'
import { judgeByScores } from './judge-by-scores.ts'
import { KeptDeviations } from './kept-deviations.ts'
import { learntDeployment } from './learnt-deployment.ts'
import { replayedTest } from './replayed-test.ts'
import type { StreamLabel } from './stream-event.ts'

const { events } = historyEvents({ events: 1_500, tenants: 1, agents: [6, 8], days: 5 })
/** Some sessions go to a stranger; nothing else about them is odd. */
const later = events.slice(1_000).map((event) => (isAttack(event) ? strayed(event) : event))
const deployment = learntDeployment(events.slice(0, 1_000))
const labels = new Map(later.map((event) => [event.id, labelOf(event)]))

const artifact = { ...(await readArtifact()), without_provenance: null, net: null }
const replayed = replayedTest(deployment, later, new ScoringModel(artifact))
const kept = new KeptDeviations(deployment, replayed, labels)

function sessionOf({ id, session }: AgentEvent): string {
  return session ?? id
}

function isAttack(event: AgentEvent): boolean {
  return [...sessionOf(event)].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 13 === 0
}

function strayed(event: AgentEvent): AgentEvent {
  return { ...event, destinations: ['thief@elsewhere.example'] }
}

function labelOf(event: AgentEvent): StreamLabel {
  const is = isAttack(event)
  return {
    ...{ id: event.id, agent: event.agent, session: sessionOf(event), phase: 'test', sparse: true },
    ...{ label: is ? 'attack' : 'benign', session_label: is ? 'attack' : 'clean' },
  } as StreamLabel
}

test('what a choice of weights is graded by is what the product would find with them', () => {
  for (const terms of [defaultSum, untouched(defaultSum, [kept])]) {
    const { sum } = new ScoringModel({ ...artifact, sum: [...terms] })
    const scored = judgeByScores(deployment, replayed, (rows) => rows.map((row) => sum.of(row)))
    const { curve } = detectionQuality(scored, labels)
    const found = kept.recallsOf(terms)
    assert.ok(curve.length > 0)
    for (const { rate, recall } of found) {
      const atMost = curve.filter((point) => point.rate <= rate).at(-1)?.recall ?? 0
      assert.ok(Math.abs(recall - atMost) < 0.1, `at ${rate}: ${recall} against ${atMost}`)
    }
  }
})

test('chosen weights find no less than untouched ones, twice the same, and keep what no stream exercises', () => {
  const chosen = chooseWeights(defaultSum, [kept])
  assert.ok(kept.recallOf(chosen) >= kept.recallOf(untouched(defaultSum, [kept])))
  assert.deepEqual(chooseWeights(defaultSum, [kept]), chosen)
  for (const [at, term] of defaultSum.entries())
    if (!kept.has(term.feature)) assert.deepEqual(chosen[at] as SumTerm, term)
})

test('where a search begins no weight of the product has a say', () => {
  const other = defaultSum.map((term) => ({ ...term, weight: 3 * term.weight, cap: 2 * term.cap }))
  const exercised = (terms: readonly SumTerm[]) => terms.filter(({ feature }) => kept.has(feature))
  assert.deepEqual(exercised(untouched(other, [kept])), exercised(untouched(defaultSum, [kept])))
})
