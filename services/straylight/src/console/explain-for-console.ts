import { findingDetail, reasonsOf } from '@straylight/console/alerts/finding-detail'
import type { ConsoleGround, ExplainEvent } from '@straylight/console/console-ground'
import { ConsoleProblem } from '@straylight/console/console-problem'
import type { EventExplanation } from '@straylight/console/contract/session-events'
import { eventColumns, StoredEvent, traceEvents } from '@straylight/console/events/trace-event'
import { question } from '@straylight/console/questions/ask'
import type { Judgement } from '@straylight/models/scoring/judge'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import type { AllSettings } from '@straylight/runtime/settings/config'
import type { Store } from '@straylight/runtime/store/store'
import { Finding } from '@straylight/schemas/finding'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { z } from 'zod'
import { evidenceOf, evidenceQuery } from '../explain/evidence-query.ts'
import { explanationLines } from '../explain/explanation-lines.ts'
import { findingLines } from '../explain/finding-lines.ts'
import { reproduceJudgement } from '../replay/reproduce-judgement.ts'

/** Agents whose events of one id are explained, the latest first. */
const agentsMax = 5
/** Events of an agent that are judged again beside detection; above, `straylight explain` over a copy does it. */
const eventsMax = 20_000

const agentsOfEvent = question(
  'agents of an event',
  `SELECT e.tenant AS tenant, e.agent AS agent FROM events AS e WHERE e.event_id = {event:String}
  AND ({tenant:String} = '' OR e.tenant = {tenant:String}) AND ({agent:String} = '' OR e.agent = {agent:String})
GROUP BY tenant, agent ORDER BY max(e.log_partition) DESC, max(e.log_offset) DESC, tenant, agent LIMIT ${agentsMax + 1}`,
  z.object({ tenant: z.string(), agent: z.string() }),
)
const eventOfAgent = question(
  'event of an agent',
  `SELECT ${eventColumns} FROM events AS e
WHERE e.tenant = {tenant:String} AND e.agent = {agent:String} AND e.event_id = {event:String}
ORDER BY e.log_partition DESC, e.log_offset DESC LIMIT 1`,
  StoredEvent,
)
const findingsOfEvent = question(
  'findings of an event',
  `SELECT f.record AS record FROM findings AS f FINAL
WHERE f.tenant = {tenant:String} AND f.agent = {agent:String} AND f.event_id = {event:String} ORDER BY f.time, f.id LIMIT 20`,
  z.object({ record: z.string() }),
)
const eventsOfAgent = question(
  'how many events of an agent',
  'SELECT count() AS events FROM events WHERE tenant = {tenant:String} AND agent = {agent:String} AND log_partition >= 0',
  z.object({ events: z.number() }),
)

interface Of extends Record<string, unknown> {
  readonly tenant: string
  readonly agent: string
  readonly event: string
}

/**
 * What `straylight explain` says, while the deployment runs: read only, from the store's own copies, in the lane of people. An agent with
 * very many events is not judged again here, since that takes the processor that detection needs.
 */
export function explainForConsole(
  store: Store,
  settings: AllSettings,
  ground: Pick<ConsoleGround, 'ask' | 'internal'>,
): ExplainEvent {
  const forPeople: Store = {
    kind: store.kind,
    query: (query, given) => store.query(query, given, { forPeople: true }),
    run: (statement, given) => store.run(statement, given),
    insert: (table, rows) => store.insert(table, rows),
    close: () => Promise.resolve(),
  }
  let last: Promise<unknown> = Promise.resolve()
  return async ({ event, tenant, agent }) => {
    const agents = await ground.ask(agentsOfEvent, { event, tenant, agent })
    const explained: EventExplanation['agents'] = []
    for (const of of agents.slice(0, agentsMax)) {
      // One at a time: each keeps a processor busy.
      const one = last.then(() => explainOne(forPeople, settings, ground, { ...of, event }))
      last = one.catch(() => undefined)
      explained.push(await one)
    }
    return { agents: explained, more: agents.length > agentsMax }
  }
}

async function explainOne(
  store: Store,
  settings: AllSettings,
  ground: Pick<ConsoleGround, 'ask' | 'internal'>,
  of: Of,
): Promise<EventExplanation['agents'][number]> {
  const [counted] = await ground.ask(eventsOfAgent, { tenant: of.tenant, agent: of.agent })
  if ((counted?.events ?? 0) > eventsMax) {
    throw new ConsoleProblem(
      'too_slow',
      `${of.agent} has more than ${eventsMax} events, too many to judge again beside detection. \`straylight explain ${of.event}\` does it on a copy of the data folder, or while the program is stopped.`,
    )
  }
  const rows = await ground.ask(eventOfAgent, of)
  const [event = null] = await traceEvents(ground, of, rows)
  const findings = (await ground.ask(findingsOfEvent, of)).flatMap(
    ({ record }) => Finding.safeParse(parsedJson(record)).data ?? [],
  )
  await openTensorBackend(settings.STRAYLIGHT_TENSORFLOW)
  const reproduced = await reproduceJudgement(store, of.event, of)
  const judgement = reproduced.found === 'judgement' ? reproduced.judgement : undefined
  const lines = [
    ...findings.flatMap(findingLines),
    ...(reproduced.found === 'history' ? [`${of.event} is imported history: learnt as vetted, never scored.`] : []),
    ...(judgement === undefined ? [] : explanationLines(judgement)),
  ]
  return {
    ...{ tenant: of.tenant, agent: of.agent, event, lines, judged: reproduced.found },
    findings: findings.map((finding) => findingDetail(finding)),
    records: findings,
    judgement: judgement === undefined ? null : judgementShown(judgement),
    query: reproduced.found === 'judgement' ? evidenceQuery(evidenceOf(reproduced)) : null,
  }
}

function judgementShown(judgement: Judgement): NonNullable<EventExplanation['agents'][number]['judgement']> {
  const { observed, score, event_risk, risk, p_value, contributions } = judgement
  const { judging } = observed
  return {
    alerts: p_value <= judging.sessionAlertRate,
    ...{ score, risk: event_risk, session_risk: risk, p_value, budget: judging.sessionAlertRate },
    quarantined: observed.held_out,
    reasons: reasonsOf(contributions),
    ...{ knowledge_version: judging.version, model: judging.model.artifact.name },
    ...{ peer_group: observed.group, peers: observed.peers },
    ...{ profile_events: observed.profile_events, profile_days: observed.profile_days },
  }
}
