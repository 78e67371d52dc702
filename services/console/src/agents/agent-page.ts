import type { Agent } from '@straylight/schemas/agent'
import { counted } from '@straylight/schemas/counted'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import { markedAlerts } from '../alerts/alert-queue.ts'
import { findingDetail } from '../alerts/finding-detail.ts'
import { type Asker, tenantFor } from '../asker.ts'
import type { ConsoleGround } from '../console-ground.ts'
import { ConsoleProblem } from '../console-problem.ts'
import type { AgentDetail, UsedAction } from '../contract/agent-detail.ts'
import type { AgentRow } from '../contract/agent-row.ts'
import { type AgentDeeds, agentDeeds } from './agent-deeds.ts'
import { peersOf, type StepOfPeers, stepsOfPeers } from './agent-peers.ts'
import * as asked from './agent-questions.ts'
import { agentVolumes, weekHours } from './agent-volumes.ts'
import { type LatestFindings, latestFindings, mayRun } from './latest-findings.ts'
import { leastPrivilege, withinBoundary } from './least-privilege.ts'
import { peersBeside } from './peers-beside.ts'
import { revocationSentence } from './revocation-sentence.ts'
import { revokedCredentials } from './revoked-credentials.ts'

const alertsShownMax = 20
const revocationsShownMax = 20

interface Of extends Record<string, unknown> {
  readonly tenant: string
  readonly agent: string
}

/** All that the console tells of one agent. */
export async function agentDetailOf(
  ground: ConsoleGround,
  asker: Asker,
  query: { tenant: string; agent: string },
): Promise<AgentDetail> {
  const { ask, registry } = ground
  const of: Of = { tenant: tenantFor(asker, query.tenant), agent: query.agent }
  const row = await ground.directory.row(of)
  if (row === undefined) throw new ConsoleProblem('not_found', `There is no agent ${of.agent} of tenant ${of.tenant}.`)
  const entry = registry.agent(of)
  const read = hoursRead(ground, of, row)
  const done = read.then(({ since }) => agentDeeds(ask, { ...of, since_hour: since }))
  const group = peersOf(ground, of)
  const found = latestFindings(ask, of)
  // What does not wait for another is asked at once.
  const [
    { since },
    { steps, destinations: reached, hours },
    ...[peers, doing, beside, credentials, findings, risk, revocations, alerts]
  ] = await Promise.all([
    read,
    done,
    group,
    Promise.all([group, done]).then(([peers, { steps }]) => stepsOfPeers(ground, peers, steps.map(nameOfStep))),
    group.then((peers) => peersBeside(ground, of, peers)),
    read.then(({ credentials: credential_hour }) => ask(asked.usedCredentials, { ...of, credential_hour })),
    found,
    found.then((findings) => sessionRisks(ground, of, { row, findings })),
    revocationsOf(ground, of),
    alertsOf(ground, of),
  ])
  const actions = actionsOf(steps, entry, { peers: peers.peers, doing })
  const scopes = [...new Set(credentials.flatMap((credential) => credential.scopes))]
  const destinations = destinationsOf(ground, reached)
  return {
    as_of: ground.now(),
    agent: row,
    state_sentence: [stateSentence(row), ...sinceSentence(since)].join(' '),
    revocations,
    aliases: entry?.aliases ?? [],
    boundary: entry?.boundary ? boundaryShown(entry.boundary) : null,
    credentials: credentialsOf(credentials, entry),
    changes: entry?.changes ?? [],
    peer_group: peers.group,
    peers: beside,
    systems: systemsOf(actions, entry),
    actions: { items: actions.slice(0, asked.actionsMax), more: steps.length > asked.actionsMax },
    least_privilege: leastPrivilege(entry, steps, { scopes }),
    volumes: agentVolumes(hours),
    hours_of_week: weekHours(hours),
    destinations,
    learnt_lately: learntLately(row, actions, destinations.items),
    risk,
    findings: findings.flatMap((finding) => (finding === undefined ? [] : [findingDetail(finding)])),
    alerts,
  }
}

