import { createHash } from 'node:crypto'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { hourMs, minuteMs } from '@straylight/schemas/duration'

const hashedPlaces = 23
const hashed = (text: string): number => createHash('sha256').update(text).digest().readUInt32LE(0) % hashedPlaces
const log = (value: number | null | undefined): number => Math.log1p(Math.max(0, value ?? 0))

/** What is remembered of one agent between its events. */
interface Past {
  last: number
  recent: number[]
  readonly tools: Map<string, number>
  readonly destinations: Set<string>
  events: number
  readonly sessions: Map<string, Set<string>>
}

/**
 * 32 numbers an event, as an engineer would make them within a day for a detector that takes vectors: amounts, pace, variety, rarity of the tool,
 * a new destination, the hour, and 23 hashed places for tool, system and destinations.
 */
export function rivalFeatures(events: readonly AgentEvent[]): number[][] {
  const pasts = new Map<string, Past>()
  return events.map((event) => {
    const key = agentKeyOf(event)
    const past = pasts.get(key) ?? newPast(event.time)
    pasts.set(key, past)
    return featuresOf(event, past)
  })
}

const newPast = (time: number): Past => ({
  ...{ last: time, recent: [], tools: new Map(), destinations: new Set(), events: 0, sessions: new Map() },
})

function featuresOf(event: AgentEvent, past: Past): number[] {
  const tool = `${event.system}/${event.action}`
  const destinations = event.destinations ?? []
  past.recent = past.recent.filter((time) => event.time - time < 5 * minuteMs)
  past.recent.push(event.time)
  const session = past.sessions.get(event.session ?? '') ?? new Set<string>()
  past.sessions.set(event.session ?? '', session.add(tool))
  const seen = past.tools.get(tool) ?? 0
  const places = new Array<number>(hashedPlaces).fill(0)
  for (const text of [tool, event.system, ...destinations]) places[hashed(text)] = 1
  const features = [
    ...[log(event.bytes_sent), log(event.bytes_received), log(event.records)],
    ...[log((event.time - past.last) / 1000), log(past.recent.length), log(session.size)],
    -Math.log((seen + 0.5) / (past.events + 1)),
    destinations.some((destination) => !past.destinations.has(destination)) ? 1 : 0,
    Math.floor(event.time / hourMs) % 24,
    ...places,
  ]
  past.tools.set(tool, seen + 1)
  for (const destination of destinations) past.destinations.add(destination)
  past.events++
  past.last = event.time
  return features
}
