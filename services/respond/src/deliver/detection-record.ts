import type { NewRecord } from '@straylight/runtime/log/log'
import type { Alert, Delivery } from '@straylight/schemas/alert'
import { topics } from '@straylight/schemas/topics'
import { renderFormat } from './render-webhook.ts'

/**
 * What people hear of an alert, as a record of `agent.alerts.ocsf.v1`: an OCSF 1.6 Detection Finding, the same body that a webhook of format
 * `ocsf` gets, under 20 kB. `metadata.uid` names the alert's revision and what happened: a record that comes twice has it twice.
 */
export function detectionRecord(alert: Alert, event: Delivery['event'], at: number): NewRecord {
  return {
    topic: topics.detections.name,
    key: alert.id,
    value: renderFormat('ocsf', alert, event, at),
    headers: { 'content-type': 'application/json' },
  }
}
