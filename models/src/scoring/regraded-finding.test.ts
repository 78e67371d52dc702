import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding } from '@straylight/schemas/finding'
import { regradedFinding } from './regraded-finding.ts'

const findingWith = (given: Partial<Finding>): Finding => ({ cause: 'volume', ...given }) as Finding

test('another budget grades what the score found, and nothing that was found beside it', () => {
  const rare = findingWith({ p_value: 0.000_005, severity: 'high' })
  assert.equal(regradedFinding(rare, 0.001), rare)
  assert.equal(regradedFinding(rare, 0.0001).severity, 'medium')
  assert.equal(regradedFinding(rare, 0.05).severity, 'critical')
  for (const cause of ['slow_ramp', 'silent_agent', 'credential_shared', 'unowned_agent', 'changed_repeat'] as const) {
    const watched = findingWith({ cause, p_value: 0.000_005, severity: 'medium' })
    assert.equal(regradedFinding(watched, 0.1), watched)
  }
})
