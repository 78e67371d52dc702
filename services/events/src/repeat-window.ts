/** Offsets of one generation, and how many are looked at beside the current one: 200,000 to 250,000 records in all. */
const generationOffsets = 50_000
const generationsBefore = 4

/** First offset that must be read again so that the window before `offset` is as it was. */
export const windowStart = (offset: number): number =>
  Math.max(0, (Math.floor(offset / generationOffsets) - generationsBefore) * generationOffsets)

/** `new`: not in the window. `repeat`: there with this content. `changed`: there, with other content only. */
export type Seen = 'new' | 'repeat' | 'changed'

/**
 * What a partition's last 200,000 records carried, by key and content: tells a shipper's repeat from a changed twin.
 * What it knows is a function of the records alone, whatever became of them: read again, it answers the same.
 * Bounded: 250,000 entries of some 150 bytes. Generations go as a whole, so nothing is moved record by record.
 */
export class RepeatWindow {
  /** By key, the content first seen under it; other contents stand under `key, LF, content`. Current generation first. */
  private generations: Map<string, number>[] = [new Map()]
  private current = 0

  /** Takes the record at `offset` (never falling); `content` is a number that tells contents apart. */
  see(key: string, content: number, offset: number): Seen {
    this.turn(Math.floor(offset / generationOffsets))
    let seen: Seen = 'new'
    for (const generation of this.generations) {
      const known = generation.get(key)
      if (known === undefined) continue
      if (known === content || generation.has(`${key}\n${content}`)) {
        seen = 'repeat'
        break
      }
      seen = 'changed'
    }
    const newest = this.generations[0] as Map<string, number>
    const here = newest.get(key)
    if (here === undefined) newest.set(key, content)
    else if (here !== content) newest.set(`${key}\n${content}`, content)
    return seen
  }

  private turn(generation: number): void {
    for (; this.current < generation; this.current++) {
      if (generation - this.current > generationsBefore) this.current = generation - generationsBefore - 1
      this.generations.unshift(new Map())
      this.generations.length = Math.min(this.generations.length, generationsBefore + 1)
    }
  }
}
