import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding } from '@straylight/schemas/finding'
import type { Suppression } from '@straylight/schemas/suppression'
import { SuppressionIndex } from './suppression-index.ts'

const suppression: Suppression = {
  ...{ tenant: 'acme', agent: 'bot', cause: 'volume', target: 'mail/send', score_max: 50, alert_id: 'alr_1' },
  ...{ issuer: 'soc', role: 'owner', reason: 'month end', verdict_id: 'vdt_1', from: 1_000, until: 2_000 },
}
const index = new SuppressionIndex([suppression])
const like = { tenant: 'acme', agent: 'bot', cause: 'volume', target: 'mail/send', score: 50, log_time: 1_000 }
const marked = (change: Partial<Finding>) => index.marked({ ...like, ...change } as unknown as Finding).suppressed

test('the like is marked with who, why and until when', () => {
  assert.deepEqual(marked({}), {
    ...{ issuer: 'soc', role: 'owner', reason: 'month end', verdict_id: 'vdt_1', until: 2_000 },
  })
})

test('never what scores higher than the bound, before it was said, or once it has lapsed', () => {
  assert.equal(marked({ score: 50.01 }), undefined)
  assert.equal(marked({ log_time: 999 }), undefined)
  assert.notEqual(marked({ log_time: 1_999 }), undefined)
  assert.equal(marked({ log_time: 2_000 }), undefined)
})

test('never another tenant, agent, cause or target', () => {
  for (const change of [{ tenant: 'globex' }, { agent: 'bot-2' }, { cause: 'order' }, { target: 'mail/read' }] as const)
    assert.equal(marked(change), undefined)
})
