import type { Log } from '@straylight/runtime/log/log'
import { repeatEvery } from '@straylight/runtime/process/repeat-every'
import { Alert } from '@straylight/schemas/alert'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { topics } from '@straylight/schemas/topics'

/** A broker is asked over the network. */
const everyMs = { embedded: 500, kafka: 2_000 } as const
/** Records read at a time. */
const recordsMax = 500

/** One revision of an alert, and its place in `agent.alerts.v1`. */
export interface AlertRevision {
  readonly alert: Alert
  readonly offset: number
  /** Log time. */
  readonly changedAt: number
}

/** All alerts are in one partition. */
export const alertsPlace = { topic: topics.alerts.name, partition: 0 }

/** Follows `agent.alerts.v1` from its end on, and tells all who listen of each new revision. */
export async function followAlerts(
  log: Log,
  onError: (error: unknown) => void,
): Promise<{ listen(hear: (revision: AlertRevision) => void): () => void; close(): Promise<void> }> {
  const listening = new Set<(revision: AlertRevision) => void>()
  let next = await log.endOffset(alertsPlace)
  const look = async () => {
    const end = Math.min(await log.endOffset(alertsPlace), next + recordsMax)
    if (listening.size === 0) {
      next = Math.max(next, end)
      return
    }
    for await (const revision of alertRevisions(log, next, end)) for (const hear of listening) hear(revision)
    next = Math.max(next, end)
  }
  const close = repeatEvery(() => everyMs[log.kind], look, onError)
  return {
    listen(hear) {
      listening.add(hear)
      return () => listening.delete(hear)
    },
    close,
  }
}
export type AlertFeed = Awaited<ReturnType<typeof followAlerts>>

/** Revisions from one offset to another; a record that is no alert is passed over: respond reports it. */
export async function* alertRevisions(log: Log, from: number, to: number): AsyncGenerator<AlertRevision> {
  const start = Math.max(from, await log.startOffset(alertsPlace))
  if (start >= to) return
  for await (const { value, offset, timestamp } of log.read(alertsPlace, start, to)) {
    const alert = Alert.safeParse(parsedJson(value.toString())).data
    if (alert !== undefined) yield { alert, offset, changedAt: timestamp }
  }
}
