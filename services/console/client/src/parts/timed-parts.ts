/** A piece of a text: words, or a point in time in milliseconds since 1970 UTC. */
export type TimedPart =
  | { readonly text: string }
  | { readonly ms: number; readonly shows: 'minutes' | 'seconds' | 'clock' }

/** What an alert's sentence names by hour and minute: milliseconds since 1970 UTC. */
export interface TimesOfAlert {
  readonly first_seen: number
  readonly approval_deadline: number | null
}

const dayMs = 24 * 60 * 60 * 1000

/** A whole time as programs write it, or the hour and minute after "since" or "until", as the sentence of an alert has it. */
const written =
  /(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(?:\.\d{1,9})?(?:Z| UTC)(?!\d)|(?<=\b(since|until) )(\d{2}:\d{2}) UTC/g

/**
 * A text with the times in it taken out, so that they are shown in the reader's own zone. An hour and minute without a day are taken to be
 * as near as can be to what the alert says, and stay as they are where nothing is said.
 */
export function timedParts(text: string, of?: TimesOfAlert): TimedPart[] {
  const parts: TimedPart[] = []
  let from = 0
  for (const match of text.matchAll(written)) {
    const found = timeOf(match, of)
    if (found === null) continue
    if (match.index > from) parts.push({ text: text.slice(from, match.index) })
    parts.push(found)
    from = match.index + match[0].length
  }
  if (from < text.length) parts.push({ text: text.slice(from) })
  return parts
}

function timeOf(match: RegExpMatchArray, of: TimesOfAlert | undefined): TimedPart | null {
  const [, day, minute, second, word, clock] = match
  if (clock === undefined) {
    const ms = Date.parse(`${day}T${minute}${second ?? ':00'}Z`)
    return Number.isNaN(ms) ? null : { ms, shows: second === undefined ? 'minutes' : 'seconds' }
  }
  const near = word === 'until' ? of?.approval_deadline : of?.first_seen
  if (near === undefined || near === null) return null
  const sameDay = Date.parse(`${new Date(near).toISOString().slice(0, 10)}T${clock}:00Z`)
  if (Number.isNaN(sameDay)) return null
  return { ms: sameDay + Math.round((near - sameDay) / dayMs) * dayMs, shows: 'clock' }
}
