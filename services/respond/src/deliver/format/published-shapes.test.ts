import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cause, Severity } from '@straylight/schemas/finding'
import type { WebhookFormat } from '@straylight/schemas/policy'
import fc from 'fast-check'
import { detectionFindingShape } from '../../../test-support/detection-finding-shape.ts'
import { startMs } from '../../../test-support/finding-of.ts'
import { pagerdutyShape, productFormats, publishedShapes, slackShape } from '../../../test-support/published-shapes.ts'
import { sampleAlertOf } from '../../../test-support/sample-alert.ts'
import { groupMax } from '../group-deliveries.ts'
import { bodyBytesMax, renderFormat, renderGroup, renderPlainFormat } from '../render-webhook.ts'

/** What an agent would call itself to be read as markup by one of them. */
const hostile = fc.oneof(
  fc.constantFrom(
    '<!channel>',
    '<!here|x>',
    '<@U123456>',
    '<https://evil.example|your bank>',
    '@here',
    '@channel @everyone',
    '[your bank](https://evil.example)',
    '<at>Everyone</at>',
    '{{DATE(2017-02-14T06:08:39Z, SHORT)}}',
    '&lt;!channel&gt;',
    '```\n<!channel>\n```',
    '"},"blocks":[]',
    'mailto:evil.example',
    '&'.repeat(5_000),
    '<>'.repeat(3_000),
    '\u{202e}\u{200d}\ud83d',
    'x'.repeat(9_000),
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }),
)

const alerts = fc
  .record({
    ...{ agent: hostile, target: hostile, tenant: hostile, owner: hostile, system: hostile, action: hostile },
    ...{
      session: hostile,
      event_id: hostile,
      seen: hostile,
      expected: hostile,
      reason: hostile,
      credential_id: hostile,
    },
    cause: fc.constantFrom(...Cause.options),
    severity: fc.constantFrom(...Severity.options),
  })
  .map(({ seen, expected, reason, ...given }) =>
    sampleAlertOf({
      ...given,
      reasons: [reason],
      contributions: [{ feature: 'system_new', value: 1, contribution: 21.5, expected, seen }],
    }),
  )

test('whatever agents are called, each body is in its product’s published shape and bounds, and small', () => {
  fc.assert(
    fc.property(alerts, fc.constantFrom(...productFormats), (alert, format) => {
      for (const render of [renderFormat, renderPlainFormat]) {
        const body = render(format, alert, 'agent.alert.created', startMs)
        assert.ok(Buffer.byteLength(body) < bodyBytesMax)
        publishedShapes[format].parse(JSON.parse(body))
      }
    }),
    { numRuns: 300 },
  )
})

const cardSchema = 'http://adaptivecards.io/schemas/adaptive-card.json'

