import { z } from 'zod'
import { AgentRow } from './agent-row.ts'
import { listPart, Milliseconds } from './list-part.ts'

export const RegistryGaps = z.object({
  as_of: Milliseconds,
  /** Registered, without an owner. */
  unowned: listPart(AgentRow),
  /** Of these, those whose name people take for a registered one's (`looks_like`): a copy, or a disguise. */
  lookalikes: listPart(z.object({ agent: AgentRow, looks_like: z.string() })),
  /** Of these, those that took the place of an agent which fell silent; `write`: the registry entry that makes both one, null where the old name is alive. */
  renames: listPart(
    z.object({ agent: AgentRow, looks_like: z.string(), alike: z.string(), write: z.string().nullable() }),
  ),
  /** Events name them and the registry does not; the busiest first. */
  unregistered: listPart(AgentRow),
  /** Registered, and no event of theirs is stored. */
  never_seen: listPart(AgentRow),
  /** Registered, without a boundary: nothing says what they may do. */
  unbounded: listPart(AgentRow),
})
export type RegistryGaps = z.infer<typeof RegistryGaps>
