import type { Log, LogRecord } from '@straylight/runtime/log/log'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { Marker } from '@straylight/schemas/knowledge'
import { parsedJson } from '@straylight/schemas/parsed-json'
import type { Position } from '@straylight/schemas/position'
import { topics } from '@straylight/schemas/topics'
import { isAgentEvent } from './is-agent-event.ts'
import { PublishedVersions } from './published-versions.ts'
import { RepeatWindow, windowStart } from './repeat-window.ts'

/** What a reader of `agent.events.v1` works with: each event once, and the markers that switch knowledge on. */
export type ReadEvent =
  | {
      readonly kind: 'event'
      readonly event: AgentEvent
      /** The event as it stands in the log, JSON. */
      readonly text: string
      readonly offset: number
      /** Milliseconds since 1970 UTC. */
      readonly log_time: number
      /** The same tenant and id came before with other content, within the last 200,000 records. */
      readonly changed_repeat: boolean
    }
  | { readonly kind: 'marker'; readonly version: number; readonly offset: number }

export interface TakeOptions {
  /** The latest version published: markers beyond it are none. */
  readonly versionMax?: number
  readonly onUnreadable?: (record: LogRecord, reason: string) => void
}

const passOver = (): void => undefined
const isMarker = (record: LogRecord): boolean => record.headers.type === 'marker'

interface PartitionState {
  /** Highest source position by source topic and partition. */
  readonly positions: Map<string, { offset: number; index: number }>
  readonly repeats: RepeatWindow
  marker: number
}

const newState = (): PartitionState => ({ positions: new Map(), repeats: new RepeatWindow(), marker: 0 })

/** Where the last marker is searched for, so many records at a time. */
const searchRecords = 100_000

/**
 * Reads `agent.events.v1` so that each event counts once. Both `baseline` and `score` read through it,
 * so both see the same events in the same order.
 *
 * Dropped, in this order: what does not stand above the highest position of its source partition (ingest sent it again
 * after a restart), and what a shipper sent twice (same tenant, id and content).
 *
 * Every record is held to the schema of events, by hand (`isAgentEvent`), since zod takes eight microseconds. A record that is
 * no event, and a marker of a version that nobody has published, is reported to the caller and passed over: both stages leave out the same.
 *
 * State by partition: a few bytes a source partition, and a `RepeatWindow` (40 MB when full).
 */
export class EventReader {
  private readonly partitions = new Map<number, PartitionState>()
  /** Sent twice by their shipper, and dropped. */
  repeats = 0
  /** Written twice by ingest or baseline, and dropped. */
  redelivered = 0
  /** Neither event nor marker: someone else writes the topic. */
  unreadable = 0

  take(
    batch: { readonly partition: number; readonly records: readonly LogRecord[] },
    { versionMax = Number.POSITIVE_INFINITY, onUnreadable = passOver }: TakeOptions = {},
  ): ReadEvent[] {
    const state = this.stateOf(batch.partition)
    const read: ReadEvent[] = []
    for (const record of batch.records) {
      const taken = isMarker(record) ? this.readMarker(state, record, versionMax) : this.readEvent(state, record)
      if (typeof taken !== 'string') read.push(...(taken === undefined ? [] : [taken]))
      else {
        this.unreadable++
        onUnreadable(record, taken)
      }
    }
    return read
  }

  /**
   * Rebuilds what was known of a partition when `committed` (next to read) was committed, from the records before it: the
   * window of repeats, highest positions, and the last marker, however far back. Returns the version that marker switched
   * on, 0 for none.
   */
  async recover(log: Log, options: { partition: number; committed: number }): Promise<number> {
    const { partition, committed } = options
    const topicPartition = { topic: topics.events.name, partition }
    const start = await log.startOffset(topicPartition)
    const state = newState()
    this.partitions.set(partition, state)
    const counted = [this.repeats, this.redelivered] as const
    const versionMax = await new PublishedVersions(log).latest()
    const from = Math.max(start, windowStart(committed))
    for await (const record of log.read(topicPartition, from, committed)) {
      if (isMarker(record)) this.readMarker(state, record, versionMax)
      else this.readEvent(state, record)
    }
    ;[this.repeats, this.redelivered] = counted
    for (let to = from; to > start && state.marker === 0; to -= searchRecords) {
      const chunk = log.read(topicPartition, Math.max(start, to - searchRecords), to)
      for await (const record of chunk) if (isMarker(record)) this.readMarker(state, record, versionMax)
    }
    this.redelivered = counted[1]
    return state.marker
  }

  /** The version that the last marker read of a partition switched on; 0 before the first. */
  markerOf(partition: number): number {
    return this.partitions.get(partition)?.marker ?? 0
  }

  /** Forgets a partition that another instance holds now. */
  forget(partition: number): void {
    this.partitions.delete(partition)
  }

  private stateOf(partition: number): PartitionState {
    const known = this.partitions.get(partition)
    if (known !== undefined) return known
    const state = newState()
    this.partitions.set(partition, state)
    return state
  }

  private readMarker(state: PartitionState, record: LogRecord, versionMax: number): ReadEvent | string | undefined {
    const marker = Marker.safeParse(parsedJson(record.value.toString()))
    if (!marker.success) return 'is marked as a marker and names no knowledge version'
    const { version } = marker.data
    if (version > versionMax)
      return `switches on knowledge version ${version}; the latest that was published is ${versionMax}`
    if (version <= state.marker) {
      this.redelivered++
      return undefined
    }
    state.marker = version
    return { kind: 'marker', version, offset: record.offset }
  }

  /** The event, nothing where it came before, or why it is none. */
  private readEvent(state: PartitionState, record: LogRecord): ReadEvent | string | undefined {
    const text = record.value.toString()
    const event = parsedJson(text)
    if (!isAgentEvent(event)) return event === undefined ? 'is not JSON' : 'has not the shape of an event'
    // 52 bits of the content's hash tell two contents of one id apart.
    const content = Number.parseInt(event.content_hash.slice(0, 13), 16)
    // An id is its agent's own: nobody makes another agent's event a repeat by naming its id first.
    const seen = state.repeats.see(`${event.tenant}\n${event.agent}\n${event.id}`, content, record.offset)
    if (!advances(state.positions, event.position)) {
      this.redelivered++
      return undefined
    }
    if (seen === 'repeat') {
      this.repeats++
      return undefined
    }
    const changed_repeat = seen === 'changed'
    return { kind: 'event', event, text, offset: record.offset, log_time: record.timestamp, changed_repeat }
  }
}

/** Whether a position stands above the highest of its source partition, which it then becomes. */
function advances(positions: PartitionState['positions'], position: Position): boolean {
  const source = `${position.topic}/${position.partition}`
  const highest = positions.get(source)
  if (highest === undefined) {
    positions.set(source, { offset: position.offset, index: position.index })
    return true
  }
  const { offset, index } = position
  if (offset < highest.offset || (offset === highest.offset && index <= highest.index)) return false
  highest.offset = offset
  highest.index = index
  return true
}
