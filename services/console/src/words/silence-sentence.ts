import type { Silence } from '@straylight/schemas/finding'

/** Who keeps a finding quiet, why and until when. */
export function silenceSentence({ issuer, role, reason, verdict_id, until }: Silence): string {
  const who = role === undefined ? issuer : `${issuer} (${role})`
  return `suppressed by ${who} because "${reason}" until ${new Date(until).toISOString().slice(0, 16).replace('T', ' ')} UTC (${verdict_id})`
}
