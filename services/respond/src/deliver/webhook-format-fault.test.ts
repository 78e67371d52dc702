import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Policy } from '@straylight/schemas/policy'
import { receiverOfUrl } from './format/product-of-url.ts'
import { webhookFormatFault } from './webhook-format-fault.ts'

const key = 'a1b2c3d4e5f6g7h8i9j0k1l2m3'
for (const [url, called, format] of [
  ['https://hooks.slack.com/services/T0/B0/x', 'Slack', 'slack'],
  ['https://hooks.slack-gov.com/services/T0/B0/x', 'Slack', 'slack'],
  ['https://hooks.slack.com/triggers/T0/1/x', "a workflow of Slack's", null],
  ['https://hooks.slack.com/workflows/T0/1/x', "a workflow of Slack's", null],
  ['https://acme.webhook.office.com/webhookb2/x', 'Microsoft Teams', 'teams'],
  [
    'https://prod-01.westeurope.logic.azure.com:443/workflows/x/triggers/manual/paths/invoke',
    'Microsoft Teams',
    'teams',
  ],
  [
    'https://default1.2.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/x/triggers/manual/paths/invoke',
    'Microsoft Teams',
    'teams',
  ],
  [
    'https://x.api.gov.powerplatform.microsoft.us/powerautomate/automations/direct/workflows/x',
    'Microsoft Teams',
    'teams',
  ],
  ['https://events.pagerduty.com/v2/enqueue', 'PagerDuty', 'pagerduty'],
  ['https://events.eu.pagerduty.com/x-ere/R0', 'PagerDuty', 'pagerduty'],
  ['https://discord.com/api/webhooks/1/x', 'Discord', null],
  ['https://discordapp.com/api/v10/webhooks/1/x', 'Discord', null],
  ['https://discord.com/api/webhooks/1/x/slack', "Discord's way in for Slack's messages", 'slack'],
  ['https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t', 'Google Chat', null],
  ['https://webexapis.com/v1/webhooks/incoming/x', 'Webex', null],
  [`https://chat.acme.example/hooks/${key}`, 'Mattermost', 'slack'],
  ['https://http-inputs-acme.splunkcloud.com/services/collector/event', "Splunk's HTTP Event Collector", 'splunk_hec'],
  ['https://splunk.acme.example:8088/services/collector', "Splunk's HTTP Event Collector", 'splunk_hec'],
  ['https://es.acme.example:9200/alerts/_doc', 'Elasticsearch', 'elastic_ecs'],
  ['https://es.acme.example:9200/_bulk', 'Elasticsearch', 'elastic_ecs'],
  ['https://es.acme.example:9200/alerts/_create/1', 'Elasticsearch', 'elastic_ecs'],
] as const)
  test(`an address is known: ${url}`, async () => {
    const found = receiverOfUrl(new URL(url))
    assert.deepEqual([found?.called, found?.format], [called, format])
    const policyOf = (more: object) =>
      Policy.parse({ version: 1, webhooks: [{ name: 'soc', url, ...more }] }).webhooks[0]!
    const fault = await webhookFormatFault(policyOf({}))
    assert.match(
      fault?.found ?? '',
      /its address is that of .*, which refuses messages in Straylight's own signed form/,
    )
    assert.ok((fault?.mend ?? '').length > 20)
    assert.equal(await webhookFormatFault(policyOf({ format: 'straylight' })), null)
    if (format === 'slack') assert.equal(await webhookFormatFault(policyOf({ format })), null)
    if (format === null) assert.notEqual(await webhookFormatFault(policyOf({ format: 'slack' })), null)
  })

for (const url of [
  'https://soc.acme.example/alerts',
  'https://hooks.acme.example/hooks/x',
  'https://evil-discord.com/api/webhooks/1/x',
])
  test(`an address could be anybody's: ${url}`, () => assert.equal(receiverOfUrl(new URL(url)), null))
