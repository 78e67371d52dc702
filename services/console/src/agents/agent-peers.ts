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

/** Whose peers an agent has by the latest knowledge, itself left out, and how many of them do each of these steps. */
export async function peersOf(
  { ask }: Pick<ConsoleGround, 'ask'>,
  { tenant, agent }: { tenant: string; agent: string },
  steps: readonly string[],
): Promise<{
  group: string | null
  peers: string[]
  more: boolean
  doing: { step: string; agents: number; examples: string[] }[]
}> {
  const rows = await ask(peersOfAgent, { tenant, agent })
  const group = rows[0]?.peer_group ?? null
  const peers = rows.map((row) => row.agent).filter((peer) => peer !== agent)
  const asked = peers.slice(0, peersMax)
  const doing = asked.length === 0 || steps.length === 0 ? [] : await ask(peersDoing, { tenant, peers: asked, steps })
  return { group, peers: asked, more: peers.length > peersMax, doing }
}
