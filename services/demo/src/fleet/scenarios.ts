import { isBounded } from './demo-registry.ts'
import type { Action, ActionKind, Fleet, FleetAgent, RoleKind } from './fleet.ts'
import { inventWord } from './invent-word.ts'
import type { FleetEvent } from './native-event.ts'
import { type FleetRandom, fleetRandom } from './seeded-random.ts'
import {
  type CallChange,
  callEvent,
  credentialOf,
  startSession,
  type WorkSession,
  workThrough,
} from './work-session.ts'

const second = 1000

export const scenarioNames = ['hijacked_helpdesk', 'new_system', 'data_pull', 'privilege', 'shared_credential'] as const
export type ScenarioName = (typeof scenarioNames)[number]

/** Something goes wrong with one agent: the calls it then makes, from a given time on. */
export interface Scenario {
  readonly name: ScenarioName
  /** One sentence for people who watch. */
  readonly story: string
  /** The agent that strays. */
  readonly agent: FleetAgent
  /** Another agent that is drawn in: whose credential is used. */
  readonly other?: FleetAgent
  /** The calls in order of time, the first at `from` (milliseconds since 1970), some minutes in all; with them what `other` does. */
  events(from: number): FleetEvent[]
}

/** The five scenarios of a fleet, each with an agent of its own, in the order of `scenarioNames`. */
export function drawScenarios(fleet: Fleet): readonly Scenario[] {
  const random = fleetRandom('scenarios', fleet.seed)
  const [helpdesk] = agentsOf(fleet, 'helpdesk', random)
  const [seller, lender, borrower] = agentsOf(fleet, 'sales', random)
  const [puller] = random
    .some([...agentsOf(fleet, 'data', random), ...agentsOf(fleet, 'finance', random)], 99)
    .filter(pullsData)
  const [engineer] = agentsOf(fleet, 'engineering', random)
  if (!helpdesk || !seller || !lender || !borrower || !puller || !engineer) {
    throw new Error(`fleet of seed ${fleet.seed} lacks an agent for a scenario: every role needs three agents`)
  }
  return [
    hijackedHelpdesk(fleet, helpdesk),
    newSystem(fleet, seller),
    dataPull(fleet, puller),
    privilege(fleet, engineer),
    sharedCredential(fleet, borrower, lender),
  ]
}

function agentsOf(fleet: Fleet, kind: FleetAgent['role']['kind'], random: FleetRandom): FleetAgent[] {
  const agents = fleet.agents.filter(({ role }) => role.kind === kind)
  return random.some(agents, agents.length)
}

/** An agent that has an export among its own tasks: the pull must come by its usual tool. */
const pullsData = (agent: FleetAgent): boolean => usualExport(agent) !== undefined

function usualExport(agent: FleetAgent): Action | undefined {
  const calls = agent.workflows.flatMap(({ steps }) => steps.map(({ action }) => action))
  return calls.find(({ kind }) => kind === 'export')
}

function actionOf(agent: FleetAgent, kind: ActionKind): Action {
  const action = agent.role.actions.find((known) => known.kind === kind)
  if (!action) throw new Error(`role ${agent.role.name} has no action of kind ${kind}`)
  return action
}

/** Calls one after the other at a program's pace, 0.4 to some 3 s apart. */
function burst(
  session: WorkSession,
  from: number,
  calls: readonly (readonly [action: Action, change: CallChange])[],
): FleetEvent[] {
  let time = from
  return calls.map(([action, change]) => {
    const event = callEvent(session, action, time, change)
    time += 400 + Math.min(10 * second, session.random.logNormal(second, 0.6))
    return event
  })
}

const times = <Value>(count: number, make: (number: number) => Value): Value[] =>
  Array.from({ length: count }, (_, number) => make(number))

/** Instructions in a ticket: reads it as always, then resets passwords in a burst, deletes records and mails data out. */
function hijackedHelpdesk(fleet: Fleet, agent: FleetAgent): Scenario {
  return {
    name: 'hijacked_helpdesk',
    story: 'a ticket tells the agent what to do: it resets passwords, deletes records and mails data out',
    agent,
    events(from) {
      const random = fleetRandom('hijacked_helpdesk', fleet.seed)
      const session = startSession(fleet, agent, random)
      const item = (action: Action) => ({ resource: `${action.resource}${random.whole(1000, 99_999)}` })
      const [read, reset, remove, send] = (['read', 'reset', 'delete', 'send'] as const).map((kind) =>
        actionOf(agent, kind),
      ) as [Action, Action, Action, Action]
      const outside = `collect-${random.whole(2, 99)}@${inventWord(random, 3)}.example`
      const mail = () => ({ ...item(send), destinations: [outside], bytes_sent: random.whole(300_000, 4_000_000) })
      return burst(session, from, [
        [read, item(read)],
        ...times(random.whole(6, 12), () => [reset, item(reset)] as const),
        ...times(random.whole(3, 8), () => [remove, item(remove)] as const),
        ...times(random.whole(2, 4), () => [send, mail()] as const),
      ])
    },
  }
}

