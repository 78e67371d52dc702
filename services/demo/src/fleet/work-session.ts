import { credentialAt } from './credential-at.ts'
import { drawAccount, drawCustomer } from './draw-role.ts'
import type { Action, Fleet, FleetAgent, FleetDestinationKind, Size, Workflow } from './fleet.ts'
import { inventWord } from './invent-word.ts'
import type { FleetEvent } from './native-event.ts'
import type { FleetRandom } from './seeded-random.ts'

const second = 1000

/** A run of one agent on one task. */
export interface WorkSession {
  readonly fleet: Fleet
  readonly agent: FleetAgent
  readonly random: FleetRandom
  readonly session: string
  readonly source: FleetAgent['sources'][number]
}

/** What a scenario changes about an otherwise ordinary call. */
export interface CallChange {
  readonly destinations?: readonly string[]
  readonly resource?: string
  readonly privilege?: string
  readonly scopes?: readonly string[]
  readonly credential?: FleetEvent['credential']
  readonly bytes_sent?: number
  readonly bytes_received?: number
  readonly records?: number
}

const hex = (random: FleetRandom) =>
  random
    .whole(0, 2 ** 32 - 1)
    .toString(16)
    .padStart(8, '0')

export function startSession(fleet: Fleet, agent: FleetAgent, random: FleetRandom): WorkSession {
  return { fleet, agent, random, session: `run-${hex(random)}${hex(random)}`, source: random.choice(agent.sources) }
}

/** A task done once, from `startMs`: an event a call, in order of time. Depends on the session's draws alone. */
export function workThrough(session: WorkSession, workflow: Workflow, startMs: number): FleetEvent[] {
  const { random } = session
  const item = random.whole(1000, 99_999)
  const recipient = new Map<FleetDestinationKind, string>()
  const events: FleetEvent[] = []
  let time = startMs
  for (const step of workflow.steps) {
    if (!random.chance(step.chance)) continue
    for (let repeat = random.whole(1, step.repeat_max); repeat > 0; repeat--) {
      const destinations = destinationsOf(session, step.action, recipient)
      events.push(
        callEvent(session, step.action, time, { ...destinations, resource: `${step.action.resource}${item}` }),
      )
      time += Math.min(120 * second, random.logNormal(4 * second, 0.8)) + 200
    }
  }
  return events
}

/** One call of the session's agent, sizes drawn from its habit; `change` overrides. */
export function callEvent(session: WorkSession, action: Action, timeMs: number, change: CallChange = {}): FleetEvent {
  const { fleet, agent, random } = session
  const failed = random.chance(action.failure_rate)
  const drawn = (size: Size) => Math.round(random.logNormal(size.median * agent.size, size.sigma))
  const received = failed ? random.whole(60, 220) : drawn(action.received)
  const sent = drawn(action.sent)
  const records =
    action.records && !failed
      ? Math.max(1, Math.round(random.logNormal(action.records.median, action.records.sigma)))
      : undefined
  const argument_names = random.weighted(action.argument_sets, (set) => 1 / (1 + action.argument_sets.indexOf(set)))
  const { scopes, ...rest } = change
  const credential = credentialOf(fleet, agent, timeMs)
  return {
    id: `${hex(random)}${hex(random)}${hex(random)}`,
    time: new Date(Math.floor(timeMs)).toISOString(),
    tenant: fleet.tenant,
    agent: agent.agent,
    session: session.session,
    credential: scopes ? { ...credential, scopes } : credential,
    privilege: action.privilege,
    tool: action.tool,
    system: action.system,
    action: action.action,
    argument_names,
    bytes_sent: sent,
    bytes_received: received,
    ...(records === undefined ? {} : { records }),
    outcome: failed ? 'failure' : 'success',
    source: session.source,
    ...rest,
  }
}

/** An agent's credential as its calls show it. */
export function credentialOf(fleet: Fleet, agent: FleetAgent, timeMs: number): FleetEvent['credential'] {
  const { id, issued_at, expires_at, scopes } = credentialAt(fleet, agent, timeMs)
  return { id, issued_at: new Date(issued_at).toISOString(), expires_at: new Date(expires_at).toISOString(), scopes }
}

/** Whom this task writes to: the same person, file or host throughout. */
function destinationsOf(
  session: WorkSession,
  action: Action,
  recipient: Map<FleetDestinationKind, string>,
): CallChange {
  const kind = action.destination
  if (kind === undefined) return {}
  const known = recipient.get(kind) ?? drawDestination(session, kind)
  recipient.set(kind, known)
  return { destinations: [known] }
}

/**
 * Most work goes where it always went; the tail of each list brings what an agent has not met yet, and now and then
 * there is a new customer, a new supplier's account, a new file.
 */
function drawDestination({ agent, random }: WorkSession, kind: FleetDestinationKind): string {
  const { role } = agent
  const usual = (list: readonly string[]) => list[random.zipf(list.length)] as string
  switch (kind) {
    case 'customer':
      return random.chance(0.02) ? drawCustomer(random) : usual(role.customers)
    case 'account':
      return random.chance(0.02) ? drawAccount(random) : usual(role.accounts)
    case 'path':
      return random.chance(0.05) ? newFileBeside(usual(role.files), random) : usual(role.files)
    case 'host':
      return usual(role.hosts)
    case 'colleague':
      return usual(role.colleagues)
  }
}

const newFileBeside = (file: string, random: FleetRandom): string =>
  `${file.slice(0, file.lastIndexOf('/'))}/${inventWord(random)}.csv`
