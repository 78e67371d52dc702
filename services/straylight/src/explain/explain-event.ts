import type { Query, Store } from '@straylight/runtime/store/store'
import { Finding } from '@straylight/schemas/finding'
import { z } from 'zod'
import type { CommandOutput } from '../commands/command.ts'
import { type Reproduced, reproduceJudgement } from '../replay/reproduce-judgement.ts'
import { evidenceOf, evidenceQuery } from './evidence-query.ts'
import { explanationLines } from './explanation-lines.ts'
import { findingLines } from './finding-lines.ts'
import { type ExplainOptions, queryLines } from './query-lines.ts'

/** Agents whose events of one id are explained, the latest first: each costs the judging of all its events. */
const agentsMax = 20

type Output = Pick<CommandOutput, 'say' | 'result'>

interface AgentName {
  readonly tenant: string
  readonly agent: string
}

export const findingsByEvent: Query<{ id: string }, { record: string }> = {
  name: 'findings by event',
  sql: 'SELECT record FROM findings FINAL WHERE event_id = {id:String} ORDER BY time, id',
  row: z.object({ record: z.string() }),
}

export const agentsByEvent: Query<{ id: string }, AgentName> = {
  name: 'agents by event',
  sql: `SELECT tenant, agent FROM events FINAL WHERE event_id = {id:String}
    GROUP BY tenant, agent ORDER BY max(log_partition) DESC, max(log_offset) DESC, tenant, agent LIMIT ${agentsMax + 1}`,
  row: z.object({ tenant: z.string(), agent: z.string() }),
}

/** Explains the event of this id; where several agents sent one, one section an agent. Returns the exit code. */
export async function explainEvent(
  output: Output,
  store: Store,
  { id, ...options }: ExplainOptions & { id: string },
): Promise<number> {
  const findings = (await store.query(findingsByEvent, { id })).map(({ record }) => Finding.parse(JSON.parse(record)))
  const named = distinctAgents([...(await store.query(agentsByEvent, { id })), ...findings])
  const [first] = named
  if (first === undefined) return nothingStored(output, id)
  const sections: Section[] = []
  let isKnown = findings.length > 0
  for (const of of named.slice(0, agentsMax)) {
    if (named.length > 1) output.say(`Agent ${of.agent} of tenant ${of.tenant} sent an event ${id}:`)
    const own = findings.filter(({ tenant, agent }) => tenant === of.tenant && agent === of.agent)
    const reproduced = await reproduceJudgement(store, id, of)
    isKnown ||= reproduced.found !== 'nothing'
    sections.push(explainSection(output, reproduced, { id, of, findings: own, options }))
  }
  if (!isKnown) return nothingStored(output, id)
  if (named.length > agentsMax) output.say(`More agents sent an event ${id}; the latest ${agentsMax} are explained.`)
  const { reproduced = null, query = null } = sections[0] ?? {}
  output.result({ id, findings, reproduced, query, ...(sections.length > 1 ? { agents: sections } : {}) })
  return 0
}

/** What is said of one agent's event. */
interface Section extends AgentName {
  readonly findings: readonly Finding[]
  readonly reproduced: object | null
  readonly query: string | null
}

function explainSection(
  output: Output,
  reproduced: Reproduced,
  { id, of, findings, options }: { id: string; of: AgentName; findings: readonly Finding[]; options: ExplainOptions },
): Section {
  for (const finding of findings) for (const line of findingLines(finding)) output.say(line)
  if (reproduced.found === 'history') output.say(`${id} is imported history: learnt as vetted, never scored.`)
  const judgement = reproduced.found === 'judgement' ? reproduced.judgement : undefined
  const query = reproduced.found === 'judgement' ? evidenceQuery(evidenceOf(reproduced)) : null
  if (judgement) for (const line of explanationLines(judgement)) output.say(line)
  for (const line of queryLines(query, id, options)) output.say(line)
  const numbers = judgement && {
    score: judgement.score,
    risk: judgement.event_risk,
    p_value: judgement.p_value,
    held_out: judgement.observed.held_out,
    contributions: judgement.contributions,
  }
  return { tenant: of.tenant, agent: of.agent, findings, reproduced: numbers ?? null, query }
}

function distinctAgents(names: readonly AgentName[]): AgentName[] {
  const found = new Map(names.map(({ tenant, agent }) => [JSON.stringify([tenant, agent]), { tenant, agent }]))
  return [...found.values()]
}

/** Says that there is no such event or alert. Returns the exit code. */
export function nothingStored(output: Output, id: string): number {
  output.say(`Nothing is stored under ${id}: give the id of an event (as its shipper sent it) or of an alert (alr_…).`)
  output.result({ id, findings: [], reproduced: null })
  return 1
}
