import type { WebhookFormat } from '@straylight/schemas/policy'
import { elasticEcs } from './elastic-ecs.ts'
import { ocsfFinding } from './ocsf-finding.ts'
import { pagerduty } from './pagerduty.ts'
import { slack } from './slack.ts'
import { splunkHec } from './splunk-hec.ts'
import { teams } from './teams.ts'
import type { WebhookRenderer } from './webhook-renderer.ts'

const renderers: Record<WebhookFormat, WebhookRenderer | null> = {
  straylight: null,
  slack,
  teams,
  pagerduty,
  splunk_hec: splunkHec,
  elastic_ecs: elasticEcs,
  ocsf: ocsfFinding,
}

/** How alerts are written for a product; null for our own form, which is signed and asks nothing of an answer but its status. */
export const rendererOf = (format: WebhookFormat | undefined): WebhookRenderer | null =>
  renderers[format ?? 'straylight']