/** A system of another role, which neither this agent nor its peers ever touched. */
function newSystem(fleet: Fleet, agent: FleetAgent): Scenario {
  return {
    name: 'new_system',
    story: 'the agent looks around in a system that it never used',
    agent,
    events: (from) => lookAround(fleet, agent, { from, kinds: ['finance', 'engineering'], stream: 'new_system' }),
  }
}

/** Reads at random in the first system of another role. */
function lookAround(
  fleet: Fleet,
  agent: FleetAgent,
  { from, kinds, stream }: { from: number; kinds: readonly RoleKind[]; stream: string },
): FleetEvent[] {
  const random = fleetRandom(stream, fleet.seed)
  const session = startSession(fleet, agent, random)
  const role = random.choice(fleet.roles.filter(({ kind }) => kinds.includes(kind)))
  const system = role.systems[0]
  const known = role.actions.filter((action) => action.system === system && action.privilege === fleet.privileges.read)
  return burst(
    session,
    from,
    times(random.whole(4, 9), () => {
      const action = random.choice(known)
      return [action, { resource: `${action.resource}${random.whole(1000, 99_999)}` }] as const
    }),
  )
}

/**
 * One thing more that goes wrong, for whoever looks at the console: an agent with a boundary reads outside of it. Its tier asks a person, and
 * the demo answers for nobody there. It is none of the five, and counts in no figure. Undefined: no agent of the seed fits.
 */
export function drawOpenCase(fleet: Fleet, scenarios: readonly Scenario[]): Omit<Scenario, 'name'> | undefined {
  const busy = new Set(scenarios.flatMap(({ agent, other }) => [agent, ...(other ? [other] : [])]))
  const agent = fleet.agents.find(
    (one) => isBounded(one) && !busy.has(one) && (one.tier === 'high' || one.tier === 'critical'),
  )
  if (agent === undefined) return undefined
  return {
    story: 'the agent reads in a system outside of its boundary, and its tier asks a person',
    agent,
    events: (from) => lookAround(fleet, agent, { from, kinds: ['engineering'], stream: 'open_case' }),
  }
}

/** The usual tool in the usual order, 30 to 200 times the usual data. */
function dataPull(fleet: Fleet, agent: FleetAgent): Scenario {
  return {
    name: 'data_pull',
    story: 'the agent pulls far more data than usual, with its usual tool',
    agent,
    events(from) {
      const random = fleetRandom('data_pull', fleet.seed)
      const session = startSession(fleet, agent, random)
      const action = usualExport(agent)
      const workflow = agent.workflows.find(({ steps }) => steps.some((step) => step.action === action))
      if (!action || !workflow) throw new Error(`${agent.agent} exports nothing`)
      const factor = random.logUniform(30, 200)
      // The pull itself is never left out.
      const steps = workflow.steps.map((step) => (step.action === action ? { ...step, chance: 1 } : step))
      return workThrough(session, { ...workflow, steps }, from).map((event) => {
        if (event.action !== action.action || event.system !== action.system) return event
        const records = Math.round((action.records?.median ?? 1) * factor)
        const received = Math.round(action.received.median * agent.size * factor)
        return { ...event, outcome: 'success', bytes_received: received, records }
      })
    },
  }
}

/** A token with an administrator's scope turns up, and rights are handed out with it. */
function privilege(fleet: Fleet, agent: FleetAgent): Scenario {
  return {
    name: 'privilege',
    story: "the agent acts with an administrator's privilege and scope that it never had",
    agent,
    events(from) {
      const random = fleetRandom('privilege', fleet.seed)
      const session = startSession(fleet, agent, random)
      const granted = actionOf(agent, 'grant')
      const usual = agent.role.actions.filter(({ system, kind }) => system === granted.system && kind === 'update')
      const scopes = [...agent.scopes, `${granted.system}:${fleet.privileges.admin}`]
      const change = (action: Action) => ({
        privilege: fleet.privileges.admin,
        scopes,
        resource: `${action.resource}${random.whole(1000, 99_999)}`,
      })
      const calls = times(random.whole(3, 7), (number) => {
        const action = number > 0 && random.chance(0.4) && usual[0] ? usual[0] : granted
        return [action, change(action)] as const
      })
      return burst(session, from, calls)
    },
  }
}

/** A live token of another agent, used for this agent's own ordinary work: only the token tells. */
function sharedCredential(fleet: Fleet, agent: FleetAgent, lender: FleetAgent): Scenario {
  return {
    name: 'shared_credential',
    story: `the agent works with a live credential of ${lender.agent}`,
    agent,
    other: lender,
    events(from) {
      const random = fleetRandom('shared_credential', fleet.seed)
      // Its holder is at work with it: without that, nobody but its broker could know whose it is.
      const lent = random.weighted(lender.workflows, ({ weight }) => weight)
      const usual = workThrough(startSession(fleet, lender, random), lent, from)
      const credential = usual[0]?.credential ?? credentialOf(fleet, lender, from)
      const workflow = random.weighted(agent.workflows, ({ weight }) => weight)
      const calls = workThrough(startSession(fleet, agent, random), workflow, from + 5 * second)
      const stray = calls.map((event) => ({ ...event, credential }))
      return [...usual, ...stray].sort((one, other) => Date.parse(one.time) - Date.parse(other.time))
    },
  }
}
