import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ConsoleGround, WouldAlertAsked } from '@straylight/console/console-ground'
import { question } from '@straylight/console/questions/ask'
import { sessionsInWords } from '@straylight/console/words/sessions-in-words'
import { wouldAlert } from '@straylight/models/hypothesis/would-alert'
import { Profile } from '@straylight/models/profile/profile'
import { ScoringModel } from '@straylight/models/scoring/scoring-model'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import type { AllSettings } from '@straylight/runtime/settings/config'
import { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs } from '@straylight/schemas/duration'
import { Knowledge } from '@straylight/schemas/knowledge'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { LoadedKnowledge } from '@straylight/score/judge/loaded-knowledge'
import { z } from 'zod'

const latestKnowledge = question(
  'knowledge to judge by',
  'SELECT k.version AS version, k.knowledge AS knowledge FROM knowledge AS k FINAL ORDER BY version DESC LIMIT 1',
  z.object({ version: z.number(), knowledge: z.string() }),
)
const storedProfile = question(
  'profile of an agent',
  `SELECT argMax(p.state, p.as_of_offset) AS state FROM profiles AS p
WHERE p.tenant = {tenant:String} AND p.agent = {agent:String} GROUP BY p.tenant, p.agent LIMIT 1`,
  z.object({ state: z.string() }),
)
/** Of the last week of its events, without what is quarantined: the latest call of each of its most frequent steps. */
const usualCalls = question(
  'most usual calls of an agent',
  `SELECT e.step AS step, count() AS calls, argMax(e.event, (e.hour, e.log_offset)) AS event FROM events AS e FINAL
WHERE e.tenant = {tenant:String} AND e.agent = {agent:String}
  AND e.hour > (SELECT max(n.hour) FROM events AS n WHERE n.tenant = {tenant:String} AND n.agent = {agent:String}) - 168
  AND (e.hour, e.source_topic, e.source_partition, e.source_offset, e.source_index) NOT IN (
    SELECT hour, source_topic, source_partition, source_offset, source_index FROM held_out FINAL
    WHERE tenant = {tenant:String} AND agent = {agent:String} AND state IN ('held', 'confirmed'))
GROUP BY step ORDER BY calls DESC, step LIMIT 5`,
  z.object({ step: z.string(), calls: z.number(), event: z.string() }),
)

/**
 * Asks the scorer what of an agent would alert: read only, with the profile that `score` has stored last, giving way between questions. One
 * agent at a time, since each keeps a processor busy.
 */
export function wouldAlertForConsole(
  settings: Pick<AllSettings, 'STRAYLIGHT_TENSORFLOW'>,
  ground: Pick<ConsoleGround, 'ask' | 'now'>,
): WouldAlertAsked {
  let last: Promise<unknown> = Promise.resolve()
  let loaded: LoadedKnowledge | undefined
  const judgingContext = async (): Promise<LoadedKnowledge | undefined> => {
    const [row] = await ground.ask(latestKnowledge, {})
    if (row === undefined || row.version === loaded?.version) return loaded
    const knowledge = Knowledge.parse(parsedJson(row.knowledge))
    loaded = new LoadedKnowledge(
      knowledge,
      new ScoringModel(ScoringModel.parse(knowledge.model, `knowledge version ${knowledge.version}`)),
    )
    return loaded
  }
  const askOne: WouldAlertAsked = async (of) => {
    const judging = await judgingContext()
    const [stored] = await ground.ask(storedProfile, of)
    const [first, ...others] = (await ground.ask(usualCalls, of)).flatMap(
      ({ event }) => AgentEvent.safeParse(parsedJson(event)).data ?? [],
    )
    if (judging === undefined || stored === undefined || first === undefined) return null
    await openTensorBackend(settings.STRAYLIGHT_TENSORFLOW)
    const profile = () => Profile.fromState(stored.state)
    const deeds = []
    for (const deed of wouldAlert({ judging, profile, usual: [first, ...others], from: ground.now() })) {
      const { at: _at, ...rest } = deed
      deeds.push({ ...rest, rarity: sessionsInWords(deed.p_value) })
      await nextTurn()
    }
    const { events, first_time, last_time } = profile()
    const profile_days = events === 0 ? 0 : (last_time - first_time) / dayMs
    return { deeds, knowledge_version: judging.version, profile_events: events, profile_days }
  }
  return (of) => {
    const asked = last.then(() => askOne({ tenant: of.tenant, agent: of.agent }))
    last = asked.catch(() => undefined)
    return asked
  }
}
