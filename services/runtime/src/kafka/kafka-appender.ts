import { counted } from '@straylight/schemas/counted'
import type { Message, Producer, RecordMetadata } from 'kafkajs'
import type { NewRecord } from '../log/log.ts'
import { nameOf } from '../log/topic-partition.ts'

/** A new record whose partition is decided. */
export type PlacedRecord = NewRecord & { readonly partition: number }

/** Bytes of one partition in one request: below Kafka's usual limit of 1 MiB. A larger record goes alone. */
const chunkBytesMax = 900 * 1024
/** Room for offsets, lengths and time of a record. */
const recordOverheadBytes = 64

/** Calls for what was left out; each is tried for a minute by itself. */
const attemptsMax = 10

interface Waiting {
  readonly records: readonly PlacedRecord[]
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

/**
 * Appends in the order of the calls: one request at a time, and what comes meanwhile goes together with the next.
 * Resolves when all in-sync replicas have the records. Memory: what callers wait for.
 */
export function openAppender(producer: Producer): (records: readonly PlacedRecord[]) => Promise<void> {
  let waiting: Waiting[] = []
  let running = false

  async function send(records: readonly PlacedRecord[]): Promise<void> {
    for (const request of requestsOf(records)) {
      let rest: readonly PlacedRecord[] = request
      for (let attempt = 0; rest.length > 0; attempt++) {
        if (attempt === attemptsMax)
          throw new Error(`brokers did not acknowledge ${counted(rest.length, 'record')}, and said nothing`)
        rest = unacknowledged(rest, await producer.sendBatch({ acks: -1, topicMessages: messagesOf(rest) }))
      }
    }
  }

  async function run(): Promise<void> {
    running = true
    while (waiting.length > 0) {
      const jobs = waiting
      waiting = []
      try {
        await send(jobs.flatMap(({ records }) => records))
        for (const { resolve } of jobs) resolve()
      } catch (error) {
        const topics = [...new Set(jobs.flatMap(({ records }) => records.map(({ topic }) => topic)))].join(', ')
        for (const { reject } of jobs) reject(new Error(`Kafka did not take records for ${topics}`, { cause: error }))
      }
    }
    running = false
  }

  return (records) =>
    new Promise((resolve, reject) => {
      waiting.push({ records, resolve, reject })
      if (!running) void run()
    })
}

/**
 * kafkajs asks no broker twice that has answered in this call: a partition that moves to such a one while the call is tried again is
 * left out, and the call ends well. What is sent again has the same records and numbers, so a broker that has them knows them.
 */
function unacknowledged(sent: readonly PlacedRecord[], answers: readonly RecordMetadata[]): PlacedRecord[] {
  const acknowledged = new Set(answers.map(({ topicName, partition }) => nameOf({ topic: topicName, partition })))
  return sent.filter((record) => !acknowledged.has(nameOf(record)))
}

/** Cuts records into requests so that no partition gets more than a chunk in one; order within a partition stays. */
function requestsOf(records: readonly PlacedRecord[]): PlacedRecord[][] {
  const requests: PlacedRecord[][] = []
  const filled = new Map<string, { request: number; bytes: number }>()
  for (const record of records) {
    const name = nameOf(record)
    const bytes = sizeOf(record)
    const last = filled.get(name) ?? { request: 0, bytes: 0 }
    const fits = last.bytes === 0 || last.bytes + bytes <= chunkBytesMax
    const now = fits ? { request: last.request, bytes: last.bytes + bytes } : { request: last.request + 1, bytes }
    filled.set(name, now)
    const request = requests[now.request]
    if (request === undefined) requests[now.request] = [record]
    else request.push(record)
  }
  return requests
}

function sizeOf(record: NewRecord): number {
  const headers = record.headers === undefined ? 0 : JSON.stringify(record.headers).length
  return Buffer.byteLength(record.key) + Buffer.byteLength(record.value) + headers + recordOverheadBytes
}

function messagesOf(records: readonly PlacedRecord[]): { topic: string; messages: Message[] }[] {
  const byTopic = new Map<string, Message[]>()
  for (const { topic, key, value, partition, headers, timestamp } of records) {
    const messages = byTopic.get(topic) ?? []
    byTopic.set(topic, messages)
    messages.push({
      key,
      value,
      partition,
      timestamp: String(timestamp ?? Date.now()),
      ...(headers === undefined ? {} : { headers: { ...headers } }),
    })
  }
  return [...byTopic].map(([topic, messages]) => ({ topic, messages }))
}
