import { hashedKeys } from '@straylight/models/event/event-keys'
import { eventShape } from '@straylight/models/event/event-shape'
import { dayOf, dayWeight } from '@straylight/models/profile/day-weight'
import { addMaximum, type Profile } from '@straylight/models/profile/profile'
import { removeMaximum } from '@straylight/models/session/remove-maximum'
import type { Correction, Knowledge } from '@straylight/schemas/knowledge'
import type { AgentName } from '@straylight/schemas/partition-key'
import type { LoadedKnowledge } from '@straylight/score/judge/loaded-knowledge'

const isOf =
  ({ tenant, agent }: AgentName) =>
  (of: AgentName): boolean =>
    of.tenant === tenant && of.agent === agent

/** What a version corrects of one agent, as score applies it at the version's marker: without, an explanation has other numbers than its alert. */
export function applyCorrections(profile: Profile, name: AgentName, judging: LoadedKnowledge): void {
  for (const correction of judging.corrections.filter(isOf(name))) correctEvent(profile, correction, judging)
  for (const { sign, highest_score } of judging.sessionCorrections.filter(isOf(name))) {
    const { maxima, surprise_maxima } = profile
    for (const known of [maxima, ...(surprise_maxima ? [surprise_maxima] : [])]) {
      if (sign === 1) addMaximum(known, highest_score)
      else removeMaximum(known, highest_score)
    }
  }
}

/** Whether a version changes this agent's profile. */
export const correctsAgent = ({ corrections, session_corrections }: Knowledge, name: AgentName): boolean =>
  corrections.some(isOf(name)) || session_corrections.some(isOf(name))

/** Takes what an import beside a running deployment added out of a profile of all history: it comes with its version. */
export function withoutImported(profile: Profile, name: AgentName, judging: LoadedKnowledge): void {
  for (const correction of judging.corrections.filter(isOf(name)))
    if (correction.why === 'imported') correctEvent(profile, { ...correction, sign: -1 }, judging)
}

function correctEvent(profile: Profile, correction: Correction, { hasher, originDay }: LoadedKnowledge): void {
  const keys = hashedKeys(hasher, eventShape(correction.event, correction))
  const weight = dayWeight(dayOf(correction.event.time), originDay)
  if (correction.sign === 1) profile.fold(keys, weight, correction.event.time)
  else profile.unfold(keys, weight)
}
