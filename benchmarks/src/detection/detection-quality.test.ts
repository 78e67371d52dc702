import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auc, type Graded } from './auc.ts'
import { detectionQuality, type ScoredEvent } from './detection-quality.ts'
import { recallAtRate, recallCurve } from './recall-at-rate.ts'
import type { StreamLabel } from './stream-event.ts'
import { wilsonInterval } from './wilson-interval.ts'

const graded = (positives: number[], negatives: number[]): Graded[] => [
  ...positives.map((score) => ({ score, positive: true })),
  ...negatives.map((score) => ({ score, positive: false })),
]

test('auc counts pairs in order, and ties half', () => {
  assert.equal(auc(graded([3, 4], [1, 2])), 1)
  assert.equal(auc(graded([1, 2], [3, 4])), 0)
  assert.equal(auc(graded([5, 5], [5, 5, 5])), 0.5)
  // Pairs of 2 with 1, 2, 3: won, tied, lost; of 3: won, won, tied.
  assert.equal(auc(graded([2, 3], [1, 2, 3])), 4 / 6)
  assert.equal(auc(graded([1], [])), Number.NaN)
})

test('recallAtRate lets the stated share of negatives pass and no more', () => {
  const negatives = Array.from({ length: 100 }, (_, at) => at)
  // One negative in a hundred may pass: the threshold is the second highest, 98.
  assert.equal(recallAtRate(graded([98, 98.5, 99, 100], negatives), 0.01), 3 / 4)
  assert.equal(recallAtRate(graded([94, 95], negatives), 0.05), 1 / 2)
  // None of ten may pass at 1 %.
  assert.equal(recallAtRate(graded([9, 9.5], negatives.slice(0, 10)), 0.01), 1 / 2)
  assert.equal(recallAtRate(graded([], negatives), 0.01), Number.NaN)
})

test('recallCurve has a corner where recall rises, ties of both kinds in one step', () => {
  assert.deepEqual(recallCurve(graded([9, 5, 1], [6, 5, 4, 3]), 1), [
    { rate: 0, recall: 1 / 3 },
    { rate: 0.5, recall: 2 / 3 },
    { rate: 1, recall: 1 },
  ])
  assert.deepEqual(recallCurve(graded([9, 5, 1], [6, 5, 4, 3]), 0.2), [{ rate: 0, recall: 1 / 3 }])
})

test('wilsonInterval agrees with published values and stays within 0 and 1', () => {
  const round = (value: number) => Math.round(value * 1e4) / 1e4
  const some = wilsonInterval(81 / 263, 263)
  // Newcombe (1998), table I, method 3.
  assert.deepEqual([round(some.low), round(some.high)], [0.2553, 0.3662])
  const none = wilsonInterval(0, 20)
  assert.deepEqual([round(none.low), round(none.high)], [0, 0.1611])
  const all = wilsonInterval(1, 29)
  assert.deepEqual([round(all.low), round(all.high)], [0.883, 1])
  assert.deepEqual(wilsonInterval(Number.NaN, 0), { low: 0, high: 1 })
})

test('detectionQuality ignores what counts neither way and judges sessions by their highest event', () => {
  const labels = new Map<string, StreamLabel>()
  const scored: ScoredEvent[] = []
  const add = (
    session: string,
    session_label: StreamLabel['session_label'],
    events: [StreamLabel['label'], number, number][],
  ) => {
    for (const [label, score, p_value] of events) {
      const id = `${session}/${labels.size}`
      labels.set(id, { id, session, phase: 'test', label, session_label, sparse: true })
      scored.push({ id, score, risk: score, p_value })
    }
  }
  add('found', 'attack', [
    ['benign', 1, 0.5],
    ['attack_prep', 50, 0.4],
    ['attack', 9, 0.005],
  ])
  add('missed', 'attack', [['attack', 2, 0.2]])
  add('quiet', 'clean', [
    ['benign', 3, 0.3],
    ['benign', 8, 0.0005],
  ])
  add('resisted', 'resisted', [['benign', 1, 1]])
  add('left out', 'prep_only', [['ambiguous', 100, 1e-9]])
  const { curve, ...quality } = detectionQuality(scored, labels)
  assert.deepEqual(quality, {
    // 9 beats all four benign calls, 2 beats the two of 1.
    event_auc: 6 / 8,
    // At 1 % no quiet session may pass 8: only the session with 50 does.
    session_recall_1: 0.5,
    session_recall_5: 0.5,
    quiet_alerts_1: 0.5,
    alert_recall_1: 0.5,
    quiet_alerts_01: 0.5,
    alert_recall_01: 0,
    attack_events: 2,
    attack_sessions: 2,
    quiet_sessions: 2,
  })
  assert.deepEqual(curve, [{ rate: 0, recall: 0.5 }])
})

test('detectionQuality refuses an event without a label or without a finite score', () => {
  const event = { id: 'a', score: 1, risk: 1, p_value: 1 }
  assert.throws(() => detectionQuality([event], new Map()), /event a/)
  const label: StreamLabel = {
    ...{ id: 'a', session: 's', phase: 'test', label: 'benign', session_label: 'clean', sparse: true },
  }
  assert.throws(() => detectionQuality([{ ...event, score: Number.NaN }], new Map([['a', label]])), /event a/)
})
