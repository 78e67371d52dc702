import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cause, Severity } from '@straylight/schemas/finding'
import { WebhookFormat } from '@straylight/schemas/policy'
import fc from 'fast-check'
import { z } from 'zod'
import { detectionFindingShape } from '../../../test-support/detection-finding-shape.ts'
import { startMs } from '../../../test-support/finding-of.ts'
import { sampleAlertOf } from '../../../test-support/sample-alert.ts'
import { groupMax } from '../group-deliveries.ts'
import { bodyBytesMax, renderFormat, renderGroup, renderPlainFormat } from '../render-webhook.ts'

// The shapes that the products publish, as strict as they are: an unknown field, a text that is too long or a wrong number is refused.

const plainText = z.strictObject({
  type: z.literal('plain_text'),
  text: z.string().min(1).max(3_000),
  emoji: z.boolean(),
})
const markdownText = z.strictObject({
  type: z.literal('mrkdwn'),
  text: z.string().min(1).max(3_000),
  verbatim: z.literal(true),
})
const field = z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(2_000), emoji: z.boolean() })
const slack = z.strictObject({
  text: z.string().min(1).max(3_000),
  unfurl_links: z.literal(false),
  unfurl_media: z.literal(false),
  blocks: z
    .array(
      z.union([
        z.strictObject({ type: z.literal('section'), text: z.union([plainText, markdownText]) }),
        z.strictObject({ type: z.literal('section'), fields: z.array(field).min(1).max(10) }),
        z.strictObject({ type: z.literal('context'), elements: z.array(plainText).min(1).max(10) }),
      ]),
    )
    .min(1)
    .max(50),
})

const textRun = z.strictObject({
  type: z.literal('TextRun'),
  text: z.string().min(1),
  weight: z.enum(['Lighter', 'Default', 'Bolder']).optional(),
  color: z.enum(['Default', 'Dark', 'Light', 'Accent', 'Good', 'Warning', 'Attention']).optional(),
  fontType: z.enum(['Default', 'Monospace']).optional(),
})
const teams = z.strictObject({
  type: z.literal('message'),
  summary: z.string().min(1),
  attachments: z
    .array(
      z.strictObject({
        contentType: z.literal('application/vnd.microsoft.card.adaptive'),
        contentUrl: z.null(),
        content: z.strictObject({
          $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
          type: z.literal('AdaptiveCard'),
          version: z.literal('1.4'),
          msteams: z.strictObject({ width: z.literal('Full') }),
          body: z.array(z.strictObject({ type: z.literal('RichTextBlock'), inlines: z.array(textRun).min(1) })).min(1),
        }),
      }),
    )
    .length(1),
})

const pagerduty = z.strictObject({
  event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
  dedup_key: z.string().min(1).max(255),
  client: z.string(),
  payload: z.strictObject({
    summary: z.string().min(1).max(1_024),
    source: z.string().min(1),
    severity: z.enum(['critical', 'error', 'warning', 'info']),
    timestamp: z.iso.datetime(),
    component: z.string(),
    group: z.string(),
    class: z.string(),
    custom_details: z.record(z.string(), z.unknown()),
  }),
})

const splunk = z.strictObject({
  time: z.number().min(1e9).max(1e10),
  host: z.string(),
  source: z.string(),
  sourcetype: z.string(),
  event: z.looseObject({ summary: z.string().min(1), user: z.string(), signature: z.string(), severity: Severity }),
})

const ecs = z.strictObject({
  '@timestamp': z.iso.datetime(),
  message: z.string().min(1),
  ecs: z.strictObject({ version: z.string().regex(/^9\./) }),
  event: z.strictObject({
    kind: z.literal('alert'),
    category: z.array(z.enum(['intrusion_detection', 'iam', 'threat'])).min(1),
    type: z.array(z.enum(['info', 'access', 'denied', 'allowed'])).min(1),
    ...{ action: z.string(), module: z.string(), dataset: z.string(), provider: z.string(), reason: z.string() },
    severity: z.number().int().min(1).max(100),
    ...{ created: z.iso.datetime(), start: z.iso.datetime(), end: z.iso.datetime() },
  }),
  rule: z.strictObject({ id: Cause, name: z.string(), category: z.string(), ruleset: z.string() }),
  user: z.strictObject({ name: z.string().max(1_024) }),
  service: z.strictObject({ name: z.string().max(1_024) }).optional(),
  organization: z.strictObject({ id: z.string().max(1_024) }),
  related: z.strictObject({ user: z.array(z.string()).min(1) }),
  threat: z
    .strictObject({
      framework: z.literal('MITRE ATLAS'),
      technique: z.strictObject({ id: z.array(z.string().regex(/^AML\.T\d{4}(\.\d{3})?$/)).min(1) }),
    })
    .optional(),
  tags: z.array(z.string()),
  straylight: z.looseObject({ alert_id: z.string() }),
})

const shapes: Record<Exclude<WebhookFormat, 'straylight'>, z.ZodType> = {
  ...{ slack, teams, pagerduty, splunk_hec: splunk, elastic_ecs: ecs, ocsf: detectionFindingShape },
}
const formats = WebhookFormat.exclude(['straylight']).options

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
    fc.property(alerts, fc.constantFrom(...formats), (alert, format) => {
      for (const render of [renderFormat, renderPlainFormat]) {
        const body = render(format, alert, 'agent.alert.created', startMs)
        assert.ok(Buffer.byteLength(body) < bodyBytesMax)
        shapes[format].parse(JSON.parse(body))
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
    fc.property(fc.constantFrom(...formats), (format) => {
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
  for (const format of formats) {
    const texts = textsOf(JSON.parse(renderFormat(format, alert, 'agent.alert.created', startMs)))
    assert.ok(texts.includes(alert.summary), format)
  }
  const { blocks } = slack.parse(JSON.parse(renderFormat('slack', alert, 'agent.alert.created', startMs)))
  assert.deepEqual(blocks[0], { type: 'section', text: { type: 'plain_text', text: alert.summary, emoji: false } })
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
    const body = pagerduty.parse(JSON.parse(renderFormat('pagerduty', alert, event, startMs)))
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
  const body = detectionFindingShape.parse(
    JSON.parse(renderFormat('ocsf', alert, 'agent.alert.created', startMs)),
  ) as z.infer<typeof detectionFindingShape>
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
      shapes[format].parse(JSON.parse(body))
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