/** Every text in a value. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}

test('no name pings or links anybody in Slack, Teams or PagerDuty', () => {
  fc.assert(
    fc.property(alerts, fc.constantFrom('slack', 'teams', 'pagerduty'), (alert, format) => {
      const body: unknown = JSON.parse(renderFormat(format, alert, 'agent.alert.created', startMs))
      for (const text of textsOf(body).filter((one) => one !== cardSchema)) {
        assert.doesNotMatch(text, /[<>]|:\/\/|(^|\s)@\w|\]\(|\{\{/)
        // What is left of an ampersand is one of Slack's three escapes, whole.
        if (format === 'slack') assert.doesNotMatch(text, /&(?!amp;|lt;|gt;)/)
      }
    }),
    { numRuns: 300 },
  )
})

test('the fewest words hold nothing that an agent chose', () => {
  fc.assert(
    fc.property(fc.constantFrom(...productFormats), (format) => {
      const planted = {
        agent: 'PLANTED bot',
        target: 'PLANTED',
        system: 'PLANTED',
        owner: 'PLANTED',
        tenant: 'PLANTED t',
      }
      const alert = sampleAlertOf({ ...planted, reasons: ['PLANTED'], session: 'PLANTED', event_id: 'PLANTED' })
      assert.doesNotMatch(renderPlainFormat(format, alert, 'agent.alert.created', startMs), /PLANTED/)
    }),
  )
})

test('the sentence comes first, and is whole in every form', () => {
  const alert = sampleAlertOf({ cause: 'new_system', target: 'payroll', reasons: ['system never used: payroll'] })
  for (const format of productFormats) {
    const texts = textsOf(JSON.parse(renderFormat(format, alert, 'agent.alert.created', startMs)))
    assert.ok(texts.includes(alert.summary), format)
  }
  const { blocks } = slackShape.parse(JSON.parse(renderFormat('slack', alert, 'agent.alert.created', startMs)))
  assert.deepEqual(blocks[0], { type: 'section', text: { type: 'plain_text', text: alert.summary, emoji: false } })
})

test('Slack: lines of ours are lines, and a line break in a name makes none', () => {
  const alert = sampleAlertOf({ agent: 'mail-bot\nOwner', reasons: ['system never used: payroll'] })
  const { blocks } = slackShape.parse(JSON.parse(renderFormat('slack', alert, 'agent.alert.created', startMs)))
  const texts = textsOf(blocks)
  assert.ok(texts.includes('Agent\nmail-bot\\u{A}Owner'))
  const commands = texts.find((text) => text.startsWith('```')) ?? ''
  assert.ok(commands.split('\n').length > 1 && commands.split('\n').every((line) => /^(```)?straylight /.test(line)))
  assert.ok(texts.every((text) => text.split('\\u{A}').length - 1 === text.split('mail-bot\\u{A}Owner').length - 1))
})

test('PagerDuty: one key an alert, and the action follows how the alert stands', () => {
  const verdict = { id: 'v', answer: 'approve', issuer: 'duty', reason: 'r', time: startMs }
  const cases = [
    ['agent.alert.created', {}, 'trigger'],
    ['agent.alert.updated', { verdicts: [verdict] }, 'trigger'],
    ['agent.approval.requested', { state: 'awaiting_approval' }, 'trigger'],
    ['agent.command.issued', {}, 'trigger'],
    ['agent.command.issued', { verdicts: [verdict] }, 'acknowledge'],
    ['agent.command.failed', { verdicts: [verdict] }, 'trigger'],
    ['agent.alert.closed', { state: 'closed', close_reason: 'quiet' }, 'resolve'],
    // A trigger that was late: the alert is closed by now.
    ['agent.alert.created', { state: 'closed', close_reason: 'quiet' }, 'resolve'],
  ] as const
  for (const [event, more, action] of cases) {
    const alert = sampleAlertOf({}, { ...more, verdicts: [...('verdicts' in more ? more.verdicts : [])] })
    const body = pagerdutyShape.parse(JSON.parse(renderFormat('pagerduty', alert, event, startMs)))
    assert.deepEqual([body.event_action, body.dedup_key], [action, alert.id], `${event} ${JSON.stringify(more)}`)
  }
})

test('severities as each product counts them', () => {
  const of = (format: WebhookFormat, severity: Severity): unknown => {
    const alert = { ...sampleAlertOf(), severity }
    const body = JSON.parse(renderFormat(format, alert, 'agent.alert.created', startMs))
    return { pagerduty: body.payload?.severity, elastic_ecs: body.event?.severity, ocsf: body.severity_id }[
      format as string
    ]
  }
  const severitiesOf = (format: WebhookFormat) => Severity.options.map((severity) => of(format, severity))
  assert.deepEqual(severitiesOf('pagerduty'), ['info', 'warning', 'error', 'critical'])
  assert.deepEqual(severitiesOf('elastic_ecs'), [21, 47, 73, 99])
  assert.deepEqual(severitiesOf('ocsf'), [2, 3, 4, 5])
})

test('OCSF, golden: what was expected, what was seen, and whose', () => {
  const alert = sampleAlertOf()
  const body = detectionFindingShape.parse(JSON.parse(renderFormat('ocsf', alert, 'agent.alert.created', startMs)))
  assert.deepEqual(body.anomaly_analyses, [
    {
      analysis_targets: [{ name: 'invoice-bot', type: 'AI agent' }],
      anomalies: [
        {
          ...{ observation_parameter: 'destination_new', observed_pattern: 'mailto:evil.example, never seen' },
          observations: [{ value: 'mailto:evil.example, never seen', count: 1 }],
        },
      ],
      baselines: [
        {
          ...{ observation_parameter: 'destination_new', observed_pattern: '4 destinations in 812 events' },
          observations: [{ value: '4 destinations in 812 events', count: 812 }],
        },
      ],
    },
  ])
  assert.deepEqual(body.finding_info.attacks, [{ technique: { uid: 'AML.T0086' } }])
  assert.deepEqual([body.confidence_id, body.status_id, body.time], [3, 1, startMs])
})

test('several alerts in one message are in the shape and bounds of their channel, and ping nobody', () => {
  const groups = fc.tuple(fc.array(alerts, { minLength: 6, maxLength: groupMax }), fc.constantFrom('slack', 'teams'))
  fc.assert(
    fc.property(groups, ([group, format]) => {
      const body = renderGroup(
        format,
        group.map((alert) => ({ alert, event: 'agent.alert.created', at: startMs })),
      )
      assert.ok(body !== undefined && Buffer.byteLength(body) < bodyBytesMax)
      publishedShapes[format].parse(JSON.parse(body))
      for (const text of textsOf(JSON.parse(body)).filter((one) => one !== cardSchema)) {
        assert.doesNotMatch(text, /[<>]|:\/\/|(^|\s)@\w|\]\(|\{\{/)
      }
    }),
    { numRuns: 100 },
  )
})

test('programs get each alert by itself', () => {
  const news = { alert: sampleAlertOf(), event: 'agent.alert.created', at: startMs } as const
  for (const format of [undefined, 'pagerduty', 'splunk_hec', 'elastic_ecs', 'ocsf'] as const) {
    assert.equal(renderGroup(format, [news, news]), undefined)
  }
})
