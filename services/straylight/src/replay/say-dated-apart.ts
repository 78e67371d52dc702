import { type DatedApart, datedApartSentence } from '@straylight/ingest/files/dated-apart'
import type { CommandOutput } from '../commands/command.ts'

/** Agents with lines dated far before their others that are named in a sentence each. */
const datedApartSaidMax = 5

/** Names lines that may have been dated back. */
export function sayDatedApart(output: CommandOutput, found: readonly DatedApart[]): void {
  for (const apart of found.slice(0, datedApartSaidMax)) output.say(datedApartSentence(apart))
  const more = found.length - datedApartSaidMax
  if (more > 0) output.say(`The same holds for ${more} more ${more === 1 ? 'agent' : 'agents'}.`)
}
