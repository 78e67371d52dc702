import type { Query } from '@straylight/runtime/store/store'
import { z } from 'zod'
import { type Asker, tenantFor } from '../asker.ts'
import type { ConsoleGround } from '../console-ground.ts'
import { ConsoleProblem } from '../console-problem.ts'
import type { SessionEvents, SessionQuery } from '../contract/session-events.ts'
import { question } from '../questions/ask.ts'
import { cursorOf, placeOfCursor } from '../questions/cursor.ts'
import { eventColumns, StoredEvent, traceEvents } from './trace-event.ts'

interface OfSession extends Record<string, unknown> {
  readonly tenant: string
  readonly agent: string
  readonly session: string
}

const ofSession = 'e.tenant = {tenant:String} AND e.agent = {agent:String} AND e.session = {session:String}'
const place =
  'toUnixTimestamp64Milli(e.time), e.source_topic, toInt64(e.source_partition), toInt64(e.source_offset), toInt64(e.source_index)'
const at = '({at:Int64}, {at_topic:String}, {at_partition:Int64}, {at_offset:Int64}, {at_index:Int64})'

type Place = OfSession & { rows: number }

/** `events` lies by hours of event time: what cannot lie on a side is not read. */
const hoursOf = { '>': ' AND e.hour >= intDiv({at:Int64}, 3600000)', '<': ' AND e.hour <= intDiv({at:Int64}, 3600000)' }

/** Events of a session on one side of a place: `>` after it, `<` before it (from there backwards), or all of them. */
export const sessionEventsQuestion = (side: '>' | '<' | null): Query<Place, StoredEvent> => {
  const direction = side === '<' ? 'DESC' : 'ASC'
  const order = place
    .split(', ')
    .map((key) => `${key} ${direction}`)
    .join(', ')
  return question(
    'events of a session',
    `SELECT ${eventColumns} FROM events AS e FINAL
WHERE ${ofSession}${side === null ? '' : `${hoursOf[side]} AND (${place}) ${side} ${at}`} ORDER BY ${order} LIMIT {rows:UInt32}`,
    StoredEvent,
  )
}

/** The place of an event as `sessionEventsQuestion` compares it. */
export const eventPlace = ({
  time,
  source: [topic, partition, offset, index],
}: Pick<StoredEvent, 'time' | 'source'>) => ({
  ...{ at: time, at_topic: topic, at_partition: partition, at_offset: offset, at_index: index },
})

const sessionFacts = question(
  'facts of a session',
  `SELECT count() AS events, toUnixTimestamp64Milli(min(e.time)) AS started_at, toUnixTimestamp64Milli(max(e.time)) AS last_at
FROM events AS e FINAL WHERE ${ofSession}`,
  z.object({ events: z.number(), started_at: z.number(), last_at: z.number() }),
)

const endedSession = question(
  'ended session',
  `SELECT toUnixTimestamp64Milli(s.ended_at) AS at, s.highest_score AS highest_score, s.highest_risk AS highest_risk,
  JSONExtractBool(s.record, 'usual') AS usual
FROM sessions AS s FINAL
WHERE s.tenant = {tenant:String} AND s.agent = {agent:String} AND s.session = {session:String} ORDER BY s.ended_at DESC LIMIT 1`,
  z.object({
    at: z.number(),
    highest_score: z.number(),
    highest_risk: z.number(),
    usual: z.union([z.boolean(), z.number().transform((bit) => bit === 1)]),
  }),
)

const alertsOfSession = question(
  'alerts of a session',
  `SELECT a.id AS id FROM alert_list AS a FINAL
WHERE (-a.opened_at, a.tenant, a.id) IN (
    SELECT -m.opened_at, m.tenant, m.id FROM alert_marks AS m WHERE m.tenant = {tenant:String} AND m.kind = 'agent' AND m.name = {agent:String})
  AND has(a.sessions, {session:String}) ORDER BY id LIMIT 50`,
  z.object({ id: z.string() }),
)

/** The trace of one session, a page at a time. */
export async function sessionPage(
  ground: ConsoleGround,
  asker: Asker,
  query: z.output<typeof SessionQuery>,
): Promise<SessionEvents> {
  const { ask } = ground
  const of = { tenant: tenantFor(asker, query.tenant), agent: query.agent, session: query.session }
  const from = placeOfCursor('session', query.cursor, 4)
  const [time = 0, partition = 0, offset = 0, index = 0] = from?.numbers ?? []
  const after = eventPlace({ time, source: [from?.texts[0] ?? '', partition, offset, index] })
  const [[facts], rows, [ended], alerts] = await Promise.all([
    ask(sessionFacts, of),
    ask(sessionEventsQuestion(from === undefined ? null : '>'), {
      ...{ ...of, ...(from === undefined ? {} : after), rows: query.limit + 1 },
    }),
    ask(endedSession, of),
    ask(alertsOfSession, of),
  ])
  if (facts === undefined || facts.events === 0) {
    throw new ConsoleProblem('not_found', `No event of a session "${of.session}" of ${of.agent} is stored.`)
  }
  const shown = rows.slice(0, query.limit)
  return {
    as_of: ground.now(),
    items: await traceEvents(ground, of, shown),
    next: rows.length > query.limit ? nextOf(shown) : null,
    ...of,
    ...facts,
    ended: ended ?? null,
    alerts: alerts.map(({ id }) => id),
  }
}

function nextOf(shown: readonly StoredEvent[]): string | null {
  const end = shown.at(-1)
  if (end === undefined) return null
  const [topic, partition, offset, index] = end.source
  return cursorOf('session', { numbers: [end.time, partition, offset, index], texts: [topic] })
}
