import { EventReader } from '@straylight/events/event-reader'
import { PublishedVersions } from '@straylight/events/published-versions'
import { type ProfileKeyHasher, sharedHasher } from '@straylight/models/profile/profile-key-hasher'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import type { Log, LogBatch, NewRecord, TopicOffset, TopicPartition } from '@straylight/runtime/log/log'
import { passes } from '@straylight/runtime/process/kill-point'
import type { Stage } from '@straylight/runtime/process/stage'
import { SetAsides, type StageFault } from '@straylight/runtime/set-aside/set-asides'
import type { Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs } from '@straylight/schemas/duration'
import { type AgentName, agentOfPartitionKey } from '@straylight/schemas/partition-key'
import { topics } from '@straylight/schemas/topics'
import { copiedTopics } from './copies/copy-record.ts'
import { eventRows, storeCopies } from './copies/store-batch.ts'
import type { EventRow } from './count/event-row.ts'
import { type EventSpan, KnowledgePublisher } from './knowledge/knowledge-publisher.ts'
import type { KnowledgeSettings } from './knowledge/make-knowledge.ts'
import { AgentClocks } from './profiles/agent-clocks.ts'
import { historyBetween, storedCount, storeHistory } from './profiles/import-history.ts'
import { type FinishProfiles, importProfiles } from './profiles/import-profiles.ts'
import { LearntBeside } from './profiles/learnt-beside.ts'

export interface BaselineOptions extends KnowledgeSettings {
  readonly log: Log
  readonly store: Store
  /** Wall clock, milliseconds since 1970 UTC: when a version was made. A replay gives its own. */
  readonly now: () => number
  /** `daily` (default): a version a day of event time, at start, when settings changed, and after verdicts. `when_called`: never by itself. */
  readonly publishes?: 'daily' | 'when_called'
  /** Completes the profiles of an import before they are stored. */
  readonly finishProfiles?: FinishProfiles
  /** Called where baseline failed on a record, which it set aside. */
  readonly onFault?: (fault: StageFault) => void
  /** For tests: called with each event; throwing is a bug of ours that shows on this event alone. */
  readonly faults?: { readonly onEvent?: (event: AgentEvent) => void }
}

export interface ImportSummary {
  /** Events stored. */
  readonly events: number
  /** Events that came again and were left out. */
  readonly repeats: number
  readonly agents: number
  /** The knowledge version that learnt them. */
  readonly version: number
  /** Events that are in no agent's own profile, since an import beside a running deployment takes the newest 20,000 there. */
  readonly shared_only: number
}

/** What one process counts of itself. */
export interface BaselineCounts {
  readonly repeats: number
  readonly redelivered: number
  readonly unreadable: number
}

export interface ImportOptions {
  /**
   * Scoring goes on meanwhile, or has begun before: profiles that live take the history at the version's marker. Where it is not said: whether
   * the log has brought any event yet.
   */
  readonly beside?: boolean
}

export interface Baseline extends Stage {
  readonly counts: BaselineCounts
  /** Learns history in one go, as vetted at every level, and publishes a version. Its events are not scored. */
  importHistory(
    events: AsyncIterable<AgentEvent> | Iterable<AgentEvent>,
    options?: ImportOptions,
  ): Promise<ImportSummary>
  /**
   * Publishes a version and switches it on; returns its number. `nowMs` is a moment of event time and of log time, at most the end
   * of the newest event's day: live hours are learnt up to the day before its own.
   */
  publishKnowledge(nowMs: number): Promise<number>
}

export function createBaseline(options: BaselineOptions): Baseline {
  return new BaselineStage(options)
}

const eventsTopic = topics.events.name
/**
 * Records of a partition that are parsed at a time. What a turn holds at once outlives the young heap: with 5,000 of each of four partitions,
 * collecting garbage took a third of all that baseline used.
 */
const parsedRecordsMax = 500
/** Rows of one insert: more cost the store no less each. */
const insertRowsMax = 5_000
/** So often, at most, a version is made because people have spoken. */
const answersEveryMs = 300_000
const endOfDay = (timeMs: number): number => (Math.floor(timeMs / dayMs) + 1) * dayMs

