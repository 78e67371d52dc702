import { Counter, Gauge, type Registry } from 'prom-client'

/** What people are told, and what they are not: counted by webhook, whose names the policy bounds. */
export function deliveryMetrics(registers: Registry[]) {
  return {
    deliveries: new Counter({
      name: 'straylight_deliveries_total',
      help: 'Attempts to deliver to a webhook, by how they ended.',
      labelNames: ['webhook', 'outcome'] as const,
      registers,
    }),
    webhookOldestUndelivered: new Gauge({
      name: 'straylight_webhook_oldest_undelivered_seconds',
      help: 'How long the oldest message that a webhook has not taken has been due; 0 while none is.',
      labelNames: ['webhook'] as const,
      registers,
    }),
    webhookUndelivered: new Gauge({
      name: 'straylight_webhook_undelivered',
      help: 'Messages that a webhook has not taken yet and that are still tried.',
      labelNames: ['webhook'] as const,
      registers,
    }),
    notificationsWithheld: new Counter({
      name: 'straylight_notifications_withheld_total',
      help: 'Messages about alerts that no webhook got, since too many came about one agent within an hour.',
      registers,
    }),
    alertsMadeRoom: new Counter({
      name: 'straylight_alerts_made_room_total',
      help: 'Alerts that were closed to make room for others.',
      registers,
    }),
  }
}
