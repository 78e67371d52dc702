/** Why a higher score can be less rare: said wherever both stand. */
export const scoreAndRarity =
  'Score and rarity measure different things: the score adds up how unusual this event is; the rarity sets that against how far the sessions of this agent usually go. Where its work varies more, the same score is less rare.'
