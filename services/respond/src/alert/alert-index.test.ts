import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Cause, type Finding, Severity } from '@straylight/schemas/finding'
import fc from 'fast-check'
import { sampleFindingOf, startMs } from '../../test-support/finding-of.ts'
import { acceptsEvidence, reopenWithinMs } from './accepts-evidence.ts'
import { closedAlert } from './alert-change.ts'
import { alertGroupOf, createAlertIndex, manyTargets, openAlertsPerAgentMax } from './alert-index.ts'
import { alertOfFinding, eventIdsMax, findingsBytesMax, withFinding } from './alert-of-finding.ts'
import { byGravity } from './leading-finding.ts'

const alertOf = (offset: number, given = {}) => {
  const finding = sampleFindingOf(offset, given)
  const { tenant, agent, cause, target } = finding
  return alertOfFinding(finding, { tenant, agent, cause, target })
}

test('the latest alert of agent, cause and target takes evidence while open and for seven days after', () => {
  const alertIndex = createAlertIndex()
  const alert = alertOf(1)
  alertIndex.put(alert)
  assert.equal(alertIndex.latest(alert)?.id, alert.id)
  assert.equal(alertIndex.latest({ ...alert, target: 'other' }), undefined)
  assert.equal(alertIndex.latest({ ...alert, cause: 'volume' }), undefined)
  assert.equal(alertIndex.latest({ ...alert, tenant: 'globex' }), undefined)
  const closed = closedAlert(alert, 'quiet', startMs)
  assert.equal(acceptsEvidence(closed, startMs + reopenWithinMs), true)
  assert.equal(acceptsEvidence(closed, startMs + reopenWithinMs + 1), false)
})

test('beyond twenty open alerts, an agent gets one more for each cause; what is open stays open', () => {
  const alertIndex = createAlertIndex()
  for (let offset = 0; offset < openAlertsPerAgentMax; offset++)
    alertIndex.put(alertOf(offset, { target: `t${offset}` }))
  const own = { tenant: 'acme', agent: 'invoice-bot' }
  const folded = (cause: Cause) => alertGroupOf(alertIndex, sampleFindingOf(99, { cause, target: 'new' }))
  assert.deepEqual(folded('new_destination'), { ...own, cause: 'new_destination', target: manyTargets })
  assert.deepEqual(folded('privilege'), { ...own, cause: 'privilege', target: manyTargets })
  assert.equal(alertGroupOf(alertIndex, sampleFindingOf(99, { target: 't3' })).target, 't3')
  assert.equal(alertGroupOf(alertIndex, sampleFindingOf(99, { target: 'new', agent: 'other' })).target, 'new')
  alertIndex.put(closedAlert(alertOf(0, { target: 't0' }), 'quiet', startMs))
  assert.equal(alertGroupOf(alertIndex, sampleFindingOf(99, { target: 'new' })).target, 'new')
})

test('promise 7: an alert keeps few findings whole, few bytes of them and a hundred event ids, and counts all', () => {
  let alert = alertOf(0)
  for (let offset = 1; offset < 300; offset++) alert = withFinding(alert, sampleFindingOf(offset), 10)
  assert.equal(alert.finding_count, 300)
  assert.equal(alert.findings.length, 10)
  assert.equal(alert.event_ids.length, eventIdsMax)
  const wide = sampleFindingOf(400, { reasons: ['x'.repeat(findingsBytesMax)] })
  assert.equal(withFinding(alertOf(0), wide, 10).findings.length, 1)
})

test('the gravest findings are kept, in the order in which they came, and their events are named', () => {
  let alert = alertOf(0, { severity: 'low' })
  alert = withFinding(alert, sampleFindingOf(1, { severity: 'low' }), 2)
  alert = withFinding(alert, sampleFindingOf(2, { severity: 'critical' }), 2)
  assert.equal(alert.severity, 'critical')
  const kept = () => alert.findings.map(({ id }) => id)
  assert.deepEqual(kept(), ['fnd_0_0', 'fnd_0_2'])
  for (let offset = 3; offset < 400; offset++)
    alert = withFinding(alert, sampleFindingOf(offset, { severity: 'low' }), 2)
  alert = withFinding(alert, sampleFindingOf(400, { severity: 'low', score: 30 }), 2)
  assert.deepEqual(kept(), ['fnd_0_2', 'fnd_0_400'])
  for (let offset = 401; offset < 500; offset++)
    alert = withFinding(alert, sampleFindingOf(offset, { severity: 'medium' }), 2)
  assert.deepEqual(kept(), ['fnd_0_2', 'fnd_0_401'])
  assert.equal(alert.event_ids.length, eventIdsMax)
  for (const { event_id } of alert.findings) assert.ok(alert.event_ids.includes(event_id), event_id)
})

test('promise 15: whatever comes, the gravest finding stays, within count and bytes, and no small one beside a graver that went', () => {
  const one = fc.record({
    severity: fc.constantFrom(...Severity.options),
    score: fc.integer({ min: 0, max: 60 }),
    wide: fc.constantFrom(1, 1, 60_000),
  })
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 6 }), (given, max) => {
      const findings = given.map(({ severity, score, wide }, offset) =>
        sampleFindingOf(offset, { severity, score, reasons: ['x'.repeat(wide)] }),
      )
      const [first, ...rest] = findings as [Finding, ...Finding[]]
      const { tenant, agent, cause, target } = first
      const start = alertOfFinding(first, { tenant, agent, cause, target })
      const alert = rest.reduce((grown, finding) => withFinding(grown, finding, max), start)
      assert.ok(alert.findings.length <= max)
      assert.ok(Buffer.byteLength(JSON.stringify(alert.findings)) <= findingsBytesMax + 100)
      const [worst] = findings.toSorted(byGravity)
      assert.ok(alert.findings.some(({ id }) => id === worst?.id))
    }),
  )
})

test('those that wait are the same, in the same order, as who looks through all of them finds', () => {
  const step = fc.record({
    offset: fc.integer({ min: 0, max: 6 }),
    change: fc.constantFrom(
      {},
      { command_state: 'approved' as const },
      { command_state: 'sent' as const },
      { limited_by_code: 'breaker' as const },
      { postponed: [] },
      'drop' as const,
    ),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const alertIndex = createAlertIndex()
      for (const { offset, change } of steps) {
        const alert = alertOf(offset)
        if (change === 'drop') alertIndex.drop(alert.id)
        else alertIndex.put({ ...alert, ...change })
      }
      const found = [...alertIndex.values()].filter(
        ({ command_state, limited_by_code, postponed }) =>
          command_state === 'approved' || limited_by_code === 'breaker' || postponed !== undefined,
      )
      assert.deepEqual([...alertIndex.waiting()], found)
    }),
  )
})
