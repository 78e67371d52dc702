import type { Log } from '@straylight/runtime/log/log'
import { Alert } from '@straylight/schemas/alert'
import { topics } from '@straylight/schemas/topics'

const chunkRecords = 500

/** Alerts as they now stand in `agent.alerts.v1`, each once, those that changed last first. Throws where a record is no alert. */
export async function* newestAlerts(log: Log): AsyncGenerator<Alert> {
  const place = { topic: topics.alerts.name, partition: 0 }
  const start = await log.startOffset(place)
  const reported = new Set<string>()
  // From the end backwards: of each alert only the last revision is read at all.
  for (let end = await log.endOffset(place); end > start; end -= chunkRecords) {
    const newest = new Map<string, Buffer>()
    for await (const { key, value } of log.read(place, Math.max(start, end - chunkRecords), end)) {
      if (reported.has(key)) continue
      newest.delete(key)
      newest.set(key, value)
    }
    for (const [key, value] of [...newest].reverse()) {
      reported.add(key)
      yield Alert.parse(JSON.parse(value.toString()))
    }
  }
}
