import type { SharedLevel } from '@straylight/schemas/knowledge'
import { AmountTails } from '../features/amount-tails.ts'
import { WriteShares } from '../features/write-shares.ts'
import { CountTable } from '../profile/count-table.ts'
import type { HashedKey } from '../profile/hashed-key.ts'
import type { Profile } from '../profile/profile.ts'

/**
 * Counts of a peer group or a tenant. Keys carry how many distinct agents have them, contexts how many distinct keys.
 * Fixed between knowledge versions: shared levels learn only from vetted or aged history.
 */
export class SharedCounts {
  readonly table: CountTable
  readonly tails = new AmountTails()
  readonly writeShares = new WriteShares()
  /** Whether days of the week and of a weekend were seen (`time-family.ts`); undefined: not asked since the last change. */
  knowsWeek: boolean | undefined
  agents: number
  events: number

  constructor(table = new CountTable(), agents = 0, events = 0) {
    this.table = table
    this.agents = agents
    this.events = events
  }

  static from(level: SharedLevel): SharedCounts {
    return new SharedCounts(CountTable.unpack(level.table), level.agents, level.events)
  }

  private forgetDerived(): void {
    this.tails.forget()
    this.writeShares.forget()
    this.knowsWeek = undefined
  }

  /** Adds an event; `profile` is its agent's own, before the event is folded into it. */
  fold(keys: readonly HashedKey[], weight: number, profile: Profile): void {
    this.forgetDerived()
    const mine = new Set<number>()
    for (const { of, key } of keys) {
      const { hash: context } = of
      const first = !profile.table.has(key) && !mine.has(key)
      mine.add(key)
      const before = this.table.add(key, weight, first ? 1 : 0)
      this.table.add(context, weight, before === 0 ? 1 : 0)
    }
    this.events++
  }

  /** Takes an event back; `profile` is its agent's own, after the event was unfolded from it. */
  unfold(keys: readonly HashedKey[], weight: number, profile: Profile): void {
    this.forgetDerived()
    const mine = new Set<number>()
    for (const { of, key } of keys) {
      const { hash: context } = of
      const last = !profile.table.has(key) && !mine.has(key)
      mine.add(key)
      if (last) this.table.addAuxiliary(key, -1)
      const gone = this.table.add(key, -weight) === weight
      if (gone) this.table.addAuxiliary(context, -1)
      this.table.add(context, -weight)
    }
    this.events--
  }
}
