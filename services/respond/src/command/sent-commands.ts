import { parsedJson } from '@straylight/schemas/parsed-json'
import { RevocationCommand } from '@straylight/schemas/revocation-command'

/** Commands remembered by id: some 15 MB. Answers come within seconds; the oldest make room. */
const commandsMax = 10_000

export interface SentEntry {
  readonly command: RevocationCommand
  /** When it was appended to the topic. */
  readonly sentAt: number
}

/** Commands that stand in `agent.revocations.v1`, by id. */
export interface SentCommands {
  get(id: string): SentEntry | undefined
  values(): Iterable<SentEntry>
  record(command: RevocationCommand, sentAt: number): void
}

export function createSentCommands(max = commandsMax): SentCommands {
  const entries = new Map<string, SentEntry>()
  return {
    get: (id) => entries.get(id),
    values: () => entries.values(),
    record: (command, sentAt) => {
      // The first sending counts: a broker has had time to answer since then.
      if (entries.has(command.id)) return
      entries.set(command.id, { command, sentAt })
      const oldest = entries.keys().next().value
      if (entries.size > max && oldest !== undefined) entries.delete(oldest)
    },
  }
}

/** The command in a token, unverified; null when there is none. */
export function commandInToken(token: string): RevocationCommand | null {
  const payload = token.split('.')[1]
  if (payload === undefined) return null
  return RevocationCommand.safeParse(parsedJson(Buffer.from(payload, 'base64url').toString())).data ?? null
}