const boundaryShown = ({ systems, actions }: NonNullable<Agent['boundary']>) => ({
  systems: systems ?? null,
  actions: actions ?? null,
})

const nameOfStep = ({ step }: { step: string }): string => step

function actionsOf(
  steps: readonly Omit<UsedAction, 'share' | 'peers_that_do' | 'peers' | 'within_boundary'>[],
  entry: Agent | undefined,
  { peers, doing }: { peers: readonly string[]; doing: readonly StepOfPeers[] },
): UsedAction[] {
  const all = Math.max(
    1,
    steps.reduce((sum, { events }) => sum + events, 0),
  )
  const those = new Map(doing.map(({ step, agents }) => [step, agents]))
  return steps.map((step) => ({
    ...step,
    share: step.events / all,
    peers_that_do: those.get(step.step) ?? 0,
    peers: peers.length,
    within_boundary: withinBoundary(entry?.boundary, step),
  }))
}

function systemsOf(actions: readonly UsedAction[], entry: Agent | undefined): AgentDetail['systems'] {
  const systems = new Map<string, UsedAction[]>()
  for (const action of actions) systems.set(action.system, [...(systems.get(action.system) ?? []), action])
  const items = [...systems].map(([system, of]) => ({
    system,
    first_time: Math.min(...of.map(({ first_time }) => first_time)),
    last_time: Math.max(...of.map(({ last_time }) => last_time)),
    events: of.reduce((sum, { events }) => sum + events, 0),
    not_learnt: of.reduce((sum, { not_learnt }) => sum + not_learnt, 0),
    share: of.reduce((sum, { share }) => sum + share, 0),
    steps: of.length,
    within_boundary: entry?.boundary === undefined ? null : (entry.boundary.systems?.includes(system) ?? true),
  }))
  return {
    items: items.toSorted((one, other) => newest(other) - newest(one) || other.events - one.events),
    more: false,
  }
}

async function revocationsOf({ ask, now }: ConsoleGround, { tenant, agent }: Of): Promise<AgentDetail['revocations']> {
  const { credentials } = await revokedCredentials(ask, { tenant, since: now() - 90 * dayMs, now: now(), agent })
  return credentials
    .toSorted((one, other) => other.revoked_at - one.revoked_at)
    .flatMap((revoked) => {
      const { state, command_id, alert_id } = revoked
      const sentence = revocationSentence(agent, revoked)
      return sentence === null ? [] : [{ sentence, state, command_id, alert_id }]
    })
    .slice(0, revocationsShownMax)
}

/** 1 where nothing of it is learnt: that is seen first. */
const newest = ({ events, not_learnt }: { events: number; not_learnt: number }): number =>
  events === not_learnt ? 1 : 0

async function sessionRisks(
  { ask }: ConsoleGround,
  of: Of,
  { row, findings }: { row: AgentRow; findings: LatestFindings },
): Promise<AgentDetail['risk']> {
  const ended = (await ask(asked.endedSessions, of)).reverse()
  const since = (row.last_seen ?? 0) - 7 * dayMs
  const running = mayRun(since, findings, ended) ? (await ask(asked.runningSessions, { ...of, since })).reverse() : []
  const shown = [
    ...ended.map((session) => ({ ...session, running: false })),
    ...running.map((session) => ({ ...session, running: true })),
  ]
  return shown
    .slice(-asked.agentSessionsMax)
    .map(({ since, until, ...session }) => ({ ...session, started_at: since, ended_at: until }))
}

