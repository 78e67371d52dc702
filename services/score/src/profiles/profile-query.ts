import type { Query } from '@straylight/runtime/store/store'
import { z } from 'zod'

/** The checkpoints of the agents asked for, newest state of each; names as two parallel lists, since tuples need a type of their own. */
export const profilesOfAgents: Query<
  { tenants: string[]; agents: string[] },
  { tenant: string; agent: string; as_of_offset: number; state: string }
> = {
  name: 'profiles of agents',
  // argMax instead of FINAL: a few hundred agents a batch, often with unmerged parts (chDB figures: two to three times faster).
  sql: `
    SELECT tenant, agent, toInt64(max(profiles.as_of_offset)) AS as_of_offset, argMax(profiles.state, profiles.as_of_offset) AS state
    FROM profiles
    WHERE (tenant, agent) IN (SELECT arrayJoin(arrayZip({tenants:Array(String)}, {agents:Array(String)})))
    GROUP BY tenant, agent`,
  row: z.object({ tenant: z.string(), agent: z.string(), as_of_offset: z.coerce.number(), state: z.string() }),
}

/** Every agent that has a checkpoint: who is not in it is new and waits for nobody. */
export const agentsWithProfile: Query<{ most: number }, { tenant: string; agent: string }> = {
  name: 'agents with a profile',
  sql: 'SELECT DISTINCT tenant, agent FROM profiles LIMIT {most:UInt32}',
  row: z.object({ tenant: z.string(), agent: z.string() }),
}

/** From where a partition has to be read again, and whom its watch for silent agents waited for there. */
export const partitionCheckpoint: Query<{ partition: number }, { checkpoint_offset: number; silences: string }> = {
  name: 'checkpoint of a partition',
  sql: `
    SELECT toUInt64(max(c.checkpoint_offset)) AS checkpoint_offset, argMax(c.silences, c.checkpoint_offset) AS silences
    FROM partition_checkpoints AS c
    WHERE log_partition = {partition:Int32}`,
  row: z.object({ checkpoint_offset: z.coerce.number(), silences: z.string() }),
}