function namesOfKeys({ records }: LogBatch): AgentName[] {
  const keys = new Set(records.map(({ key }) => key))
  return [...keys].flatMap((key) => agentOfPartitionKey(key) ?? [])
}

class BaselineStage implements Baseline {
  readonly name = 'baseline'
  readonly topics = [eventsTopic, ...copiedTopics]
  readonly batchRecordsMax = 5_000
  /**
   * An insert costs the store tens of milliseconds, however few its rows, and merges write small parts anew more often: of 700 rows one costs 2.5
   * times what one of 2,000 does. So live they go together, the more of them the more there are. Knowledge is a day's, and people see what stood
   * in the log up to three seconds ago.
   */
  readonly rest = {
    belowLag: 2_000,
    ms: (records: number) => (records < 100 ? 200 : records < 1_000 ? 1_000 : 3_000),
  }
  private readonly options: BaselineOptions
  private readonly reader = new EventReader()
  private readonly clocks: AgentClocks
  private readonly hasher: ProfileKeyHasher
  private readonly versions: PublishedVersions
  private readonly asides: SetAsides
  private readonly publisher: KnowledgePublisher
  /** Whether this instance holds partition 0 of the events, and so publishes. */
  private owner = false
  /** What is stored, by this instance or before it: `oldest` Infinity and the others 0 for none. */
  private span: EventSpan = { oldest: Number.POSITIVE_INFINITY, newest: 0, logged: 0 }
  /** People have spoken since the latest version, as far as this instance has seen. */
  private spoken = false
  /** Log time of the latest version that this instance made for what people said. */
  private answeredAt = 0
  /** Markers of a version that the last publisher may not have put down. */
  private owed: NewRecord[] = []
  /** Publishing goes one at a time, whoever asks. */
  private publishing: Promise<unknown> = Promise.resolve()

  constructor(options: BaselineOptions) {
    this.options = options
    this.clocks = new AgentClocks(options.store)
    this.hasher = sharedHasher(options.profileKey)
    this.versions = new PublishedVersions(options.log)
    this.asides = new SetAsides(this.name, options.onFault)
    this.publisher = new KnowledgePublisher(options.log, options.store, options)
  }

  get counts(): BaselineCounts {
    const { repeats, redelivered, unreadable } = this.reader
    return { repeats, redelivered, unreadable }
  }

