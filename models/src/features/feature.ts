import { argumentFamily } from './argument-family.ts'
import { boundaryFamily } from './boundary-family.ts'
import { consequenceFamily } from './consequence-family.ts'
import { credentialFamily } from './credential-family.ts'
import { destinationFamily } from './destination-family.ts'
import { exposureFamily } from './exposure-family.ts'
import type { AnyFeatureFamily, FeatureDefinition } from './feature-family.ts'
import { fieldFamily } from './field-family.ts'
import { flowFamily } from './flow/flow-family.ts'
import { maturityFamily } from './maturity-family.ts'
import { misplacedFamily } from './misplaced-family.ts'
import { originFamily } from './origin-family.ts'
import { outcomeFamily } from './outcome-family.ts'
import { privilegeFamily } from './privilege-family.ts'
import { privilegeStepFamily } from './privilege-step-family.ts'
import { readingFamily } from './reading-family.ts'
import { signalFamily } from './signal-family.ts'
import { stepFamily } from './step-family.ts'
import { taintedWriteFamily } from './tainted-write-family.ts'
import { timeFamily } from './time-family.ts'
import { volumeFamily } from './volume-family.ts'
import { windowFamily } from './window-family.ts'

/** In the order in which they are measured, and in which their features stand in the vector; families of rules come last. */
const listed = [
  stepFamily,
  destinationFamily,
  argumentFamily,
  volumeFamily,
  misplacedFamily,
  readingFamily,
  outcomeFamily,
  privilegeFamily,
  privilegeStepFamily,
  windowFamily,
  timeFamily,
  credentialFamily,
  originFamily,
  boundaryFamily,
  signalFamily,
  maturityFamily,
  flowFamily,
  taintedWriteFamily,
  consequenceFamily,
  fieldFamily,
  exposureFamily,
] as const

type NamesOf<Family> = Family extends { readonly features: Readonly<Record<infer Name extends string, unknown>> }
  ? Name
  : never

/** The name of a deviation feature. */
export type FeatureName = NamesOf<(typeof listed)[number]>

export const featureFamilies: readonly AnyFeatureFamily[] = listed

export type Feature = FeatureDefinition & { readonly name: FeatureName }

const namesOf = (family: AnyFeatureFamily): FeatureName[] => Object.keys(family.features) as FeatureName[]

/** Every deviation feature, in the order of the vector; each is defined in the file of its family (`*-family.ts`). */
export const features: readonly Feature[] = featureFamilies.flatMap((family) =>
  namesOf(family).map((name) => ({ ...(family.features[name] as FeatureDefinition), name })),
)

/** What the network reads, in the order of the vector; rules stand behind it. */
export const networkFeatures: readonly Feature[] = features.filter(({ rule }) => rule !== true)

export const featureNames: readonly FeatureName[] = features.map(({ name }) => name)
const index = new Map<string, number>(featureNames.map((name, at) => [name, at]))

/** Place of a feature in the vector. */
export const featureIndex = (name: FeatureName): number => index.get(name) as number

/** The feature of that name; undefined for any other text, such as `network`. */
export const featureNamed = (text: string): Feature | undefined => features[index.get(text) ?? -1]
