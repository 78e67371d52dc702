import { z } from 'zod'
import { AgentEvent } from './agent-event.ts'

/** How much a newcomer acts as another agent did. Shares are from 0 to 1. */
export const Likeness = z.object({
  /** Of their steps: the Bhattacharyya coefficient of how often each of them takes which. */
  steps: z.number().min(0).max(1),
  /** Of the hours of the day at which they act: the same coefficient. */
  hours: z.number().min(0).max(1),
  /** Share of what the newcomer sent that went where the other one sent; absent where it sent too little to say. */
  destinations: z.number().min(0).max(1).optional(),
  /** A credential that both have used. */
  credential: z.string().optional(),
})
export type Likeness = z.infer<typeof Likeness>

/** An agent that no registry names and that acts as one which has fallen silent did: probably the same under a new name. */
export const RenamedAgent = z.object({
  tenant: z.string(),
  /** The name that is new, and the one that it took the place of. */
  agent: z.string(),
  from: z.string(),
  /** The first version that says so: its marker is where it is reported. */
  since_version: z.number().int().positive(),
  /** Event time of the newcomer's first event and of the other's last, milliseconds since 1970 UTC. */
  first_seen: z.number().int(),
  last_heard: z.number().int(),
  /** The newcomer's events when it was found. */
  events: z.number().int().nonnegative(),
  likeness: Likeness,
  /** Systems, actions and destinations of the old name, the most used first; at most a hundred. */
  targets: z.array(z.string()),
  /** Other newcomers that look like the same agent. */
  rivals: z.array(z.string()),
  /** When the old name was heard after the new one had come, and the first version that says so: then it is no rename. */
  heard_again: z.number().int().optional(),
  again_version: z.number().int().positive().optional(),
  /** The newcomer's first event, which a finding stands for. */
  event: AgentEvent.pick({
    id: true,
    time: true,
    system: true,
    action: true,
    owner: true,
    registered: true,
    content_hash: true,
    position: true,
    format: true,
  }).extend({ session: z.string() }),
})
export type RenamedAgent = z.infer<typeof RenamedAgent>

/** What a finding says of it: whom the agent looks like, and what is known of that one. */
export const RenamedFrom = z.object({
  agent: z.string(),
  last_heard: z.number().int(),
  targets: z.array(z.string()),
  /** The old name is alive: it is no rename. */
  heard_again: z.number().int().optional(),
})
export type RenamedFrom = z.infer<typeof RenamedFrom>
