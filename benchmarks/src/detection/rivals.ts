import type { Mode } from './variant.ts'

/** A detector that this run did not start. */
export interface Rival {
  readonly name: string
  /** Event AUC, session recall at 1 % and at 5 %, by stream and mode. */
  readonly figures: Readonly<Record<string, Readonly<Partial<Record<Mode, readonly [number, number, number]>>>>>
}

/** What stands above the rivals' figures, so that nobody takes them for results of this run. */
export const rivalsAbout =
  'Measured beforehand, not in this run: general-purpose detectors near their defaults on 32 features of the same streams (River 0.26.1, RCF 4.4.0, scikit-learn 1.9.1, PyOD 3.6.7; session risk = highest event; random ones: median of 3 seeds), in separate trials that are not part of this repository.'

/** Sparse and all, on the two streams of those trials. */
const rival = (
  name: string,
  dojoSparse: readonly [number, number, number],
  dojoAll: readonly [number, number, number],
  shoppingSparse: readonly [number, number, number],
  shoppingAll: readonly [number, number, number],
): Rival => ({
  name,
  figures: {
    agentdojo: { sparse: dojoSparse, all: dojoAll },
    agentdyn_shopping: { sparse: shoppingSparse, all: shoppingAll },
  },
})

export const rivals: readonly Rival[] = [
  rival(
    'floor: rarity, bigram, new destination',
    [0.869, 0, 0],
    [0.883, 0, 0.03],
    [0.801, 0.04, 0.21],
    [0.817, 0.04, 0.24],
  ),
  rival(
    'River half-space trees, learning',
    [0.939, 0.11, 0.32],
    [0.771, 0.07, 0.18],
    [0.57, 0.1, 0.31],
    [0.541, 0.03, 0.1],
  ),
  rival('RCF, one model, learning', [0.912, 0.07, 0.18], [0.783, 0.03, 0.11], [0.675, 0.01, 0.22], [0.626, 0.01, 0.09]),
  rival('RCF, a model an agent', [0.788, 0.04, 0.18], [0.541, 0.01, 0.05], [0.627, 0, 0.07], [0.5, 0.01, 0.07]),
  rival('isolation forest', [0.9, 0.04, 0.18], [0.883, 0.04, 0.1], [0.618, 0.04, 0.13], [0.581, 0.01, 0.05]),
  rival(
    'PyOD: ECOD, COPOD, HBOS, best at 5 %',
    [0.913, 0.04, 0.21],
    [0.865, 0.03, 0.1],
    [0.691, 0.01, 0.13],
    [0.673, 0.02, 0.09],
  ),
]

/** Events a second on one core of the machine of those trials, features made beforehand and not counted. */
export const rivalSpeeds: readonly { readonly name: string; readonly eventsPerSecond: number }[] = [
  { name: 'River half-space trees, 10 trees, score and learn', eventsPerSecond: 18_100 },
  { name: 'RCF one model, 32 features, score and update', eventsPerSecond: 5_400 },
  { name: 'RCF a model an agent, 8 features, score and update', eventsPerSecond: 6_500 },
  { name: 'isolation forest, batches of 1,024, score only', eventsPerSecond: 73_400 },
  { name: 'ECOD, COPOD, batches of 1,024, score only', eventsPerSecond: 8_100 },
]
