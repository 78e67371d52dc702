import { createHash } from 'node:crypto'
import {
  holdsOnly,
  knowledgeEnd,
  type LoggedKnowledge,
  latestKnowledge,
  markerRecords,
  writeKnowledge,
} from '@straylight/events/knowledge-log'
import { dayOf } from '@straylight/models/profile/day-weight'
import type { Log, LogRecord, NewRecord } from '@straylight/runtime/log/log'
import { passes } from '@straylight/runtime/process/kill-point'
import { setAsideRecord } from '@straylight/runtime/set-aside/set-aside-record'
import type { Query, Store } from '@straylight/runtime/store/store'
import { dayMs } from '@straylight/schemas/duration'
import type { Correction, Knowledge } from '@straylight/schemas/knowledge'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { topics } from '@straylight/schemas/topics'
import { z } from 'zod'
import { copyKnowledge } from '../copies/copy-knowledge.ts'
import { HourCounter } from '../count/count-hours.ts'
import { type KnowledgeSettings, learntUntil, makeKnowledge } from './make-knowledge.ts'

/** The store or the log belongs to another deployment than the settings say. */
export class BadProfileKey extends StraylightError {
  override readonly name = 'BadProfileKey'
  override readonly code = 'bad_profile_key'
}

/** Unreadable records of the topic that are reported with one version; the others with the next. */
const unreadableMax = 100

export interface PublishMoment {
  /** Event time that the version is made for, 0 while there is no event. */
  readonly eventTime: number
  /** Log time up to which it knows events, 0 while there is none: quarantined events wait by it. */
  readonly logTime: number
  /** Log time of its making. */
  readonly madeAt: number
  /** Where the weights of days start when there is no event to start from. */
  readonly firstDayMs: number
}

/**
 * Publishes knowledge versions: into the log, then into the store, then markers. Each step may be repeated: a crash between
 * them leaves a version in the log whose copy and markers are made good by `resume`.
 */
export class KnowledgePublisher {
  private readonly log: Log
  private readonly store: Store
  private readonly settings: KnowledgeSettings
  private readonly hours: HourCounter
  private latest: Knowledge | undefined
  /** The version that this publisher wrote and copied last: unless somebody else wrote too, it is the latest and need not be read again. */
  private own: LoggedKnowledge | undefined
  /** Where the topic ended when it was last looked through. */
  private lookedTo = 0
  /** Fingerprints of the settings as given, and as they stand in the latest version. */
  private readonly wanted: string
  private published = ''
  private readonly unreadable: NewRecord[] = []
  private reportedTo = 0

  constructor(log: Log, store: Store, settings: KnowledgeSettings) {
    this.log = log
    this.store = store
    this.settings = settings
    this.hours = new HourCounter(store)
    const { registry, model, sessionAlertRate } = settings
    this.wanted = fingerprint({ registry: [...registry], model, session_alert_rate: sessionAlertRate })
  }

  /** The version in force, 0 before the first. Known after `resume`. */
  get version(): number {
    return this.latest?.version ?? 0
  }

  /**
   * Takes up where the last publisher stopped: copies the latest version to the store and gives its markers again, which
   * readers drop where they stand already.
   */
  async resume(): Promise<NewRecord[]> {
    const latest = await this.refresh()
    if (latest === undefined) return []
    await copyKnowledge(this.store, latest)
    return this.markers(latest.knowledge)
  }

  /** Whether a version would have a day more to learn from, or settings have changed since the latest. */
  due({ oldest, newest }: { oldest: number; newest: number }): boolean {
    const { latest } = this
    if (latest === undefined || this.published !== this.wanted) return true
    const until = learntUntil(newest)
    return until > latest.learnt_until && until > oldest
  }

  /** Whether a person has said true or false since the latest version was made: a publisher that died may owe an answer. */
  async hasUnheardWord(): Promise<boolean> {
    const [row] = await this.store.query(latestMark, {})
    return this.latest !== undefined && row !== undefined && row.marked_at > this.latest.made_at
  }

  /**
   * First day of the weights: kept for good once a version is there, so that what is folded stays comparable. The day of
   * the oldest event, a year back at most, from the newest event and from today: weights stop growing after two, and neither one stray date
   * nor logs of long ago must use them up.
   */
  private async originDay({ eventTime, firstDayMs, madeAt }: PublishMoment): Promise<number> {
    if (this.latest !== undefined) return this.latest.origin_day
    const span = await this.storedSpan()
    if (span === undefined) return dayOf(firstDayMs)
    return Math.max(0, dayOf(span.oldest), dayOf(eventTime) - 360, dayOf(madeAt) - 360)
  }

