import type { Severity } from '@straylight/schemas/finding'
import { shortened } from '../../alert/shortened.ts'
import { comparisonsOf, factsOf, headlineOf } from './alert-facts.ts'
import { plainChatText } from './chat-text.ts'
import { jsonFieldsOf } from './json-fields-of.ts'
import { type AlertMessage, jsonRequest, type WebhookRenderer } from './webhook-renderer.ts'

/** PagerDuty's severities; ours in order: low, medium, high, critical. */
const severities: Record<Severity, string> = { low: 'info', medium: 'warning', high: 'error', critical: 'critical' }

/** PagerDuty's own bound of a summary, in characters. */
const summaryMax = 1_024

/**
 * An event of PagerDuty's Events API v2: https://developer.pagerduty.com/docs/events-api-v2. One alert is one incident, whose key is
 * the alert's id; the routing key is put in as the event is sent, since bodies stand in the journal.
 */
export const pagerduty: WebhookRenderer = {
  bodyOf: (message, detail) => {
    const { alert } = message
    const text = (value: string): string => plainChatText(shortened(value, 600))
    return {
      event_action: actionOf(message),
      dedup_key: alert.id,
      client: 'Straylight',
      payload: {
        summary: shortened(text(alert.summary), summaryMax),
        source: shortened(text(alert.agent), 255),
        severity: severities[alert.severity],
        timestamp: new Date(alert.last_seen).toISOString(),
        component: shortened(text(alert.target), 255),
        group: shortened(text(alert.tenant), 255),
        class: alert.cause,
        custom_details: {
          what: headlineOf(message),
          ...Object.fromEntries(factsOf(message).map(([name, value]) => [name.toLowerCase(), text(value)])),
          state: alert.state,
          findings: alert.finding_count,
          compared: comparisonsOf(message, detail).map(({ expected, seen }) => ({
            usual: text(expected),
            seen: text(seen),
          })),
          answer_with: message.answers,
        },
      },
    }
  },
  requestOf: (parts) =>
    jsonRequest({ ...parts, body: JSON.stringify({ routing_key: parts.token, ...JSON.parse(parts.body) }) }),
  meaningOf: ({ status, text }) => {
    const { status: word, message, errors } = jsonFieldsOf(text)
    const said = [message, ...(Array.isArray(errors) ? errors : [])].filter((part) => typeof part === 'string')
    return {
      taken: status >= 200 && status < 300 && (word === undefined || word === 'success'),
      said: said.length > 0 ? said.join(': ') : text,
    }
  },
}

/** By how the alert stands now, so that a message that comes late opens nothing again. A person's answer is an acknowledgement. */
function actionOf({ alert, event }: AlertMessage): 'trigger' | 'acknowledge' | 'resolve' {
  if (alert.state === 'closed') return 'resolve'
  const answered =
    event === 'agent.command.issued' || event === 'agent.command.waiting' || event === 'agent.command.completed'
  return answered && alert.verdicts.length > 0 ? 'acknowledge' : 'trigger'
}
