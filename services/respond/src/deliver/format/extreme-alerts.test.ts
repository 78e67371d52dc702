import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert, Delivery } from '@straylight/schemas/alert'
import { Cause, type Contribution, Severity } from '@straylight/schemas/finding'
import fc from 'fast-check'
import { sampleFindingOf, startMs } from '../../../test-support/finding-of.ts'
import { productFormats, publishedShapes } from '../../../test-support/published-shapes.ts'
import { sampleAlertOf } from '../../../test-support/sample-alert.ts'
import { alertSummary } from '../../alert/alert-summary.ts'
import { bodyBytesMax, renderDigest, renderFormat, renderPlainFormat } from '../render-webhook.ts'

// Alerts as large and as odd as the schema lets them be: what products publish as their bounds holds for each.

const text = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.constantFrom('', ' ', '\n', '\u{202e}moc.elpmaxe', '\u0000\u001b[31m', '\ud83d', '\udc00x'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('א'.repeat(700), '👩‍👩‍👧'.repeat(300), '\\"'.repeat(900), '\u0001'.repeat(2_000)),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
  { weight: 2, arbitrary: fc.string({ maxLength: 60 }) },
)
const name = text.map((one) => (one === '' ? 'x' : one))

const contribution = fc.record({
  feature: fc.constantFrom('system_new', 'destination_new', 'volume_sent'),
  value: fc.double({ min: 0, max: 1e9, noNaN: true }),
  contribution: fc.double({ min: -50, max: 500, noNaN: true }),
  expected: text,
  seen: text,
}) satisfies fc.Arbitrary<Contribution>

const findings = fc.array(
  fc.record({
    ...{ agent: name, system: name, action: name, session: name, event_id: name, target: name, credential_id: name },
    contributions: fc.oneof(fc.constant<Contribution[]>([]), fc.array(contribution, { maxLength: 60 })),
    reasons: fc.oneof(fc.constant<string[]>([]), fc.array(text, { maxLength: 200 })),
    p_value: fc.constantFrom(0, 1e-300, 0.5, 1),
    score: fc.constantFrom(0, 1e9, -3),
    severity: fc.constantFrom(...Severity.options),
    registered: fc.boolean(),
    techniques: fc.array(fc.constantFrom('ASI02', 'AML.T0086', 'LLM06', 'T1078'), { maxLength: 40 }),
  }),
  { minLength: 1, maxLength: 30 },
)

const alerts = fc
  .record({
    findings,
    ...{ agent: name, tenant: name, target: name, owner: fc.option(name, { nil: undefined }), limit: text },
    cause: fc.constantFrom(...Cause.options),
    severity: fc.constantFrom(...Severity.options),
    state: fc.constantFrom('open', 'awaiting_approval', 'closed'),
    peers: fc.array(name, { minLength: 2, maxLength: 300 }),
    isOfRole: fc.boolean(),
    events: fc.array(name, { maxLength: 100 }),
  })
  .map(({ findings: given, owner, limit, peers, isOfRole, events, ...rest }): Alert => {
    const whole = given.map((one, at) => sampleFindingOf(at + 1, { ...one, ...rest, tenant: rest.tenant }))
    const group = { group: `role:${peers[0]}`, size: peers.length, joined_at: startMs }
    const role_change = { ...group, agents: peers.map((agent) => ({ agent, tier: 'low' as const })) }
    const more: Partial<Alert> = {
      ...{ findings: whole, finding_count: whole.length, event_ids: events, state: rest.state },
      response_limited_by: limit,
      ...(isOfRole ? { role_change } : {}),
    }
    const { owner: _owner, ...alert } = sampleAlertOf({ ...rest }, more)
    const owned: Alert = { ...alert, ...(owner === undefined ? {} : { owner }) }
    return { ...owned, summary: alertSummary(owned) }
  })

const events = fc.constantFrom<Delivery['event'][]>(
  ...(['agent.alert.created', 'agent.alert.updated', 'agent.alert.closed', 'agent.approval.requested'] as const),
  ...(['agent.command.issued', 'agent.command.waiting', 'agent.command.completed', 'agent.command.failed'] as const),
  'agent.webhook.test',
)

/** Every text in a value. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}

test('alerts of 30 findings, 200 reasons, 300 peers, control and bidirectional characters keep every published bound', () => {
  fc.assert(
    fc.property(alerts, events, (alert, event) => {
      for (const format of productFormats)
        for (const render of [renderFormat, renderPlainFormat]) {
          const body = render(format, alert, event, startMs)
          assert.ok(Buffer.byteLength(body) < bodyBytesMax, format)
          const parsed: unknown = JSON.parse(body)
          const { success, error } = publishedShapes[format].safeParse(parsed)
          assert.ok(success, `${format}: ${error?.message}`)
          for (const one of textsOf(parsed)) assert.ok(one.isWellFormed(), format)
        }
    }),
    { numRuns: 60 },
  )
})

/** Control characters but line ends, and those that turn the direction of a line. */
const unseen = /(?![\n\t])[\p{Cc}\p{Bidi_C}]/u

test('no character that is not seen, or that turns a line around, reaches a channel that people read', () => {
  fc.assert(
    fc.property(alerts, events, fc.constantFrom('slack', 'teams', 'pagerduty'), (alert, event, format) => {
      for (const one of textsOf(JSON.parse(renderFormat(format, alert, event, startMs)))) {
        assert.ok(!unseen.test(one), `${format}: ${JSON.stringify(one)}`)
      }
    }),
    { numRuns: 100 },
  )
})

test('a digest of any lines is in the shape of its channel', () => {
  const lines = fc.array(text, { maxLength: 300 })
  fc.assert(
    fc.property(text, lines, fc.constantFrom('slack', 'teams'), (headline, given, format) => {
      const body = renderDigest(format, { headline: `Digest ${headline}`, lines: given, data: {}, at: startMs })
      if (body !== undefined) publishedShapes[format].parse(JSON.parse(body))
    }),
    { numRuns: 100 },
  )
})
