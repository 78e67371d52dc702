import { z } from 'zod'
import { Position } from './position.ts'

/**
 * A name that people or machines gave: 1 to 512 characters, no control characters. Half a surrogate pair is refused
 * too: JSON can carry it and UTF-8 cannot, so that two stages would see two names.
 */
const printable = /^[^\p{Cc}\p{Cs}]+$/u
export const Name = z
  .string()
  .min(1)
  .max(512)
  .regex(printable, 'must not hold control characters or half a surrogate pair')

/** A tenant's name holds no `|`: `tenant|agent` keys then never mean two agents. */
export const Tenant = Name.regex(/^[^|]*$/, "must not hold '|'")

/** What an address or a path may be: no NUL, and valid as UTF-8. */
const LongText = z
  .string()
  .max(2048)
  .regex(/^[^\0\p{Cs}]*$/u, 'must not hold NUL or half a surrogate pair')

export const Outcome = z.enum(['success', 'failure', 'denied'])
export type Outcome = z.infer<typeof Outcome>

/** Bytes or records moved by one event: whole, 0 to 2^50 (1 PiB); anything above is a shipper's fault. */
const Amount = z
  .number()
  .int()
  .nonnegative()
  .max(2 ** 50)

/** Milliseconds since 1970 UTC, between 2000 and 2100: outside it a clock is broken, not an agent. */
export const TimeMs = z.number().int().min(946_684_800_000).max(4_102_444_800_000)

export const Credential = z.object({
  id: Name,
  issued_at: TimeMs.optional(),
  expires_at: TimeMs.optional(),
  scopes: z.array(Name).max(64).optional(),
})
export type Credential = z.infer<typeof Credential>

/** Which credentials are somebody's: exact ids, and prefixes of ids for those that are issued anew all the time. */
export const CredentialBinding = z
  .strictObject({
    ids: z.array(Name).max(1000).optional(),
    prefixes: z.array(Name).max(100).optional(),
  })
  .refine(({ ids, prefixes }) => ids !== undefined || prefixes !== undefined, {
    message: 'a binding names ids, prefixes or both',
  })
export type CredentialBinding = z.infer<typeof CredentialBinding>

/** Keyed hashes `kind:hash` of id-like values: provenance without content. */
const HashedValue = z
  .string()
  .min(3)
  .max(80)
  .regex(printable, 'must not hold control characters or half a surrogate pair')

/** Named things of one event: 64 at most, so that one event cannot make 100,000 baselines. */
const few = (named: object) => Object.keys(named).length <= 64

/** How an input reported its events: the name of its file in `services/ingest/src/formats/`. */
export const EventFormat = z
  .string()
  .regex(/^[a-z0-9-]{1,40}$/, 'must be small letters, digits and hyphens, 40 at most')
export type EventFormat = z.infer<typeof EventFormat>

/**
 * One thing an agent did, as every stage knows it (topic `agent.events.v1`, table `events`).
 * An absent field is unknown, never zero: it switches off what needs it.
 * Field by field: `services/ingest/README.md`.
 */
export const AgentEvent = z.object({
  /** The shipper's id, else one made from the position. */
  id: Name,
  /** When the agent acted, milliseconds since 1970 UTC. */
  time: TimeMs,
  tenant: Tenant,
  /** The registry's name of the agent; an unregistered agent keeps the name it came with. */
  agent: Name,
  owner: Name.optional(),
  session: Name.optional(),
  trace: Name.optional(),
  parent_agent: Name.optional(),
  credential: Credential.optional(),
  privilege: Name.optional(),
  tool: Name.optional(),
  system: Name,
  resource: LongText.optional(),
  action: Name,
  destinations: z.array(LongText.min(1)).max(64).optional(),
  /**
   * Which of its destinations are the organisation's own, as `internal` in the registry said when the event was read: canonical forms
   * (`mail:dana@acme.example`). Never a sender's word.
   */
  internal_destinations: z.array(LongText.min(1)).max(64).optional(),
  argument_names: z.array(Name).max(64).optional(),
  bytes_sent: Amount.optional(),
  bytes_received: Amount.optional(),
  records: Amount.optional(),
  outcome: Outcome.optional(),
  source: z.object({ ip: Name.optional(), host: Name.optional() }).optional(),
  argument_values: z.record(Name, z.array(HashedValue).max(64)).refine(few, 'at most 64 names').optional(),
  result_values: z.array(HashedValue).max(256).optional(),
  request_values: z.array(HashedValue).max(256).optional(),
  context_values: z.array(HashedValue).max(256).optional(),
  signals: z.record(Name, z.number().min(0).max(1)).refine(few, 'at most 64 names').optional(),
  /**
   * Fields of a wrong type in the sender's record, which were left out or read in part: chosen by the agent, so that none of them hides
   * its call (`within-bounds.ts`).
   */
  dropped_fields: z.array(Name).max(16).optional(),
  format: EventFormat,
  /** Whether the registry knows this agent. */
  registered: z.boolean(),
  /** First 16 hex digits of the SHA-256 of the shipper's own record: tells a repeat from a changed twin. */
  content_hash: z.string().length(16),
  /**
   * What the sender's token proves and the event does not merely claim: that the token speaks for this agent by name, and that
   * it may name this credential. Absent: nothing is proven.
   */
  proven: z.array(z.enum(['agent', 'credential'])).optional(),
  /** The place of the source record in `agent.audit.v1`: counts once what is delivered twice. */
  position: Position,
})
export type AgentEvent = z.infer<typeof AgentEvent>
