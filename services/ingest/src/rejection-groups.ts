import { cutText } from '@straylight/schemas/cut-text'
import type { Rejection } from '@straylight/schemas/rejection'
import { openRecord } from './framing/open-record.ts'

/** Rejections of one code, field, origin and kind of reason, with one of them. */
export interface RejectionGroup {
  readonly code: string
  /** The field, list places as `*`; `null`: the record as a whole. */
  readonly path: string | null
  /** The file or token that they came by, without the line; `null`: written to the topic by somebody else. */
  readonly origin: string | null
  /** The reason without what is different from record to record: names in quotes, numbers. */
  readonly kind: string
  count: number
  /** Log time of the newest of them, where it is known; milliseconds since 1970 UTC. */
  newest_at?: number
  readonly sample: {
    readonly reason: string
    readonly topic: string
    readonly partition: number
    readonly offset: number
    readonly origin: string | null
    /** What the record looks like: the formats that its values are in, none where no format knows them. */
    readonly formats: readonly string[]
    /** Its beginning, as text. */
    readonly head: string
  }
}

/** Groups kept; what comes beyond them counts in one last group. */
const groupsMax = 500
const headMax = 300

/** Counts rejections by code, path, origin and kind of reason. */
export function createRejectionGroups(): {
  add(rejection: Rejection, loggedAt?: number): void
  list(): RejectionGroup[]
} {
  const groups = new Map<string, RejectionGroup>()
  return {
    add(rejection, loggedAt) {
      const of = keysOf(rejection)
      const key = JSON.stringify(of)
      const known = groups.get(key) ?? (groups.size < groupsMax ? undefined : groups.get(others))
      const at = loggedAt === undefined ? {} : { newest_at: Math.max(loggedAt, known?.newest_at ?? 0) }
      if (known !== undefined) {
        known.count++
        Object.assign(known, at)
        return
      }
      const [name, keys] =
        groups.size < groupsMax ? [key, of] : [others, { code: others, path: null, origin: null, kind: othersKind }]
      groups.set(name, { ...keys, count: 1, ...at, sample: sampleOf(rejection) })
    },
    list: () => [...groups.values()].sort((one, other) => other.count - one.count),
  }
}

const others = 'others'
const othersKind = 'more kinds than are counted'
const kindMax = 200

const keysOf = ({ code, path, origin, reason }: Rejection) => ({
  code,
  path: path?.replace(/\.\d+(?=\.|$)/g, '.*') ?? null,
  origin: origin?.replace(/:\d+$/, '') ?? null,
  kind: kindOf(code, reason),
})

/** What two reasons have in common that differ in nothing but what the records hold. */
function kindOf(code: Rejection['code'], reason: string): string {
  // A parser's words repeat the record's own, in quotes that need not end.
  const said = code === 'not_json' ? (reason.split(':')[0] ?? '') : reason
  const same = said.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '"…"').replace(/\d+(?:[.,:-]\d+)*/g, '#')
  return cutText(same, kindMax)
}

function sampleOf({ reason, position, origin, head_base64 }: Rejection): RejectionGroup['sample'] {
  const { topic, partition, offset } = position
  const bytes = Buffer.from(head_base64, 'base64')
  return {
    reason,
    ...{ topic, partition, offset },
    origin: origin ?? null,
    formats: formatsIn(bytes),
    head: bytes.toString('utf8', 0, headMax).toWellFormed(),
  }
}

/** The formats that values of these bytes look like, whatever is wrong with them. */
export function formatsIn(bytes: Buffer): string[] {
  const found = openRecord(bytes, {})
  if ('fault' in found) return []
  return [...new Set(found.flatMap((one) => (one.kind === 'value' ? [one.format.name] : [])))]
}