function credentialsOf(
  used: readonly {
    id: string
    first_used_at: number
    last_used_at: number
    issued_at: number
    expires_at: number
    events: number
  }[],
  entry: Agent | undefined,
): AgentDetail['credentials'] {
  const { ids = [], prefixes = [] } = entry?.credentials ?? {}
  const items = used
    .slice(0, asked.credentialsMax)
    .map(({ id, first_used_at, last_used_at, issued_at, expires_at, events }) => ({
      ...{ id, first_used_at, last_used_at, events },
      bound: ids.includes(id) || prefixes.some((prefix) => id.startsWith(prefix)),
      issued_at: issued_at === 0 ? null : issued_at,
      expires_at: expires_at === 0 ? null : expires_at,
    }))
  const known = new Set(items.map(({ id }) => id))
  const unused = ids
    .filter((id) => !known.has(id))
    .slice(0, asked.credentialsMax)
    .map((id) => ({
      id,
      bound: true,
      first_used_at: null,
      last_used_at: null,
      issued_at: null,
      expires_at: null,
      events: 0,
    }))
  return { items: [...items, ...unused], more: used.length > asked.credentialsMax }
}

function destinationsOf({ internal }: ConsoleGround, reached: AgentDeeds['destinations']): AgentDetail['destinations'] {
  const items = reached
    .slice(0, asked.destinationsMax)
    .map((row) => ({ ...row, internal: internal.among([row.destination]) !== undefined }))
  return { items, more: reached.length > asked.destinationsMax }
}

/** From which hours on events, and those that tell of credentials, are read; undefined where all of it is. */
async function hoursRead(
  { ask }: ConsoleGround,
  of: Of,
  { events }: AgentRow,
): Promise<{ since: number; credentials: number }> {
  if (events <= asked.credentialEventsMax) return { since: 0, credentials: 0 }
  const hours = await ask(asked.eventHours, of)
  return { since: hourHolding(hours, asked.agentEventsMax), credentials: hourHolding(hours, asked.credentialEventsMax) }
}

/** The hour back to which so many events lie; 0 where there are fewer. */
function hourHolding(hours: readonly { hour: number; events: number }[], eventsMax: number): number {
  let sum = 0
  for (const { hour, events } of hours) {
    sum += events
    if (sum > eventsMax) return hour
  }
  return 0
}

function alertsOf(ground: ConsoleGround, { tenant, agent }: Of): Promise<AgentDetail['alerts']> {
  const marks = { sql: "m.kind = 'agent' AND m.name = {own_agent:String}", parameters: { own_agent: agent } }
  return markedAlerts(ground, { tenant, marks, limit: alertsShownMax })
}

/** First seen within the last 7 days of its events, as long as it has been known for longer than that. */
function learntLately(
  { first_seen, last_seen }: AgentRow,
  actions: readonly UsedAction[],
  destinations: AgentDetail['destinations']['items'],
): AgentDetail['learnt_lately'] {
  const since = (last_seen ?? 0) - 7 * dayMs
  if (first_seen === null || first_seen > since) return { items: [], more: false }
  const items = [
    ...actions.map(({ step, first_time, events, not_learnt }) => ({
      ...{ kind: 'step' as const, name: step, first_time, events, learnt: events > not_learnt },
    })),
    ...destinations.map(({ destination, first_time, events, not_learnt }) => ({
      ...{ kind: 'destination' as const, name: destination, first_time, events, learnt: events > not_learnt },
    })),
  ].filter(({ first_time }) => first_time > since)
  items.sort((one, other) => other.first_time - one.first_time)
  return { items: items.slice(0, 100), more: items.length > 100 }
}

const sinceSentence = (hour: number): string[] =>
  hour === 0
    ? []
    : [
        `Shown is what it did since ${new Date(hour * hourMs).toISOString()}: its latest ${counted(asked.agentEventsMax, 'event')}.`,
      ]

function stateSentence({ state, events, last_seen }: AgentRow): string {
  switch (state) {
    case 'learning':
      return `Too little is known of it to judge all that is new: ${counted(events, 'event')} so far, or its tenant is still being learnt.`
    case 'watched':
      return 'It is watched: enough is known of it, and what strays alerts.'
    case 'held':
      return 'It is held: a credential of its own was revoked, or its broker was asked to, and it gets no new one for now.'
    case 'silent':
      return `Nothing was heard of it since ${new Date(last_seen ?? 0).toISOString()}, which is longer than usual.`
    case 'never_seen':
      return 'It is in the registry, and no event of it is stored.'
  }
}
