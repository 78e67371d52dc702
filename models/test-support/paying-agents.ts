import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import { eventOf, noon } from './event-of.ts'
import { taught } from './taught.ts'

const agents = ['bot', 'peer', 'third']
/** Thirty days of three agents: each reads its mail, looks an invoice up and pays what it names, once a day. */
const history = Array.from({ length: 30 }, (_, at) =>
  agents.flatMap((agent, which) => session(agent, at, which)),
).flat()

function session(agent: string, at: number, which: number): AgentEvent[] {
  const credential = { id: `jti:${at}`, issued_at: noon + at * dayMs, expires_at: noon + (at + 1) * dayMs }
  const steps: Partial<AgentEvent>[] = [
    {
      system: 'mail',
      action: 'read',
      argument_values: {},
      result_values: [`e:${at}`],
      signals: { prompt_injection: 0.05 },
    },
    { system: 'erp', action: 'get', argument_values: { id: [`n:${at}`] }, result_values: [`a:${at % 3}`] },
    {
      system: 'erp',
      action: 'pay',
      argument_values: { to: [`a:${at % 3}`] },
      result_values: [],
      destinations: ['account:gb10'],
    },
  ]
  return steps.map((step, place) =>
    eventOf({
      ...{ agent, session: `${agent}${at}`, time: noon + at * dayMs + which * hourMs + place * 1000, credential },
      ...{ privilege: 'read', parent_agent: 'planner', source: { ip: '10.1.4.7' }, outcome: 'success' },
      ...{ argument_names: Object.keys(step.argument_values ?? {}), request_values: place === 0 ? [`n:${at}`] : [] },
      ...{ bytes_sent: 200, bytes_received: 2_000 + at, records: 10 },
      ...step,
    }),
  )
}

/** What `bot` is compared with after them, its peers being all three. */
export const payingAgents = taught(history, agents)
payingAgents.peers.agents = agents.length
