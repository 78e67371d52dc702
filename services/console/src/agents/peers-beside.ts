import { dayMs, hourMs } from '@straylight/schemas/duration'
import type { AgentName } from '@straylight/schemas/partition-key'
import type { ConsoleGround } from '../console-ground.ts'
import type { AgentDetail } from '../contract/agent-detail.ts'
import type { PeersOfAgent } from './agent-peers.ts'
import { type StoredVolumes, usualDays } from './agent-questions.ts'
import { usualStored } from './agent-volumes.ts'

const peersShownMax = 50
/** What is usual of peers is worked out of so many days. */
const peerDays = 30
/** How long that stands, in milliseconds: a month changes little in a minute. */
const peersHeldMs = 60_000

type Ground = Pick<ConsoleGround, 'ask' | 'held' | 'now' | 'directory'>

/** What is usual of an agent's peers, and their risk. */
export async function peersBeside(
  ground: Ground,
  of: AgentName,
  { group, peers, more }: PeersOfAgent,
): Promise<AgentDetail['peers']> {
  const shown = peers.slice(0, peersShownMax)
  if (shown.length === 0) return { items: [], more: false }
  const usual = await usualOfPeers(ground, of, { group, peers, shown })
  const days = new Map(usual.map((stored) => [stored.agent, usualStored(stored)]))
  const rows = await Promise.all(shown.map((agent) => ground.directory.row({ tenant: of.tenant, agent })))
  const items = shown.map((agent, at) => ({ agent, day: days.get(agent) ?? null, risk: rows[at]?.risk ?? null }))
  return { items, more: more || peers.length > shown.length }
}

/** Of the first of the group, with one more than is shown, since nobody stands beside themselves: the same whichever of the group is looked at. */
function usualOfPeers(
  { ask, held, now }: Ground,
  { tenant, agent }: AgentName,
  { group, peers, shown }: Pick<PeersOfAgent, 'group' | 'peers'> & { shown: readonly string[] },
): Promise<StoredVolumes[]> {
  const first = [...peers, agent].sort().slice(0, peersShownMax + 1)
  // The store sorts by bytes: where that differs, what is shown is asked for itself.
  const agents = shown.every((peer) => first.includes(peer)) ? first : shown
  const since_hour = Math.floor((now() - peerDays * dayMs) / hourMs)
  const make = () => ask(usualDays, { tenant, agents, since_hour })
  return held(`usual days ${JSON.stringify([tenant, group, agents])}`, make, peersHeldMs)
}
