import { Severity } from '@straylight/schemas/finding'
import { z } from 'zod'
import { CommandState } from './alert-row.ts'
import { listPart, Milliseconds } from './list-part.ts'

export const DigestsQuery = z.strictObject({
  tenant: z.string().max(512).optional(),
  owner: z.string().max(512).optional(),
  /** The UTC day, YYYY-MM-DD; yesterday where nothing is said. */
  day: z.iso.date().optional(),
})

/** A day of one owner's agents in one tenant. */
export const OwnerDigest = z.object({
  tenant: z.string(),
  owner: z.string(),
  agents: z.number().int(),
  /** Of which something was heard on that day or later. */
  heard: z.number().int(),
  /** Steps and destinations that an agent had never used before, by event time; what is quarantined too. */
  new_uses: listPart(
    z.object({
      agent: z.string(),
      kind: z.enum(['step', 'destination']),
      name: z.string(),
      /** The first use of its system as well. */
      new_system: z.boolean(),
      first_time: Milliseconds,
    }),
  ),
  /** Opened, answered or with a command that changed on that day, as they now stand. */
  alerts: listPart(
    z.object({
      id: z.string(),
      agent: z.string(),
      severity: Severity,
      state: z.string(),
      summary: z.string(),
      opened: z.boolean(),
      verdict: z.string().nullable(),
      command_id: z.string().nullable(),
      command_state: CommandState,
    }),
  ),
  /** Granted by the registry and not used within what is stored, the most first. */
  unused: listPart(z.object({ agent: z.string(), systems: z.array(z.string()), actions: z.array(z.string()) })),
})
export type OwnerDigest = z.infer<typeof OwnerDigest>

/** Owners at whose agents anything happened. */
export const Digests = z.object({
  as_of: Milliseconds,
  /** YYYY-MM-DD, UTC. */
  day: z.string(),
  owners: z.array(OwnerDigest),
  /** Owners without anything to report. */
  quiet: z.number().int(),
  more: z.boolean(),
})
export type Digests = z.infer<typeof Digests>
