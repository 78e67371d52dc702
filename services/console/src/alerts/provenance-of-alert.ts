import { AgentEvent } from '@straylight/schemas/agent-event'
import { counted } from '@straylight/schemas/counted'
import type { Finding } from '@straylight/schemas/finding'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { z } from 'zod'
import type { ConsoleGround } from '../console-ground.ts'
import type { AlertDetail } from '../contract/alert-detail.ts'
import { feedsInto, type ValueFeed, valueFeeds } from '../events/value-feeds.ts'
import { question } from '../questions/ask.ts'

/** Calls of a picture. */
const callsMax = 12
/** Calls of a session that bear values and are read: more than its memory holds. */
const readMax = 200

const valuesOfSession = question(
  'values of a session',
  `SELECT e.event AS event FROM events AS e FINAL
WHERE e.tenant = {tenant:String} AND e.agent = {agent:String} AND e.session = {session:String} AND e.log_partition >= 0
  AND e.log_offset <= {until:Int64} AND (e.bears_values = 1 OR e.bears_request = 1)
ORDER BY e.log_offset DESC LIMIT ${readMax}`,
  z.object({ event: z.string() }),
)

type Provenance = AlertDetail['provenance']

/** Which output fed which argument, back from what the alert reports of the session of its gravest finding. */
export async function provenanceOf(
  { ask }: Pick<ConsoleGround, 'ask'>,
  findings: readonly Finding[],
): Promise<Provenance> {
  const [leading] = findings
  if (leading === undefined) return nothing
  const own = findings.filter(({ session }) => session === leading.session)
  const { tenant, agent, session } = leading
  const until = Math.max(...own.map(({ log }) => log.offset))
  const rows = await ask(valuesOfSession, { tenant, agent, session, until })
  const events = rows.reverse().flatMap(({ event }) => AgentEvent.safeParse(parsedJson(event)).data ?? [])
  const ids = own.map(({ event_id }) => event_id)
  const { feeds, more } = feedsInto(withReported(valueFeeds(events), own), ids, callsMax)
  return feeds.length === 0 ? nothing : provenance({ feeds, more, events, own })
}

const nothing: Provenance = { calls: [], feeds: [], more: false, sentence: null }

/** What a finding says of its origin and the store does not know any more. */
function withReported(feeds: readonly ValueFeed[], findings: readonly Finding[]): ValueFeed[] {
  const known = new Set(feeds.map(({ from, to }) => JSON.stringify([from, to])))
  const reported = findings.flatMap(({ event_id: to, evidence }) =>
    (evidence.fed_by ?? [])
      .filter((from) => !known.has(JSON.stringify([from, to])))
      .map((from) => ({ from, to, argument: null })),
  )
  return [...feeds, ...reported]
}

interface Found {
  readonly feeds: readonly ValueFeed[]
  readonly more: boolean
  readonly events: readonly AgentEvent[]
  readonly own: readonly Finding[]
}

function provenance({ feeds, more, events, own }: Found): Provenance {
  const byId = new Map(
    events.map((event, at) => [event.id, { at, time: event.time, step: `${event.system}/${event.action}` }]),
  )
  const reported = new Map(
    own.map(({ event_id, system, action, time }) => [
      event_id,
      { at: events.length, time, step: `${system}/${action}` },
    ]),
  )
  const ids = [...new Set(feeds.flatMap(({ from, to }) => [from, to]))]
  const calls = ids
    .map((event_id) => {
      // One that is not stored any more came before all that are.
      const { at, time, step } = byId.get(event_id) ?? reported.get(event_id) ?? { at: -1, time: null, step: null }
      return { at, event_id, time, step, reported: reported.has(event_id) }
    })
    .toSorted((one, other) => one.at - other.at)
    .map(({ at: _at, ...call }) => call)
  return { calls, feeds: [...feeds], more, sentence: sentenceOf(calls, feeds) }
}

/** 'The argument to of erp/pay came out of erp/get, whose id came out of mail/read.' */
function sentenceOf(calls: Provenance['calls'], feeds: readonly ValueFeed[]): string {
  const steps = new Map(calls.map(({ event_id, step }) => [event_id, step ?? `event ${event_id}`]))
  const [first, ...others] = feeds.filter(({ to }) =>
    calls.some(({ event_id, reported }) => reported && event_id === to),
  )
  if (first === undefined) return ''
  const { to, from, argument } = first
  const what = argument === null ? 'An argument' : `The argument ${argument}`
  const before = feeds.find((feed) => feed.to === from)
  const back =
    before === undefined
      ? ''
      : `, which was asked with ${before.argument === null ? 'an argument' : `the argument ${before.argument}`} out of ${steps.get(before.from) ?? before.from}`
  const more =
    others.length === 0
      ? ''
      : `; ${counted(others.length, 'more argument')} of what is reported came out of outputs as well`
  return `${what} of ${steps.get(to) ?? to} came out of ${steps.get(from) ?? from}${back}${more}.`
}
