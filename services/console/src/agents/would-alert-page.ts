import { counted } from '@straylight/schemas/counted'
import { type Asker, tenantFor } from '../asker.ts'
import type { AskedDeeds, ConsoleGround } from '../console-ground.ts'
import { ConsoleProblem } from '../console-problem.ts'
import type { HypotheticalDeed, WouldAlertAnswer } from '../contract/would-alert.ts'

/** Deeds that the sentence names. */
const namedMax = 3

const notAsked = [
  'Which output feeds which argument: what a call bears of earlier ones is left out.',
  'What is found beside the score: shared credentials, silence, slow ramps, names that look like others.',
  'What a false verdict keeps quiet: such a finding is reported and alerts nobody.',
]

/** What this agent would have to do to be alerted now. */
export async function wouldAlertOf(
  ground: ConsoleGround,
  asker: Asker,
  query: { tenant: string; agent: string },
): Promise<WouldAlertAnswer> {
  const of = { tenant: tenantFor(asker, query.tenant), agent: query.agent }
  const row = await ground.directory.row(of)
  if (row === undefined) throw new ConsoleProblem('not_found', `There is no agent ${of.agent} of tenant ${of.tenant}.`)
  // It keeps a processor busy for a second or so: the same question is answered once.
  const asked = await ground.held(`would alert ${JSON.stringify(of)}`, () => ground.wouldAlert(of))
  if (asked === null) {
    const sentence = `Nothing can be asked yet: no profile and no call of ${of.agent} are stored.`
    const nothing = { knowledge_version: null, profile_events: 0, profile_days: 0, not_asked: [] }
    return { as_of: ground.now(), ...of, sentence, deeds: [], ...nothing }
  }
  return { as_of: ground.now(), ...of, ...asked, sentence: sentenceOf(of.agent, asked), not_asked: notAsked }
}

function sentenceOf(agent: string, { deeds }: AskedDeeds): string {
  const [usual] = deeds
  const alerting = deeds.filter(({ alerts, kind }) => alerts && kind !== 'usual')
  const asked = deeds.length - 1
  if (usual?.alerts) return `Even its most usual call would alert just now: ${usual.reason ?? usual.deed}.`
  if (alerting.length === 0) {
    return `None of the ${counted(asked, 'thing')} that were asked would alert alone: too little is known of ${agent}, or all of it happens here.`
  }
  const named = alerting.toSorted(byRarity).slice(0, namedMax)
  const more = alerting.length - named.length
  const rest = more === 0 ? '' : `; ${counted(more, 'other thing')} that were asked would as well`
  return `${agent} would alert now if it ${named.map(({ deed }) => deed).join(', or if it ')}${rest}.`
}

const byRarity = (one: HypotheticalDeed, other: HypotheticalDeed): number => one.p_value - other.p_value
