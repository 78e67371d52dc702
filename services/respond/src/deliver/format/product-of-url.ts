import type { WebhookFormat } from '@straylight/schemas/policy'

/** What people call the receiver of each form. */
export const productNames: Record<WebhookFormat, string> = {
  straylight: 'a receiver of Standard Webhooks',
  slack: 'Slack',
  teams: 'Microsoft Teams',
  pagerduty: 'PagerDuty',
  splunk_hec: "Splunk's HTTP Event Collector",
  elastic_ecs: 'Elasticsearch',
  ocsf: 'a receiver of OCSF',
}

/** Whose address this plainly is; null where it could be anybody's. */
export function productOfUrl({ hostname, pathname }: URL): WebhookFormat | null {
  if (/^hooks\.slack(-gov)?\.com$/.test(hostname)) return 'slack'
  if (/(^|\.)webhook\.office(365)?\.com$|\.logic\.azure\.(com|us)$|\.api\.powerplatform\.com$/.test(hostname))
    return 'teams'
  if (hostname === 'outlook.office.com' && pathname.startsWith('/webhook/')) return 'teams'
  if (/^events\.(eu\.)?pagerduty\.com$/.test(hostname)) return 'pagerduty'
  if (/\/services\/collector(\/|$)/.test(pathname)) return 'splunk_hec'
  if (/\/(_bulk|_doc|_create)(\/[^/]*)?$/.test(pathname)) return 'elastic_ecs'
  return null
}
