import { isFoundBesideScore } from '@straylight/models/features/cause'
import { counted } from '@straylight/schemas/counted'
import type { Cause, Finding } from '@straylight/schemas/finding'
import { peersOf, stepsOfPeers } from '../agents/agent-peers.ts'
import type { ConsoleGround } from '../console-ground.ts'
import type { AlertDetail } from '../contract/alert-detail.ts'

type Peers = AlertDetail['peers']

/** Against what those are found that no peer speaks for. */
const foundBy: Partial<Record<Cause, string>> = {
  silent_agent: 'Silence is found by how often the agent itself is usually heard of.',
  silent_source: 'A silent source is found by how often its agents are usually heard of.',
  slow_ramp: 'A slow ramp is found against the earlier days of the agent itself.',
  credential_shared: 'A shared credential is found by who used it.',
  name_confusable: 'A name that looks like another is found by the registry.',
  renamed_agent: 'A new name of an agent is found by what the old name did.',
  unowned_agent: 'An agent without an owner is found by the registry.',
  changed_repeat: 'An id that comes again with other content is found by the id.',
}

/** Whether peers of the agent do what the finding reports; where peers say nothing of it, against what it was found. */
export async function peersOfAlert(ground: Pick<ConsoleGround, 'ask'>, finding: Finding | undefined): Promise<Peers> {
  if (finding === undefined) return { ...nobody, sentence: 'The alert has no finding to ask its peers about.' }
  if (isFoundBesideScore(finding.cause)) {
    return { ...nobody, sentence: `${foundBy[finding.cause] ?? ''} What its peers do says nothing of it.`.trim() }
  }
  const step = `${finding.system}/${finding.action}`
  const those = await peersOf(ground, finding)
  const { group, peers, more } = those
  if (group === null || peers.length === 0) {
    return { ...nobody, sentence: `There is no peer to ask: ${finding.agent} is in no group with others.` }
  }
  const [{ agents, examples } = { agents: 0, examples: [] }] = await stepsOfPeers(ground, those, [step])
  const all = more ? `the first ${counted(peers.length, 'peer')}` : counted(peers.length, 'peer')
  const doers = agents === 0 ? 'None' : agents === peers.length ? 'All' : String(agents)
  const sentence = `${doers} of ${all} in ${groupShown(group)} ${agents === 0 ? 'ever did' : 'did'} ${step}.`
  return { group, peers: peers.length, that_do: agents, examples: [...examples], sentence }
}

const nobody = { group: '', peers: 0, that_do: null, examples: [] } satisfies Omit<Peers, 'sentence'>

/** `role:helpdesk`, `like:bot-3`. */
function groupShown(group: string): string {
  const name = group.slice(group.indexOf(':') + 1)
  if (group.startsWith('role:')) return `the role ${name}`
  return group.startsWith('like:') ? `the group of agents like ${name}` : `the group ${name}`
}
