const daySeconds = 24 * 60 * 60

/** A bar is 40 pixels wide at most: half of it fits into a tenth of the narrowest chart. */
const roomMax = 0.1

/**
 * From the first to the last time (milliseconds since 1970 UTC, rising), in seconds, and half a step on both sides, so that the outermost
 * bars are whole; of few times far from each other no more than a bar needs, since days to come would look like days without anything.
 */
export function timeSpan(times: readonly number[]): [number, number] {
  const first = (times[0] ?? Date.now()) / 1000
  const last = (times.at(-1) ?? Date.now()) / 1000
  if (last <= first) return [first - daySeconds / 2, last + daySeconds / 2]
  const room = Math.min((last - first) / (times.length - 1) / 2, roomMax * (last - first))
  return [first - room, last + room]
}
