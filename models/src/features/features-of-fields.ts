import { type FeatureName, features } from './feature.ts'

/** What the fields of an event let a model see. */
export interface FeaturesOfFields {
  /** All that they need is there, but for what the registry says. */
  readonly on: readonly FeatureName[]
  /** Some of what they need is there. */
  readonly in_part: readonly FeatureName[]
  readonly off: readonly FeatureName[]
}

/** Which features events with these fields switch on, by what each feature needs. Fields inside others are written `credential.id`. */
export function featuresOfFields(fields: ReadonlySet<string>): FeaturesOfFields {
  const result = { on: [] as FeatureName[], in_part: [] as FeatureName[], off: [] as FeatureName[] }
  for (const { name, needs } of features) {
    const asked = needs.filter((need) => !need.startsWith('registry:'))
    const met = asked.filter((need) => need.split(' or ').some((field) => fields.has(field))).length
    if (met === asked.length) result.on.push(name)
    else if (met > 0) result.in_part.push(name)
    else result.off.push(name)
  }
  return result
}
