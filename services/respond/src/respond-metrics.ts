import { counterOf, type Metrics, settableGaugeOf } from '@straylight/runtime/process/metrics'

export type RespondMetrics = ReturnType<typeof respondMetrics>

/** What people are informed, and what they are not: counted by webhook and breaker, whose names the policy bounds. */
export const respondMetrics = (metrics: Pick<Metrics, 'registry'>) => ({
  deliveries: counterOf(metrics, {
    name: 'straylight_deliveries_total',
    help: 'Attempts to deliver to a webhook, by how they ended.',
    labelNames: ['webhook', 'outcome'],
  }),
  webhookOldestUndelivered: settableGaugeOf(metrics, {
    name: 'straylight_webhook_oldest_undelivered_seconds',
    help: 'How long the oldest message that a webhook has not taken has been due; 0 while none is.',
    labelNames: ['webhook'],
  }),
  webhookUndelivered: settableGaugeOf(metrics, {
    name: 'straylight_webhook_undelivered',
    help: 'Messages that a webhook has not taken yet and that are still tried.',
    labelNames: ['webhook'],
  }),
  notificationsWithheld: counterOf(metrics, {
    name: 'straylight_notifications_withheld_total',
    help: 'Messages about alerts that no webhook got, since too many came about one agent within an hour.',
  }),
  alertsMadeRoom: counterOf(metrics, {
    name: 'straylight_alerts_made_room_total',
    help: 'Alerts that were closed to make room for others.',
  }),
  openAlerts: settableGaugeOf(metrics, {
    name: 'straylight_open_alerts',
    help: 'Alerts that are open or wait for an approval, by severity.',
    labelNames: ['severity', 'state'],
  }),
  findingsSuppressed: counterOf(metrics, {
    name: 'straylight_findings_suppressed_total',
    help: 'Findings that would have alerted, were it not for a false verdict.',
  }),
  breakerOpen: settableGaugeOf(metrics, {
    name: 'straylight_breaker_open',
    help: '1 while a breaker keeps the responder from revoking.',
    labelNames: ['breaker'],
  }),
})
