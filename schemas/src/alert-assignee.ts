import { z } from 'zod'

/**
 * Who works on an alert from now on (topic `agent.alerts.assignees.v1`): said at the console, read by people. It decides nothing: whoever may
 * answer the alert may do so whosever it is, so it carries no signature.
 */
export const AlertAssignee = z.object({
  tenant: z.string(),
  agent: z.string(),
  alert_id: z.string().min(1),
  /** A user of the console; null: nobody any more. */
  assignee: z.string().min(1).max(100).nullable(),
  /** The user who said so. */
  assigned_by: z.string().min(1).max(100),
  /** Milliseconds since 1970 UTC. */
  assigned_at: z.number().int().nonnegative(),
})
export type AlertAssignee = z.infer<typeof AlertAssignee>
