import { Cause, Severity } from '@straylight/schemas/finding'
import { WebhookFormat } from '@straylight/schemas/policy'
import { z } from 'zod'
import { detectionFindingShape } from './detection-finding-shape.ts'

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
export const slackShape = z.strictObject({
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

export const pagerdutyShape = z.strictObject({
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

/** By format. */
export const publishedShapes: Record<Exclude<WebhookFormat, 'straylight'>, z.ZodType> = {
  ...{
    slack: slackShape,
    teams,
    pagerduty: pagerdutyShape,
    splunk_hec: splunk,
    elastic_ecs: ecs,
    ocsf: detectionFindingShape,
  },
}
/** The forms of products, without our own. */
export const productFormats = WebhookFormat.exclude(['straylight']).options
