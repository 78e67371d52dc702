import type { Consumer, Log, LogRecord, NewRecord, TopicOffset } from '@straylight/runtime/log/log'

/** The part of the log that respond uses outside its loop, in memory, so that thousands of crashes are cheap. */
export interface MemoryLog extends Log {
  records(topic: string): readonly LogRecord[]
}

/** `now` stamps records that come without a timestamp. One partition a topic: respond's are all single. */
export function createMemoryLog(now: () => number): MemoryLog {
  const topics = new Map<string, LogRecord[]>()
  const of = (topic: string): LogRecord[] => {
    const known = topics.get(topic) ?? []
    topics.set(topic, known)
    return known
  }
  const add = (record: NewRecord): void => {
    const records = of(record.topic)
    records.push({
      topic: record.topic,
      partition: 0,
      offset: records.length,
      key: record.key,
      value: Buffer.from(record.value),
      headers: record.headers ?? {},
      timestamp: record.timestamp ?? now(),
    })
  }
  const none = (): Promise<never> => Promise.reject(new Error('the log in memory has no groups'))
  return {
    kind: 'embedded',
    records: of,
    ensureTopics: async () => {},
    partitionCount: async () => 1,
    append: async (records) => records.forEach(add),
    endOffset: async ({ topic }) => of(topic).length,
    startOffset: async () => 0,
    read: async function* ({ topic }, from, to) {
      yield* of(topic).slice(from, to)
    },
    subscribe: (): Promise<Consumer> => none(),
    committed: (): Promise<readonly TopicOffset[]> => none(),
    close: async () => {},
  }
}
