import type { Log, LogRecord } from '@straylight/runtime/log/log'
import { KnowledgePart, Marker } from '@straylight/schemas/knowledge'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { topics } from '@straylight/schemas/topics'

const topic = { topic: topics.knowledge.name, partition: 0 }

/**
 * The latest knowledge version that anybody has published. A marker stands behind its knowledge in time, so one that names a later
 * version is no marker of ours: nobody could ever judge by it. The topic is read on from where it was left, and only when a marker asks.
 */
export class PublishedVersions {
  private readonly log: Log
  private known = 0
  private readTo = 0

  constructor(log: Log) {
    this.log = log
  }

  /** The latest version, as far as these records need to know it. Infinity while there is none: a log that lost them is for others to tell. */
  async covering(records: readonly LogRecord[]): Promise<number> {
    const named = records.map((record) => (record.headers.type === 'marker' ? versionOf(record) : 0))
    return named.some((version) => version > this.known) ? this.latest() : this.bound
  }

  async latest(): Promise<number> {
    const end = await this.log.endOffset(topic)
    if (end <= this.readTo) return this.bound
    const from = Math.max(this.readTo, await this.log.startOffset(topic))
    for await (const record of this.log.read(topic, from, end)) {
      const version = Number(record.headers.version)
      // The text is looked at only where its header promises more than is known.
      if (version > this.known && isPart(record, version)) this.known = version
    }
    this.readTo = end
    return this.bound
  }

  private get bound(): number {
    return this.known === 0 ? Number.POSITIVE_INFINITY : this.known
  }
}

function isPart(record: LogRecord, version: number): boolean {
  return KnowledgePart.safeParse(parsedJson(record.value.toString())).data?.version === version
}

const versionOf = (record: LogRecord): number =>
  Marker.safeParse(parsedJson(record.value.toString())).data?.version ?? 0
