import type { Log } from '@straylight/runtime/log/log'
import { type AlertRevision, alertRevisions, alertsPlace } from './alert-feed.ts'

/** The newest records of `agent.alerts.v1` that are known by their alert; older ones are in the store. */
const knownMax = 500

/** Alerts that the store may have no copy of yet, by id. */
export type YoungAlerts = (id: string) => Promise<AlertRevision | undefined>

/**
 * Finds an alert among the newest records of the log. Each record is read once, whoever asks and for whatever id, so that asking for
 * what is not there costs next to nothing. Holds ids and offsets only.
 */
export function createYoungAlerts(log: Log): YoungAlerts {
  const offsets = new Map<string, number>()
  let next = 0
  let reading: Promise<void> = Promise.resolve()

  async function readOn(): Promise<void> {
    const end = await log.endOffset(alertsPlace)
    for await (const { alert, offset } of alertRevisions(log, Math.max(next, end - knownMax), end)) {
      offsets.delete(alert.id)
      offsets.set(alert.id, offset)
    }
    next = Math.max(next, end)
    for (const [id, offset] of offsets) {
      if (offset >= next - knownMax) break
      offsets.delete(id)
    }
  }

  return async (id) => {
    reading = reading.catch(() => undefined).then(readOn)
    await reading
    const offset = offsets.get(id)
    if (offset === undefined) return undefined
    for await (const revision of alertRevisions(log, offset, offset + 1)) return revision
    return undefined
  }
}
