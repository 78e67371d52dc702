import { ByteWriter } from '../profile/byte-writer.ts'
import {
  keyAtPlace,
  lengthAt,
  type OpenSession,
  printAtPlace,
  printOf,
  readSession,
  remembersAt,
  writeForgetful,
  writeSession,
} from './open-session.ts'

const nothing = Buffer.alloc(0)
/** One for all agents: what it holds is copied away at once. */
const writer = new ByteWriter()

/**
 * An agent's open sessions by key, least recently used first.
 *
 * As objects a session takes 350 bytes in a dozen pieces, which the garbage collector goes through again and again: with a hundred
 * thousand agents it did little else. So sessions that rest are bytes in one piece, some 100 each. One that is used becomes an
 * object, and stays one until the agent comes to rest (`rest`, at a checkpoint). Those packed were used before all those live.
 */
export class OpenSessions implements Iterable<[key: string, session: OpenSession]> {
  /** Those that rest, in order, one after the other, up to `packedEnd`. */
  private packed: Buffer = nothing
  private packedEnd = 0
  private packedCount = 0
  private live: Map<string, OpenSession> | null = null

  get size(): number {
    return this.packedCount + (this.live?.size ?? 0)
  }

  /** The session, out of its place: `put` gives it back as the one used last. */
  take(key: string): OpenSession | undefined {
    const live = this.live?.get(key)
    if (live !== undefined) {
      this.live?.delete(key)
      return live
    }
    const place = this.placeOf(key)
    if (place < 0) return undefined
    const [, session] = readSession(this.packed, place)
    this.drop(place)
    return session
  }

  put(key: string, session: OpenSession): void {
    this.live ??= new Map()
    this.live.set(key, session)
  }

  /** Takes out the one unused for longest. */
  removeOldest(): OpenSession | undefined {
    if (this.packedCount > 0) {
      const [, session] = readSession(this.packed, 0)
      this.drop(0)
      return session
    }
    const oldest = this.live?.entries().next().value
    if (oldest === undefined) return undefined
    this.live?.delete(oldest[0])
    return oldest[1]
  }

  /** A session as it stands, to look at: changing it may change nothing. */
  peek(key: string): OpenSession | undefined {
    const live = this.live?.get(key)
    if (live !== undefined) return live
    const place = this.placeOf(key)
    return place < 0 ? undefined : readSession(this.packed, place)[1]
  }

  has(key: string): boolean {
    return this.live?.has(key) === true || this.placeOf(key) >= 0
  }

  /** To look at, least recently used first. */
  *[Symbol.iterator](): Generator<[key: string, session: OpenSession]> {
    for (let at = 0; at < this.packedEnd; at += lengthAt(this.packed, at)) yield readSession(this.packed, at)
    if (this.live !== null) yield* this.live
  }

  /** Lets those unused for longest forget their values until fewer than `most` sessions remember any. */
  keepValuesOf(most: number): void {
    let remembering = 0
    for (let at = 0; at < this.packedEnd; at += lengthAt(this.packed, at))
      if (remembersAt(this.packed, at)) remembering++
    this.live?.forEach(({ values }) => {
      if (values !== null && values.size > 0) remembering++
    })
    for (let at = 0; at < this.packedEnd && remembering >= most; at += lengthAt(this.packed, at)) {
      if (!remembersAt(this.packed, at)) continue
      this.forgetValuesAt(at)
      remembering--
    }
    if (remembering < most || this.live === null) return
    for (const { values } of this.live.values()) {
      if (values === null || values.size === 0) continue
      values.forgetAll()
      if (--remembering < most) return
    }
  }

  /** Makes bytes of all that was used: objects given out before say nothing any more. */
  compact(): void {
    if (this.live === null) return
    this.write()
    this.packed = writer.copy()
    this.packedEnd = this.packed.length
    this.packedCount = this.size
    this.live = null
  }

  /** All sessions as bytes (base64): the same sessions give the same text, at rest or not. */
  toState(): string {
    this.write()
    return writer.base64()
  }

  /** @throws RangeError for bytes that end within a session. */
  static fromState(state: string): OpenSessions {
    const sessions = new OpenSessions()
    const bytes = Buffer.from(state, 'base64')
    for (let at = 0; at < bytes.length; at += lengthAt(bytes, at)) {
      // Reading it tells whether it is whole.
      readSession(bytes, at)
      sessions.packedCount++
    }
    writer.clear().raw(bytes, 0, bytes.length)
    sessions.packed = writer.copy()
    sessions.packedEnd = bytes.length
    return sessions
  }

  private write(): void {
    writer.clear()
    writer.raw(this.packed, 0, this.packedEnd)
    this.live?.forEach((session, key) => {
      writeSession(writer, key, session)
    })
  }

  /** Where a packed session begins; -1: it is not among them. */
  private placeOf(key: string): number {
    if (this.packedEnd === 0) return -1
    const { packed } = this
    const print = printOf(key)
    for (let at = 0; at < this.packedEnd; at += lengthAt(packed, at))
      if (printAtPlace(packed, at) === print && keyAtPlace(packed, at) === key) return at
    return -1
  }

  private drop(place: number): void {
    const { packed } = this
    const next = place + lengthAt(packed, place)
    packed.copyWithin(place, next, this.packedEnd)
    this.packedEnd -= next - place
    this.packedCount--
    if (this.packedEnd === 0) this.packed = nothing
  }

  private forgetValuesAt(place: number): void {
    const { packed } = this
    writer.clear()
    writer.raw(packed, 0, place)
    writeForgetful(writer, packed, place)
    writer.raw(packed, place + lengthAt(packed, place), this.packedEnd)
    this.packed = writer.copy()
    this.packedEnd = this.packed.length
  }
}
