import { commandInToken } from '@straylight/respond/command/sent-commands'
import type { Log, LogRecord } from '@straylight/runtime/log/log'
import { Alert } from '@straylight/schemas/alert'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import { topics } from '@straylight/schemas/topics'

const chunkRecords = 1_000

/** The alert as it now stands in `agent.alerts.v1`; undefined where there is none of this id. */
export async function latestAlert(log: Log, id: string): Promise<Alert | undefined> {
  const record = await newestRecord(log, topics.alerts.name, ({ key }) => key === id)
  return record === undefined ? undefined : Alert.parse(JSON.parse(record.value.toString()))
}

/** The command of this id in `agent.revocations.v1`, not verified: respond decides by its own copy. */
export async function sentCommand(log: Log, id: string): Promise<RevocationCommand | undefined> {
  const record = await newestRecord(log, topics.revocations.name, ({ headers }) => headers.ce_id === id)
  return (record === undefined ? null : commandInToken(record.value.toString())) ?? undefined
}

/** From the end backwards: what people answer is mostly new. */
async function newestRecord(
  log: Log,
  topic: string,
  matches: (record: LogRecord) => boolean,
): Promise<LogRecord | undefined> {
  const place = { topic, partition: 0 }
  const start = await log.startOffset(place)
  for (let end = await log.endOffset(place); end > start; end -= chunkRecords) {
    let newest: LogRecord | undefined
    for await (const record of log.read(place, Math.max(start, end - chunkRecords), end)) {
      if (matches(record)) newest = record
    }
    if (newest !== undefined) return newest
  }
  return undefined
}
