import { passes } from '@straylight/runtime/process/kill-point'
import type { Store } from '@straylight/runtime/store/store'
import type { HeldProfile, ProfileCache } from './profile-cache.ts'
import type { StoreAvailability } from './store-availability.ts'

/** A row of `partition_checkpoints`: from where a partition is read again, and what its watch knew there. */
export interface CheckpointRow extends Record<string, unknown> {
  readonly log_partition: number
  readonly checkpoint_offset: number
  readonly knowledge_version: number
  readonly silences: string
}

/** What the stage says of its partitions, as of the last commit. */
export interface CheckpointPlaces {
  partitions(): readonly number[]
  /** Undefined for a partition that has left. */
  rowOf(partition: number): CheckpointRow | undefined
  versionOf(partition: number): number
  /** Hears how each insert ended. */
  readonly availability: StoreAvailability
}

/** A checkpoint that the store does not take in time is left for the next one: no event waits for it. */
const withinMs = 5_000
/** Profiles written in one insert, at most. */
const sliceMax = 2_000
/** And at least: some 5 ms of work between two batches. */
const sliceMin = 32
/** When nothing comes: some 30 ms, for which an event that does come may have to wait. */
const sliceIdle = 512

/** A partition whose checkpoint is being written. */
interface Open {
  readonly row: CheckpointRow
  /** Changed when the row was made and not written since, the last one first. */
  readonly left: HeldProfile[]
}

/**
 * Writes checkpoints in slices between batches, so that no event waits for thousands of profiles, nor for the store.
 *
 * Partition by partition: its row is made at once, as of that moment; then its changed profiles go out, each as it stands when
 * its slice does, which is that moment or later; the row last. So what the row promises holds: every profile stands in the store
 * as of its offset or later. A crash in between leaves the older row, which only means more to re-read.
 * One insert is under way at a time, beside the loop; how it ended is heard with the next batch.
 */
export class CheckpointWriter {
  private readonly store: Store
  private readonly profiles: ProfileCache
  private readonly places: CheckpointPlaces
  /** Partitions of this round that have not had their turn. */
  private round: number[] = []
  private open: Open | undefined
  /** Profiles to write for each event, so that a round ends in time. */
  private pace = 0
  private eventsSinceSlice = 0
  private writing: Promise<void> | undefined
  private failure: { readonly error: unknown } | undefined

  constructor(store: Store, profiles: ProfileCache, places: CheckpointPlaces) {
    this.store = store
    this.profiles = profiles
    this.places = places
  }

  get underWay(): boolean {
    return this.open !== undefined || this.round.length > 0 || this.writing !== undefined
  }

  /** Begins a round of all partitions, which ends within some `events` events. */
  begin(events: number): void {
    this.round = [...this.places.partitions()]
    this.pace = this.profiles.changed().length / events
    this.eventsSinceSlice = 0
  }

  /** Goes on by one slice after a batch of so many events. Throws what an insert failed with; the round is given up then. */
  goOn(events: number): void {
    this.eventsSinceSlice += events
    const due = Math.max(sliceMin, Math.ceil(this.pace * this.eventsSinceSlice))
    this.writeNext(Math.min(sliceMax, due))
  }

  /** The same when no events come: a round that has begun ends without them. */
  goOnIdle(): void {
    this.writeNext(sliceIdle)
  }

  private writeNext(most: number): void {
    this.tellFailure()
    if (this.writing !== undefined) return
    this.open ??= this.openNext()
    if (this.open === undefined) return
    const { row, left } = this.open
    // The last one first: taken from the end, none of the others moves.
    const slice = left.splice(-most).reverse()
    this.eventsSinceSlice = 0
    if (slice.length > 0) {
      this.write(this.insertProfiles(slice))
      return
    }
    this.open = undefined
    passes('after-profiles-before-offsets')
    this.write(this.store.insert('partition_checkpoints', [row], { onceWithinMs: withinMs }))
  }

  /** Everything at once, and waits for it. */
  async all(): Promise<void> {
    await this.settled()
    this.giveUp()
    const changed = this.profiles.changed()
    for (let from = 0; from < changed.length; from += sliceMax)
      await this.watched(this.insertProfiles(changed.slice(from, from + sliceMax)))
    passes('after-profiles-before-offsets')
    const rows = this.places.partitions().flatMap((partition) => this.places.rowOf(partition) ?? [])
    if (rows.length > 0)
      await this.watched(this.store.insert('partition_checkpoints', rows, { onceWithinMs: withinMs }))
  }

  /** Partitions have left: their profiles are another's to write. */
  forget(partitions: ReadonlySet<number>): void {
    this.round = this.round.filter((partition) => !partitions.has(partition))
    if (this.open !== undefined && partitions.has(this.open.row.log_partition)) this.open = undefined
  }

  /** When no insert is under way. One that failed is heard of elsewhere, or is nobody's loss: the older checkpoint stands. */
  async settled(): Promise<void> {
    await this.writing
  }

  private giveUp(): void {
    this.round = []
    this.open = undefined
    this.failure = undefined
  }

  private tellFailure(): void {
    if (this.failure === undefined) return
    const { error } = this.failure
    this.giveUp()
    throw error
  }

  private openNext(): Open | undefined {
    for (let partition = this.round.shift(); partition !== undefined; partition = this.round.shift()) {
      const row = this.places.rowOf(partition)
      if (row === undefined) continue
      const left = this.profiles.changed(partition)
      return { row, left: left.reverse() }
    }
    return undefined
  }

  /** Resolves when they are written, and marks them so unless they have changed again. */
  private async insertProfiles(profiles: readonly HeldProfile[]): Promise<void> {
    for (const { profile } of profiles) profile.compact()
    const rows = profiles.map((held) => ({
      tenant: held.tenant,
      agent: held.agent,
      log_partition: held.partition,
      as_of_offset: held.as_of_offset,
      knowledge_version: this.places.versionOf(held.partition),
      state: held.profile.toState(),
    }))
    await this.store.insert('profiles', rows, { onceWithinMs: withinMs })
    this.profiles.written(
      profiles,
      rows.map(({ as_of_offset }) => as_of_offset),
    )
  }

  private write(insert: Promise<void>): void {
    this.writing = this.watched(insert)
      .catch((error: unknown) => {
        this.failure = { error }
      })
      .finally(() => {
        this.writing = undefined
      })
  }

  private async watched(insert: Promise<void>): Promise<void> {
    try {
      await insert
      this.places.availability.checkpointStands()
    } catch (error) {
      this.places.availability.checkpointFailed()
      throw error
    }
  }
}