  async assigned(partitions: readonly TopicOffset[]): Promise<void> {
    for (const { topic, partition, offset } of partitions) {
      if (topic !== eventsTopic) continue
      this.clocks.forget(partition)
      await this.reader.recover(this.options.log, { partition, committed: offset })
      if (partition !== 0) continue
      this.owner = true
      this.widen((await this.publisher.storedSpan()) ?? this.span)
      this.owed = await this.alone(() => this.publisher.resume())
      this.spoken = await this.publisher.hasUnheardWord()
    }
  }

  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    for (const { topic, partition } of partitions) {
      if (topic !== eventsTopic) continue
      this.clocks.forget(partition)
      this.reader.forget(partition)
      if (partition === 0) this.owner = false
    }
  }

  /** Stores; writes to the log what it can't work with. Committed after, so a batch that was cut short is stored again, as the same rows. */
  async process(batches: readonly LogBatch[]): Promise<readonly NewRecord[]> {
    const { store } = this.options
    // What a turn that failed had set aside comes again with its records.
    this.asides.take()
    await this.storeEvents(batches.filter(({ topic }) => topic === eventsTopic))
    passes('after-events-before-copies')
    this.clocks.trim()
    const { words } = await storeCopies(
      store,
      batches.filter(({ topic }) => topic !== eventsTopic),
      this.asides,
    )
    if (words > 0) this.spoken = true
    return this.asides.take()
  }

  /** A few at a time, and together in large inserts. */
  private async storeEvents(batches: readonly LogBatch[]): Promise<void> {
    let rows: EventRow[] = []
    for (const batch of batches) {
      // One question for all of its agents; whom a record's key does not name is asked for with the record.
      await this.clocks.load(batch.partition, namesOfKeys(batch), batch.records[0]?.offset ?? 0)
      for (let from = 0; from < batch.records.length; from += parsedRecordsMax) {
        const records = batch.records.slice(from, from + parsedRecordsMax)
        for (const row of await this.eventRows({ ...batch, records })) rows.push(row)
        if (rows.length < insertRowsMax) continue
        await this.insertEvents(rows)
        rows = []
      }
    }
    await this.insertEvents(rows)
  }

  private async insertEvents(rows: readonly EventRow[]): Promise<void> {
    await this.options.store.insert('events', rows)
    for (const { time, log_time } of rows) this.widen({ oldest: time, newest: time, logged: log_time })
  }

  private async eventRows(batch: LogBatch): Promise<EventRow[]> {
    const { reader, clocks, hasher, asides } = this
    const versionMax = await this.versions.covering(batch.records)
    return eventRows({ reader, clocks, hasher, asides, versionMax, onEvent: this.options.faults?.onEvent }, batch)
  }

  async due(nowMs: number): Promise<readonly NewRecord[]> {
    if (!this.owner) return []
    const owed = this.owed
    this.owed = []
    // What people say does not wait for the next day, but a flood of words makes no flood of versions.
    const answers = this.spoken && nowMs - this.answeredAt >= answersEveryMs
    if (this.options.publishes === 'when_called' || !(answers || this.publisher.due(this.span))) return owed
    this.spoken = false
    if (answers) this.answeredAt = nowMs
    const { markers } = await this.alone(() => this.publisher.publish(this.moment(this.span)))
    return [...owed, ...markers]
  }

  async importHistory(
    events: AsyncIterable<AgentEvent> | Iterable<AgentEvent>,
    options: ImportOptions = {},
  ): Promise<ImportSummary> {
    return this.alone(async () => {
      const { store, log, finishProfiles } = this.options
      const beside = options.beside ?? ((await this.publisher.storedSpan())?.logged ?? 0) > 0
      const own = new LearntBeside()
      if (beside) await this.addOwed(own)
      const stored = await storeHistory(store, this.hasher, events, (learnt) => beside && own.add(learnt))
      this.widen((await this.publisher.storedSpan()) ?? this.span)
      const learnt = beside ? own.corrections() : []
      const history = { imported: learnt, until: stored.next }
      const { knowledge, markers } = await this.publisher.publish(this.moment(this.span), history)
      const agents = beside
        ? new Set(learnt.map(agentKeyOf)).size
        : await importProfiles(store, knowledge, finishProfiles)
      await log.append(markers)
      const shared_only = own.seen - learnt.length
      return { events: stored.events, repeats: stored.repeats, agents, version: knowledge.version, shared_only }
    })
  }

  /** What an import stored that ended before its version was out: no profile has it, and as a repeat it would never come. */
  private async addOwed(own: LearntBeside): Promise<void> {
    const to = await storedCount(this.options.store)
    const from = (await this.publisher.historyUntil()) ?? to
    for await (const learnt of historyBetween(this.options.store, { from, to })) own.add(learnt)
  }

  async publishKnowledge(nowMs: number): Promise<number> {
    return this.alone(async () => {
      const span = await this.publisher.storedSpan()
      const newest = span === undefined ? 0 : Math.min(nowMs, endOfDay(span.newest))
      const logged = span === undefined ? 0 : Math.min(nowMs, endOfDay(span.logged))
      const { knowledge, markers } = await this.publisher.publish(this.moment({ newest, logged }, nowMs))
      await this.options.log.append(markers)
      return knowledge.version
    })
  }

  private widen({ oldest, newest, logged }: EventSpan): void {
    this.span = {
      oldest: Math.min(this.span.oldest, oldest),
      newest: Math.max(this.span.newest, newest),
      logged: Math.max(this.span.logged, logged),
    }
  }

  /** `firstDay`: where weights start when there is no event to start from. */
  private moment({ newest, logged }: Omit<EventSpan, 'oldest'>, firstDay = this.options.now()) {
    return { eventTime: newest, logTime: logged, firstDayMs: firstDay, madeAt: this.options.now() }
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.publishing.then(work)
    this.publishing = result.catch(() => undefined)
    return result
  }
}
