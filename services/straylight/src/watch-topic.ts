import { setTimeout } from 'node:timers/promises'
import type { Log, LogRecord } from '@straylight/runtime/log'

/** Follows a topic of one partition, outside any group. */
export interface TopicWatch {
  /** Rejects when the log or the listener fails. */
  readonly stopped: Promise<void>
  /** Reads what is there by now, then ends. */
  stop(): Promise<void>
}

const pauseMs = 50

/** Tells of every record that comes from now on, in order, one at a time. */
export async function watchTopic(
  log: Log,
  topic: string,
  onRecord: (record: LogRecord) => void | Promise<void>,
): Promise<TopicWatch> {
  const partition = { topic, partition: 0 }
  let next = await log.endOffset(partition)
  let stopping = false
  const catchUp = async () => {
    const end = await log.endOffset(partition)
    for await (const record of log.read(partition, next, end)) await onRecord(record)
    next = end
  }
  const follow = async () => {
    while (!stopping) {
      await catchUp()
      await setTimeout(pauseMs)
    }
    await catchUp()
  }
  const stopped = follow()
  return {
    stopped,
    stop() {
      stopping = true
      return stopped
    },
  }
}
