import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Judgement } from '@straylight/models/scoring/judge'
import { createMetrics } from '@straylight/runtime/process/metrics'
import { countSessions, scoreMetrics } from './score-metrics.ts'

test('the realised alert rate stands beside the budget', async () => {
  const { registry } = createMetrics({ processMetrics: false })
  const metrics = scoreMetrics({ registry })
  // One in ten comes as far as a risk of 3, one in a hundred as far as 5.3.
  const calibration = { quantiles: [0], sessions: 1_000, excess_from: 3, excess_scale: 1, excess_share: 0.1 }
  const judging = { sessionAlertRate: 0.01, calibrationOf: () => calibration }
  const judged = (...risks: number[]) =>
    ({
      observed: { judging },
      ended: risks.map((highest_risk) => ({ tenant: 't', agent: 'bot', highest_risk })),
    }) as never as Judgement
  for (const judgement of [judged(), judged(0.5, -1), judged(9), judged(4)]) countSessions(metrics, judgement)
  const text = await registry.metrics()
  assert.match(text, /straylight_sessions_total\{alarming="false"\} 3/)
  assert.match(text, /straylight_sessions_total\{alarming="true"\} 1/)
  assert.match(text, /straylight_session_alert_budget 0.01/)
})

test('promise 11: sessions of made-up agents leave the realised rate as it is', async () => {
  const { registry } = createMetrics({ processMetrics: false })
  const metrics = scoreMetrics({ registry })
  const calibration = { quantiles: [0], sessions: 1_000, excess_from: 3, excess_scale: 1, excess_share: 0.1 }
  const isCounted = (_tenant: string, agent: string) => agent === 'bot'
  const judging = { sessionAlertRate: 0.01, calibrationOf: () => calibration, isCounted }
  for (const agent of ['bot', ...Array.from({ length: 500 }, (_, at) => `made-up-${at}`)]) {
    const ended = [{ tenant: 't', agent, highest_risk: 9 }]
    countSessions(metrics, { observed: { judging }, ended } as never as Judgement)
  }
  assert.match(await registry.metrics(), /straylight_sessions_total\{alarming="true"\} 1\n/)
})
