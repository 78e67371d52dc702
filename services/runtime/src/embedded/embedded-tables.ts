import { type Database, type DatabaseOptions, open, type RootDatabase } from 'lmdb'
import { LogWriteFailed, reasonOfCommit } from '../log-write-failed.ts'
import { openRecordArena, type RecordArena } from './record-arena.ts'

/** What the embedded log remembers of a topic. */
export interface TopicEntry {
  /** Stands for the name in record keys. */
  readonly id: number
  readonly partitions: number
  readonly retentionHours: number
  readonly compacted: boolean
}

/** One LMDB folder; every write to it goes through `write`. */
export interface Tables {
  readonly root: RootDatabase
  /** [topic id, partition, offset] -> packed record. */
  readonly records: Database<Buffer, [number, number, number]>
  /** [topic id, partition] -> next offset; kept apart from the records, so that retention never lets an offset come twice. */
  readonly ends: Database<number, [number, number]>
  readonly topics: Database<TopicEntry, string>
  /** [group, topic id, partition] -> next offset to read. */
  readonly committed: Database<number, [string, number, number]>
  /** 'id' -> what tells this log from any other. */
  readonly identity: Database<string, string>
  /**
   * Runs jobs in one transaction, in the order given, and resolves when it is committed (durable folders: and flushed).
   * A job may read (it sees what stood before the transaction and `ends` of jobs before it), must not throw, and may
   * run more than once: another process can write in between, and then all is tried anew.
   */
  write(job: (turn: PartitionEnds) => void): Promise<void>
  close(): Promise<void>
}

/** The ends of partitions as they stand inside a transaction that is being put together. */
export interface PartitionEnds {
  end(topicId: number, partition: number): number
  setEnd(topicId: number, partition: number, offset: number): void
}

/** Tries against other processes that write to the same folder at the same moment; each try takes a few milliseconds. */
const triesMax = 1000
/** Jobs in one transaction; more wait for the next. */
const jobsMax = 256

/** Opens or creates the folder. The file grows as needed and never shrinks: LMDB uses freed pages again. */
export function openTables(directory: string, durable: boolean): Tables {
  // Without `overlappingSync` a commit is visible only once it is on disk, so no reader acts on what a power cut could undo.
  const root = open({ path: directory, maxDbs: 8, overlappingSync: false, noSync: !durable })
  // A killed process leaves its reader slot behind, which would keep every page it saw from being used again.
  root.readerCheck()
  // lmdb's types do not know this option of its own.
  const values: DatabaseOptions & { encoder: RecordArena } = { encoder: openRecordArena() }
  const stores = {
    records: root.openDB<Buffer, [number, number, number]>('records', values),
    ends: root.openDB<number, [number, number]>('ends', { encoding: 'ordered-binary' }),
    topics: root.openDB<TopicEntry, string>('topics', { encoding: 'json' }),
    committed: root.openDB<number, [string, number, number]>('committed', { encoding: 'ordered-binary' }),
    identity: root.openDB<string, string>('identity', { encoding: 'json' }),
  }
  const turns = root.openDB<number, string>('turns', { encoding: 'ordered-binary', useVersions: true })
  const write = openWriter({ directory, root, ends: stores.ends, turns })
  return { root, ...stores, write, close: () => root.close() }
}

interface Waiting {
  readonly job: (turn: PartitionEnds) => void
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

/**
 * One transaction at a time, with all jobs that came while the last one was being flushed. LMDB's own thread does the
 * writing, so the event loop never waits for the disk. Offsets are given out under a version number that each
 * transaction checks and raises: when another process was faster, nothing is written and the jobs run again.
 * (lmdb 3.5.6: a callback of `transaction()` is never called on Node 20 here; `ifVersion` needs no callback.)
 */
function openWriter({
  directory,
  root,
  ends,
  turns,
}: {
  directory: string
  root: RootDatabase
  ends: Tables['ends']
  turns: Database<number, string>
}): Tables['write'] {
  const waiting: Waiting[] = []
  let running = false

  async function attempt(jobs: readonly Waiting[]): Promise<boolean> {
    root.resetReadTxn()
    const version = turns.getEntry('turn')?.version ?? 0
    const turn = overlay(ends)
    const writeAll = () => {
      void turns.put('turn', 0, version + 1)
      for (const { job } of jobs) job(turn)
      turn.store()
    }
    return version === 0 ? turns.ifNoExists('turn', writeAll) : turns.ifVersion('turn', version, writeAll)
  }

  async function settle(jobs: readonly Waiting[]): Promise<void> {
    for (let tries = 0; tries < triesMax; tries += 1) if (await attempt(jobs)) return
    throw new Error(`the embedded log found no turn to write in ${triesMax} tries: too many processes share its folder`)
  }

  async function run(): Promise<void> {
    running = true
    while (waiting.length > 0) {
      const jobs = waiting.splice(0, jobsMax)
      try {
        await settle(jobs)
        for (const { resolve } of jobs) resolve()
      } catch (error) {
        const failure = new LogWriteFailed(directory, await reasonOfCommit(error))
        for (const { reject } of jobs) reject(failure)
      }
    }
    running = false
  }

  return (job) =>
    new Promise((resolve, reject) => {
      waiting.push({ job, resolve, reject })
      if (!running) void run()
    })
}

function overlay(ends: Tables['ends']): PartitionEnds & { store(): void } {
  const changed = new Map<string, { key: [number, number]; offset: number }>()
  return {
    end: (topicId, partition) => changed.get(`${topicId}/${partition}`)?.offset ?? ends.get([topicId, partition]) ?? 0,
    setEnd: (topicId, partition, offset) => {
      changed.set(`${topicId}/${partition}`, { key: [topicId, partition], offset })
    },
    store: () => {
      for (const { key, offset } of changed.values()) void ends.put(key, offset)
    },
  }
}
