import type { Alert } from '@straylight/schemas/alert'
import { afterAll, type FoundAt, type ProcessedPositions, placeOf } from './processed-positions.ts'
import type { JournalState } from './respond-journal.ts'

/** A revision on its way to the journal. */
export interface JournalEntry {
  readonly alert: Alert
  readonly state: JournalState
}

/**
 * What a turn writes to the journal. Any first part of it must be a state that respond could have been in, and no agent must make it
 * long: evidence that changes nothing but its own alert waits for the end of the turn, and is then written once an alert, however
 * many findings there were, and however they alternated. Until then the positions of other entries leave it open: where the turn
 * is cut off it is read again.
 */
export interface TurnJournal {
  /** Position of a finding that changed no alert. */
  took(found: FoundAt): void
  /** The alert with this finding, which waits until more becomes of the alert, or the turn ends. */
  defer(alert: Alert, found: FoundAt): void
  /** A revision that stands for more than evidence. */
  write(alert: Alert, given: WrittenRevision): void
  /** All entries, what has waited last. */
  end(): readonly JournalEntry[]
}

export interface WrittenRevision {
  /** The finding that led to it. */
  readonly found?: FoundAt | undefined
  /** It stays, whatever follows in the turn: it is the proof that a command was decided. */
  readonly sends: boolean
  /** All that waits goes before it: what was decided there could be decided otherwise after it. */
  readonly inOrder: boolean
}

interface Waiting {
  alert: Alert
  readonly found: FoundAt[]
}

/** `processed` tells what respond has taken, in all; `finished` makes an alert that has waited ready to be read. */
export function createTurnJournal(processed: () => ProcessedPositions, finished: (alert: Alert) => Alert): TurnJournal {
  const entries: (JournalEntry & { readonly sends: boolean })[] = []
  const waiting = new Map<string, Waiting>()
  /** By place: no finding below it waits. Rises only when nothing waits any more. */
  const openFrom = new Map<string, number>()
  let covered = processed()

  const cover = (found: readonly FoundAt[]): void => {
    covered = afterAll(covered, found, openFrom)
  }
  const push = (alert: Alert, sends: boolean): void => {
    const last = entries.at(-1)
    if (last?.alert.id === alert.id && !last.sends) entries.pop()
    entries.push({ alert, state: { processed: covered }, sends })
  }
  /** Takes the alert from those that wait; its findings are covered by what is written next. */
  const take = (id: string): void => {
    const { found = [] } = waiting.get(id) ?? {}
    waiting.delete(id)
    if (waiting.size === 0) openFrom.clear()
    cover(found)
  }
  const writeWaiting = (except?: string): void => {
    for (const { alert } of [...waiting.values()]) {
      if (alert.id === except) continue
      take(alert.id)
      push(finished(alert), false)
    }
  }
  return {
    took: (found) => cover([found]),
    defer: (alert, found) => {
      const place = placeOf(found.log)
      openFrom.set(place, Math.min(openFrom.get(place) ?? found.log.offset, found.log.offset))
      const own = waiting.get(alert.id) ?? { alert, found: [] }
      own.alert = alert
      own.found.push(found)
      waiting.set(alert.id, own)
    },
    write: (alert, { found, sends, inOrder }) => {
      if (inOrder) writeWaiting(alert.id)
      take(alert.id)
      if (found !== undefined) cover([found])
      const { verdicts, results } = processed()
      covered = { ...covered, verdicts, results }
      push(alert, sends)
    },
    end: () => {
      writeWaiting()
      return entries
    },
  }
}
