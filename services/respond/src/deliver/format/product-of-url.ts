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

/** Whose address a webhook's plainly is. */
export interface ReceiverOfUrl {
  readonly called: string
  /** The form that it takes; `null` where it takes none of ours. */
  readonly format: WebhookFormat | null
  /** What to do where no form fits the address as it stands. */
  readonly advice?: string
}

interface KnownReceiver extends ReceiverOfUrl {
  readonly isAt: (url: URL) => boolean
}

const receiverIn = (format: WebhookFormat, isAt: KnownReceiver['isAt']): KnownReceiver => ({
  called: productNames[format],
  format,
  isAt,
})

/** The first that matches counts. */
const receivers: readonly KnownReceiver[] = [
  {
    called: "a workflow of Slack's",
    format: null,
    advice:
      'It takes only the variables of its workflow: make an incoming webhook (hooks.slack.com/services/…), and set  format: slack',
    isAt: ({ hostname, pathname }) =>
      /^hooks\.slack(-gov)?\.com$/.test(hostname) && /^\/(triggers|workflows)\//.test(pathname),
  },
  receiverIn('slack', ({ hostname }) => /^hooks\.slack(-gov)?\.com$/.test(hostname)),
  receiverIn(
    'teams',
    ({ hostname, pathname }) =>
      /(^|\.)webhook\.office(365)?\.com$|\.logic\.azure\.(com|us|cn)$/.test(hostname) ||
      /\.api\.([a-z]+\.)?powerplatform\.(com|us|cn|microsoft\.us)$|\.api\.powerautomate\.cn$/.test(hostname) ||
      (hostname === 'outlook.office.com' && pathname.startsWith('/webhook/')),
  ),
  receiverIn('pagerduty', ({ hostname }) => /^events\.(eu\.)?pagerduty\.com$/.test(hostname)),
  {
    called: "Discord's way in for Slack's messages",
    format: 'slack',
    isAt: ({ hostname, pathname }) => isDiscord(hostname, pathname) && /\/slack\/?$/.test(pathname),
  },
  {
    called: 'Discord',
    format: null,
    advice: 'It takes messages of Slack, too: put /slack at the end of its address, and set  format: slack',
    isAt: ({ hostname, pathname }) => isDiscord(hostname, pathname),
  },
  {
    called: 'Google Chat',
    format: null,
    advice: 'Put a relay before it that sends on {"text": summary}; Straylight has no form of its own for it',
    isAt: ({ hostname }) => hostname === 'chat.googleapis.com',
  },
  {
    called: 'Webex',
    format: null,
    advice: 'Put a relay before it that sends on {"markdown": summary}; Straylight has no form of its own for it',
    isAt: ({ hostname, pathname }) =>
      /^(webexapis|api\.ciscospark)\.com$/.test(hostname) && pathname.startsWith('/v1/webhooks/incoming/'),
  },
  // Its own kind of key: 26 characters.
  { called: 'Mattermost', format: 'slack', isAt: ({ pathname }) => /\/hooks\/[a-z0-9]{26}\/?$/.test(pathname) },
  receiverIn('splunk_hec', ({ pathname }) => /\/services\/collector(\/|$)/.test(pathname)),
  receiverIn('elastic_ecs', ({ pathname }) => /\/(_bulk|_doc|_create)(\/[^/]*)?$/.test(pathname)),
]

const isDiscord = (hostname: string, pathname: string): boolean =>
  /^((canary|ptb)\.)?discord(app)?\.com$/.test(hostname) && /^\/api\/(v\d+\/)?webhooks\//.test(pathname)

/** Whose address this plainly is; null where it could be anybody's. */
export function receiverOfUrl(url: URL): ReceiverOfUrl | null {
  return receivers.find(({ isAt }) => isAt(url)) ?? null
}
