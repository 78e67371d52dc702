import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { addMaximum, type Maxima, type Profile } from '../profile/profile.ts'
import type { OpenSession, SessionSurprise } from '../session/open-session.ts'
import { addStrayedMaximum } from '../session/session-risk.ts'

/**
 * The agent's usual session maxima of the closed-form surprise, with the sessions that ended just now. Scores can't serve
 * here: those of the batch's earlier events are not known yet, and what is explained must not depend on the batch.
 */
export function usualSurprises(profile: Profile, ended: readonly OpenSession[], artifact: ModelArtifact): Maxima {
  const { session_maximum: pool, without_provenance } = artifact
  profile.surprise_maxima ??= { ...profile.maxima }
  for (const { surprise } of ended) {
    if (surprise === null) continue
    addEnded(profile.surprise_maxima, { score: surprise.highest, strayed: surprise.strayed, pool })
    addEnded(profile.maxima_without_provenance, {
      score: surprise.highest_without_provenance,
      strayed: surprise.strayed,
      pool: without_provenance?.session_maximum ?? pool,
    })
  }
  return profile.surprise_maxima
}

/** A session with quarantined events joins the usual ones up to a bound: else they would lose their upper end. */
export function addEnded(
  maxima: Maxima,
  of: { readonly score: number; readonly strayed: boolean; readonly pool: ModelArtifact['session_maximum'] },
): void {
  if (of.strayed) addStrayedMaximum(maxima, of.score, of.pool)
  else addMaximum(maxima, of.score)
}

/** What a session has come to with one more event. */
export function noteSurprise(session: OpenSession, now: SessionSurprise): void {
  const before = session.surprise
  if (before === null) {
    session.surprise = now
    return
  }
  before.highest = Math.max(now.highest, before.highest)
  before.highest_without_provenance = Math.max(now.highest_without_provenance, before.highest_without_provenance)
  before.strayed ||= now.strayed
}
