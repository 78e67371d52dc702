/**
 * The families of counts that a profile is made of. `letter` starts each key; `cap`: distinct keys an agent may have
 * (an agent that invents names fills its cap and no more; `trigram` and `value` were full at three quarters of the agents of a
 * public stream, and recall was the same with 64 and 96 as with 320 and 224); `in order`: off for late events.
 * `event-keys.ts` tells what an event counts under them; rows of `events` carry the same keys, so whoever changes them raises `keyVersion`
 * (services/baseline/src/count/counted-keys.ts).
 */
export const families = {
  system: { letter: 's', cap: 64 },
  step: { letter: 'a', cap: 192 },
  bigram: { letter: 'b', cap: 256 },
  trigram: { letter: 't', cap: 64 },
  arguments: { letter: 'k', cap: 160 },
  destination: { letter: 'd', cap: 320 },
  anyDestination: { letter: 'D', cap: 320 },
  kind: { letter: 'e', cap: 160 },
  anyKind: { letter: 'E', cap: 96 },
  external: { letter: 'x', cap: 160 },
  sent: { letter: 'o', cap: 192 },
  received: { letter: 'i', cap: 192 },
  records: { letter: 'r', cap: 96 },
  sessionSent: { letter: 'O', cap: 48 },
  sessionReceived: { letter: 'I', cap: 48 },
  outcome: { letter: 'u', cap: 160 },
  privilege: { letter: 'p', cap: 64 },
  privilegeRank: { letter: 'P', cap: 4 },
  window: { letter: 'w', cap: 112 },
  timeOfWeek: { letter: 'h', cap: 16 },
  credentialAge: { letter: 'c', cap: 16 },
  delegation: { letter: 'g', cap: 16 },
  source: { letter: 'n', cap: 16 },
  signal: { letter: 'z', cap: 48 },
  flow: { letter: 'f', cap: 160 },
  flowRoot: { letter: 'R', cap: 160 },
  flowKind: { letter: 'G', cap: 48 },
  feeding: { letter: 'F', cap: 160 },
  returning: { letter: 'Y', cap: 96 },
  value: { letter: 'v', cap: 96 },
  reported: { letter: 'q', cap: 192 },
} as const
export type Family = keyof typeof families
export const familyNames = Object.keys(families) as Family[]

/** Separates the parts of a context, and the context from the key; neither may stand in a name. */
export const part = '\u001f'
export const under = '\u001e'

/** The system of a source's step; 'request', 'context', 'self' and 'cut' are their own. */
export function systemOfSource(source: string): string {
  const slash = source.indexOf('/')
  return slash < 0 ? source : source.slice(0, slash)
}
export const flowRootKey = (source: string, root: string): string => source + part + root
export const feedingKey = (source: string, step: string): string => source + part + step

/** Another guard's signal: what is usual depends on what the agent does. */
export const signalContext = (step: string, name: string): string => step + part + name

/** The text hashed for a context: family letter, US, context. */
export const contextText = (family: Family, context: string): string => families[family].letter + part + context
/** The text hashed for a key: its context's text, RS, x. */
export const keyText = (family: Family, context: string, x: string): string => contextText(family, context) + under + x
