import { setTimeout } from 'node:timers/promises'
import type { Log, LogRecord } from '@straylight/runtime/log/log'

/** A topic of one partition, and who is given its records. */
export interface WatchedTopic {
  readonly topic: string
  readonly onRecord: (record: LogRecord) => void
}

/** Follows topics outside any group. */
export interface TopicWatch {
  /** Rejects when the log or a listener fails. */
  readonly stopped: Promise<void>
  /** Reads what is there by now, then ends. */
  stop(): Promise<void>
}

const pauseMs = 50

/**
 * Tells of every record that comes from now on. The topics are given in the order of cause and effect, and reported in it:
 * nobody hears of an answer before its question.
 */
export async function watchTopics(log: Log, watched: readonly WatchedTopic[]): Promise<TopicWatch> {
  const places = await Promise.all(
    watched.map(async ({ topic, onRecord }) => {
      const partition = { topic, partition: 0 }
      return { partition, onRecord, next: await log.endOffset(partition), end: 0 }
    }),
  )
  let stopping = false
  const catchUp = async () => {
    // Ends are taken from the effect backwards: the cause of everything below an end is then below an end as well.
    for (const place of [...places].reverse()) place.end = await log.endOffset(place.partition)
    for (const place of places) {
      for await (const record of log.read(place.partition, place.next, place.end)) place.onRecord(record)
      place.next = place.end
    }
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
