import { z } from 'zod'
import type { ConsoleGround } from '../console-ground.ts'
import { question } from '../questions/ask.ts'

/** Peers that are looked at; of more, the first by name. */
const peersMax = 200
const examplesMax = 5

const peersOfAgent = question(
  'peers of an agent',
  `SELECT g.agent AS agent, g.peer_group AS peer_group FROM agent_groups AS g FINAL
WHERE g.knowledge_version = (SELECT max(knowledge_version) FROM agent_groups) AND g.tenant = {tenant:String} AND g.peer_group IN (
    SELECT own.peer_group FROM agent_groups AS own FINAL WHERE own.tenant = {tenant:String} AND own.agent = {agent:String}
      AND own.knowledge_version = (SELECT max(knowledge_version) FROM agent_groups))
ORDER BY agent LIMIT ${peersMax + 1}`,
  z.object({ agent: z.string(), peer_group: z.string() }),
)

/** Whatever of it is quarantined: that they do it is what is asked. */
const peersDoing = question(
  'peers that do steps',
  `SELECT u.name AS step, uniqExact(u.agent) AS agents, groupUniqArray(${examplesMax})(u.agent) AS examples FROM agent_uses AS u
WHERE u.tenant = {tenant:String} AND u.agent IN {peers:Array(String)} AND u.kind = 'step' AND u.name IN {steps:Array(String)}
GROUP BY step LIMIT 2000`,
  z.object({ step: z.string(), agents: z.number(), examples: z.array(z.string()) }),
)

export interface PeersOfAgent {
  readonly tenant: string
  readonly group: string | null
  readonly peers: readonly string[]
  /** There are more than are looked at. */
  readonly more: boolean
}

/** Whose peers an agent has by the latest knowledge, itself left out. */
export async function peersOf(
  { ask }: Pick<ConsoleGround, 'ask'>,
  { tenant, agent }: { tenant: string; agent: string },
): Promise<PeersOfAgent> {
  const rows = await ask(peersOfAgent, { tenant, agent })
  const group = rows[0]?.peer_group ?? null
  const peers = rows.map((row) => row.agent).filter((peer) => peer !== agent)
  return { tenant, group, peers: peers.slice(0, peersMax), more: peers.length > peersMax }
}

export interface StepOfPeers {
  readonly step: string
  /** Peers that do it. */
  readonly agents: number
  readonly examples: readonly string[]
}

/** How many of an agent's peers do each of these steps; none is left out where nobody does it. */
export async function stepsOfPeers(
  { ask }: Pick<ConsoleGround, 'ask'>,
  { tenant, peers }: PeersOfAgent,
  steps: readonly string[],
): Promise<readonly StepOfPeers[]> {
  if (peers.length === 0 || steps.length === 0) return []
  return await ask(peersDoing, { tenant, peers, steps })
}