  /**
   * Makes and writes the next version; its markers, to be appended, switch it on. `history`: what live profiles take with it, and
   * up to which place of history they have it then. `eventTime` 0: there is no event yet.
   */
  async publish(
    moment: PublishMoment,
    history: { readonly imported: readonly Correction[]; readonly until: number } | undefined = undefined,
  ): Promise<{ knowledge: Knowledge; markers: NewRecord[] }> {
    const before = await this.refresh()
    // What the last version corrected must be known before what is still to correct is asked for.
    if (before !== undefined && before !== this.own) await copyKnowledge(this.store, before)
    const originDay = await this.originDay(moment)
    // Never behind the version before: what was learnt stays learnt.
    const eventTime = before === undefined ? moment.eventTime : Math.max(moment.eventTime, heldTime(before.knowledge))
    const { logTime, madeAt } = moment
    const renames = this.latest?.renames ?? []
    const imported = history?.imported ?? []
    const options = {
      ...{ version: this.version + 1, hours: this.hours, eventTime, logTime, madeAt, originDay, imported },
      ...{ renames, historyUntil: history?.until ?? learntOfHistory(before?.knowledge) },
    }
    const knowledge = await makeKnowledge(this.store, this.settings, options)
    const sha256 = await writeKnowledge(this.log, knowledge)
    passes('after-knowledge-before-copy')
    this.take(knowledge)
    await copyKnowledge(this.store, { knowledge, sha256 })
    this.own = { knowledge, sha256 }
    return { knowledge, markers: await this.markers(knowledge) }
  }

  /** Up to which place of history own profiles have learnt it; undefined where an older program made the latest version. */
  async historyUntil(): Promise<number | undefined> {
    return learntOfHistory((await this.refresh())?.knowledge)
  }

  /** What the store holds; nothing while it holds no event. */
  async storedSpan(): Promise<EventSpan | undefined> {
    const [span] = await this.store.query(eventSpan, {})
    return span === undefined || span.events === 0 ? undefined : span
  }

  private async refresh(): Promise<LoggedKnowledge | undefined> {
    const end = await knowledgeEnd(this.log)
    const { own, lookedTo: from } = this
    const isOwn = own !== undefined && (await holdsOnly(this.log, { from, sha256: own.sha256 }))
    this.lookedTo = end
    if (isOwn) return own
    this.own = undefined
    const latest = await latestKnowledge(this.log, (record, reason) => this.setAside(record, reason))
    if (latest === undefined) return undefined
    if (latest.knowledge.profile_key !== this.settings.profileKey) {
      throw new BadProfileKey(
        'The profile key is not the one that this log and store were counted with. Set STRAYLIGHT_PROFILE_KEY to the old one, or restore keys/ in the data folder.',
      )
    }
    this.take(latest.knowledge)
    return latest
  }

  private take(knowledge: Knowledge): void {
    this.latest = knowledge
    this.published = fingerprint(knowledge)
  }

  private async markers({ version, made_at }: Knowledge): Promise<NewRecord[]> {
    const markers = markerRecords(version, await this.log.partitionCount(topics.events.name), made_at)
    return [...markers, ...this.unreadable.splice(0)]
  }

  /** A record of the topic that is no part of a version, reported once: by whoever publishes, since he reads all of it. */
  private setAside(record: LogRecord, reason: string): void {
    if (record.offset < this.reportedTo || this.unreadable.length >= unreadableMax) return
    this.reportedTo = record.offset + 1
    this.unreadable.push(setAsideRecord('baseline', record, { code: 'unreadable', reason }))
  }
}

/** Before the first version nothing was learnt. */
const learntOfHistory = (latest: Knowledge | undefined): number | undefined =>
  latest === undefined ? 0 : latest.history_until

/** The earliest event time whose version has learnt no less. */
const heldTime = ({ learnt_until }: Knowledge): number => (learnt_until === 0 ? 0 : learnt_until + dayMs)

type Published = Pick<Knowledge, 'registry' | 'model' | 'session_alert_rate'>

/** Tells two sets of settings apart, as they stand in a version. */
function fingerprint({ registry, model, session_alert_rate }: Published): string {
  const text = JSON.stringify([registry, model, session_alert_rate])
  return createHash('sha256').update(text).digest('hex')
}

/** Oldest and newest event time, newest log time of events that came by the log (0: none). */
export interface EventSpan {
  readonly oldest: number
  readonly newest: number
  readonly logged: number
}

const SpanRow = z.object({ oldest: z.number(), newest: z.number(), logged: z.number(), events: z.number() })

const eventSpan: Query<Record<string, never>, z.infer<typeof SpanRow>> = {
  name: 'span of events',
  sql: `SELECT toUnixTimestamp64Milli(min(time)) AS oldest, toUnixTimestamp64Milli(max(time)) AS newest,
  toUnixTimestamp64Milli(maxIf(log_time, log_partition >= 0)) AS logged, count() AS events
FROM events`,
  row: SpanRow,
}

/** When the latest verdict was given; the start of time while there is none. */
const latestMark: Query<Record<string, never>, { marked_at: number }> = {
  name: 'latest verdict',
  sql: `SELECT toUnixTimestamp64Milli(max(marked.marked_at)) AS marked_at FROM held_out AS marked
WHERE why IN ('verdict_true', 'verdict_false')`,
  row: z.object({ marked_at: z.number() }),
}
