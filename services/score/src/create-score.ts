import { EventReader } from '@straylight/events/event-reader'
import { PublishedVersions } from '@straylight/events/published-versions'
import type { Judgement } from '@straylight/models/scoring/judge'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import type { Log, LogBatch, LogRecord, NewRecord, TopicOffset, TopicPartition } from '@straylight/runtime/log/log'
import type { AppendAhead, Stage } from '@straylight/runtime/process/stage'
import { SetAsides, type StageFault } from '@straylight/runtime/set-aside/set-asides'
import type { Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { type Finding, openFromHeader } from '@straylight/schemas/finding'
import type { AgentName } from '@straylight/schemas/partition-key'
import { topics } from '@straylight/schemas/topics'
import { KnowledgeCache, type LoadedKnowledge } from './judge/loaded-knowledge.ts'
import { type JudgedBatch, PartitionJudge } from './judge/partition-judge.ts'
import { TurnOutput } from './judge/turn-output.ts'
import { CheckpointWriter } from './profiles/checkpoint-writer.ts'
import { CommitState } from './profiles/commit-state.ts'
import { LateProfiles } from './profiles/late-profiles.ts'
import { ProfileCache } from './profiles/profile-cache.ts'
import { partitionCheckpoint } from './profiles/profile-query.ts'
import { StoreAvailability } from './profiles/store-availability.ts'
import { type CredentialChange, CredentialIndex } from './watchers/credential-index.ts'
import { sharedCredentialFindings } from './watchers/shared-credential-finding.ts'

export interface ScoreOptions {
  readonly log: Log
  readonly store: Store
  /** Profiles in memory at most; beyond it the least recently used leave at a checkpoint. */
  readonly profilesMax?: number
  /** Events between checkpoints of changed profiles: bounds what a takeover reads again. */
  readonly checkpointEvents?: number
  /** Milliseconds after which a store that did not give a profile is asked again. Default 500. */
  readonly askAgainMs?: number
  /** Called for every judgement in log order: replay writes scores, metrics count. */
  readonly onJudgement?: (judgement: Judgement) => void
  /** Called when a checkpoint could not be written because the store is away; scoring goes on from memory. */
  readonly onStoreAway?: (error: unknown) => void
  /** Called where score failed on a record, which it set aside. */
  readonly onFault?: (fault: StageFault) => void
  /** For tests: called with each event; throwing is a bug of ours that shows on this event alone. */
  readonly faults?: { readonly onEvent?: (event: AgentEvent) => void }
}

export interface Score extends Stage {
  /** Numbers for the metrics. */
  sizes(): { profiles: number; profile_bytes: number; waiting_agents: number; repeats: number; redelivered: number }
  /** Writes what changed now: at the end of a run. After a batch that failed it writes nothing, the next run then reads more. */
  checkpoint(): Promise<void>
}

const profilesMaxDefault = 100_000
const checkpointEventsDefault = 50_000
const noRoom =
  'score holds twice as many profiles as it may, and can write none down while agents wait for the store: see to the store'
/** Records judged at a time while re-reading. */
const recoverRecords = 2_000
/** Records of a turn that are parsed and judged at a time: what they become is let go before the next, and dies in the young heap. */
const judgedAtATime = 250

/** The stage that turns an event and its agent's profile into a finding, when it matters. */
export function createScore(options: ScoreOptions): Score {
  return new ScoreStage(options)
}

class ScoreStage implements Score {
  readonly name = 'score'
  readonly topics = [topics.events.name, topics.credentials.name]
  /** Findings go out while a turn is judged on (`TurnOutput`): a large one spares waiting for the log's word between turns. */
  readonly batchRecordsMax = 1_000
  private readonly options: ScoreOptions
  private readonly reader = new EventReader()
  private readonly versions: PublishedVersions
  private readonly asides: SetAsides
  private readonly cache: KnowledgeCache
  private readonly profiles: ProfileCache
  private readonly late: LateProfiles
  private readonly judges = new Map<number, PartitionJudge>()
  private readonly credentialIndexes = new Map<number, CredentialIndex>()
  /** Next offset of each events partition: what a checkpoint says. */
  private readonly next = new Map<number, number>()
  private readonly checkpoints: CheckpointWriter
  /** Nothing came since the last turn. */
  private idle = true
  private readonly commit = new CommitState()
  private readonly availability = new StoreAvailability()

  constructor(options: ScoreOptions) {
    this.options = options
    this.versions = new PublishedVersions(options.log)
    this.asides = new SetAsides(this.name, options.onFault)
    this.cache = new KnowledgeCache(options.log)
    this.profiles = new ProfileCache(options.store, options.profilesMax ?? profilesMaxDefault)
    this.checkpoints = new CheckpointWriter(options.store, this.profiles, {
      partitions: () => [...this.next.keys()],
      rowOf: (partition) => this.checkpointRow(partition),
      versionOf: (partition) => this.judges.get(partition)?.version ?? 0,
      availability: this.availability,
    })
    this.late = new LateProfiles(this.profiles, options.askAgainMs)
  }

  sizes() {
    const { repeats, redelivered } = this.reader
    const waiting_agents = this.waitingAgents().length
    return { profiles: this.profiles.size, profile_bytes: this.profiles.bytes(), waiting_agents, repeats, redelivered }
  }

  async assigned(partitions: readonly TopicOffset[]): Promise<void> {
    const events = partitions.filter(({ topic }) => topic === topics.events.name)
    if (events.length > 0) await this.profiles.readStored()
    for (const partition of events) await this.recover(partition)
    for (const partition of partitions)
      if (partition.topic === topics.credentials.name) await this.recoverAlerts(partition)
  }

  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    const lost = new Set(
      partitions.filter(({ topic }) => topic === topics.events.name).map(({ partition }) => partition),
    )
    for (const partition of lost) {
      this.judges.delete(partition)
      this.next.delete(partition)
      this.reader.forget(partition)
    }
    this.profiles.forget(lost)
    this.checkpoints.forget(lost)
    this.late.forget()
    for (const { topic, partition } of partitions)
      if (topic === topics.credentials.name) this.credentialIndexes.delete(partition)
  }

  /** Loads the checkpoint and re-reads silently from there to the committed offset: then memory is as it was. */
  private async recover({ topic, partition, offset: committed }: TopicOffset): Promise<void> {
    const [row] = await this.options.store.query(partitionCheckpoint, { partition })
    const checkpoint = Math.min(row?.checkpoint_offset ?? 0, committed)
    const partitions = await this.options.log.partitionCount(topic)
    const { profiles, cache, asides, availability } = this
    const onEvent = this.options.faults?.onEvent
    const judge = new PartitionJudge({ partition, partitions, profiles, cache, asides, availability, onEvent })
    const version = await this.reader.recover(this.options.log, { partition, committed: checkpoint })
    await judge.startAt(version, row?.silences ?? '')
    this.judges.set(partition, judge)
    this.next.set(partition, committed)
    let records = []
    for await (const record of this.options.log.read({ topic, partition }, checkpoint, committed)) {
      records.push(record)
      if (records.length < recoverRecords) continue
      await this.reread(judge, partition, records)
      records = []
    }
    await this.reread(judge, partition, records)
  }

  /** A profile that a later checkpoint holds already has the event: only profiles as of an earlier offset take it. */
  private async reread(judge: PartitionJudge, partition: number, records: LogBatch['records']): Promise<void> {
    if (records.length === 0) return
    const versionMax = await this.versions.covering(records)
    await judge.judge(this.reader.take({ partition, records }, { versionMax }), { patient: true })
    // Reported when it was first read.
    this.asides.take()
  }

  private async recoverAlerts({ topic, partition, offset: committed }: TopicOffset): Promise<void> {
    const index = new CredentialIndex()
    this.credentialIndexes.set(partition, index)
    const from = await this.options.log.startOffset({ topic, partition })
    for await (const record of this.options.log.read({ topic, partition }, from, committed))
      index.take(record, { versionMax: await this.versions.covering([record]) })
  }

  async process(batches: readonly LogBatch[], ahead?: AppendAhead): Promise<readonly NewRecord[]> {
    this.commit.begin()
    this.idle = false
    // What a turn that failed had set aside comes again with its records.
    this.asides.take()
    const output = new TurnOutput(ahead)
    for (const batch of batches) {
      if (batch.topic === topics.events.name) await this.processEvents(batch, output)
      else output.add(await this.processCredentials(batch))
    }
    return [...output.left(), ...this.asides.take()]
  }

  private async processEvents(batch: LogBatch, output: TurnOutput): Promise<void> {
    const judge = this.judges.get(batch.partition)
    if (!judge) throw new Error(`score was given ${batch.topic}/${batch.partition} before it was assigned`)
    const versionMax = await this.versions.covering(batch.records)
    const onUnreadable = (record: LogRecord, reason: string) => this.asides.unreadable(record, reason)
    for (let from = 0; from < batch.records.length; from += judgedAtATime) {
      const records = batch.records.slice(from, from + judgedAtATime)
      const judged = await judge.judge(this.reader.take({ ...batch, records }, { versionMax, onUnreadable }))
      output.add(this.tell(judge, judged))
      await output.judged(records.length)
    }
    this.next.set(batch.partition, (batch.records.at(-1)?.offset as number) + 1)
    this.commit.handled(batch.records.length)
  }

  private tell(judge: PartitionJudge, judged: JudgedBatch): NewRecord[] {
    for (const judgement of judged.judgements) this.options.onJudgement?.(judgement)
    return recordsOf(judged, judge.firstWaiting)
  }

  private waitingAgents(): AgentName[] {
    return [...this.judges.values()].flatMap((judge) => judge.waitingAgents)
  }

  /** Agents whose profile was not to be had catch up when it comes. */
  async due(): Promise<readonly NewRecord[]> {
    this.cache.ahead.look()
    const came = this.late.take(() => this.waitingAgents())
    if (came.length === 0) {
      if (this.idle) await this.finishCheckpoint()
      this.idle = true
      return []
    }
    this.availability.profilesCame()
    this.commit.begin()
    const reported = [...this.judges.values()].flatMap((judge) => this.tell(judge, judge.resume(came)))
    return [...reported, ...this.asides.take()]
  }

  heldBack(): readonly TopicOffset[] {
    return [...this.judges].flatMap(([partition, { firstWaiting: offset }]) =>
      offset === undefined ? [] : [{ topic: topics.events.name, partition, offset }],
    )
  }

  async close(): Promise<void> {
    this.late.close()
    await this.cache.ahead.settled()
    await this.checkpoints.settled()
  }

  private async processCredentials(batch: LogBatch): Promise<NewRecord[]> {
    const index = this.credentialIndexes.get(batch.partition)
    if (!index) throw new Error(`score was given ${batch.topic}/${batch.partition} before it was assigned`)
    const versionMax = await this.versions.covering(batch.records)
    const findings: Finding[] = []
    for (const record of batch.records) {
      const onUnreadable = (reason: string) => this.asides.unreadable(record, reason)
      const change = this.asides.guard(record, () => index.take(record, { versionMax, onUnreadable }))
      if (change === undefined) continue
      const knowledge = await this.cache.take(index.version)
      findings.push(...(this.asides.guard(record, () => sharedBy(change, knowledge)) ?? []))
    }
    return findings.map((finding) => findingRecord(finding))
  }

  async committed(): Promise<void> {
    const events = this.commit.committed()
    const { size, profilesMax } = this.profiles
    await this.unlessAway(async () => {
      if (this.heldBack().length > 0) this.checkRoom()
      // After a checkpoint that failed the next one waits for its time, unless profiles become twice as many as they should.
      else if (size > (this.availability.acceptsCheckpoints ? 1 : 2) * profilesMax) await this.checkpoint()
      else this.writeSlice(events)
    })
  }

  /** A round of checkpoints that has begun does not wait for further events. */
  private finishCheckpoint(): Promise<void> {
    return this.unlessAway(() => {
      if (this.commit.isCommitted && this.checkpoints.underWay && this.heldBack().length === 0)
        this.checkpoints.goOnIdle()
    })
  }

  /** HeldPosition a partition does not need the store: while it is away scoring goes on, and the next checkpoint tries again. */
  private async unlessAway(write: () => void | Promise<void>): Promise<void> {
    try {
      await write()
    } catch (error) {
      if (!this.options.onStoreAway || this.profiles.size > 2 * this.profiles.profilesMax) throw error
      this.commit.checkpointed()
      this.options.onStoreAway(error)
    }
  }

  private checkRoom(): void {
    if (this.profiles.size > 2 * this.profiles.profilesMax) throw new Error(noRoom)
  }

  /** A round of checkpoints begins when one is due and ends before the next is. */
  private writeSlice(events: number): void {
    const every = this.options.checkpointEvents ?? checkpointEventsDefault
    if (!this.checkpoints.underWay && this.commit.isCheckpointDue(every)) {
      this.commit.checkpointed()
      this.checkpoints.begin(every / 2)
    }
    this.checkpoints.goOn(events)
  }

  async checkpoint(): Promise<void> {
    // While somebody waits, events behind the first of theirs are not done: written down, they would be skipped when they come again.
    if (!this.commit.isCommitted || this.heldBack().length > 0) return
    await this.checkpoints.all()
    this.commit.checkpointed()
  }

  private checkpointRow(partition: number) {
    const checkpoint_offset = this.next.get(partition)
    if (checkpoint_offset === undefined) return undefined
    const judge = this.judges.get(partition)
    const { version, silences } = { version: judge?.version ?? 0, silences: judge?.silenceState() ?? '' }
    return { log_partition: partition, checkpoint_offset, knowledge_version: version, silences }
  }
}

const sharedBy = (change: CredentialChange, knowledge: LoadedKnowledge): Finding[] =>
  sharedCredentialFindings(change, knowledge.context).map((finding) => knowledge.suppressions.marked(finding))

const findingRecord = (finding: Finding, openFrom?: number): NewRecord => ({
  topic: topics.findings.name,
  partition: 0,
  key: agentKeyOf(finding),
  value: JSON.stringify(finding),
  timestamp: finding.log_time,
  ...(openFrom === undefined ? {} : { headers: { [openFromHeader]: String(openFrom) } }),
})

function recordsOf({ judgements, findings }: JudgedBatch, openFrom: number | undefined): NewRecord[] {
  const sessions = judgements.flatMap((judgement) =>
    judgement.ended.map((session) => ({
      topic: topics.sessions.name,
      key: agentKeyOf(session),
      value: JSON.stringify(session),
    })),
  )
  return [...findings.map((finding) => findingRecord(finding, openFrom)), ...sessions]
}
