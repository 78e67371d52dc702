import { AlertAssignee } from '@straylight/schemas/alert-assignee'
import { z } from 'zod'
import { Milliseconds } from './list-part.ts'

const name = AlertAssignee.shape.assignee

/** Gives an alert to somebody, or (null) back to all. */
export const AssignBody = z.strictObject({
  alert_id: z.string().startsWith('alr_').max(200),
  assignee: name,
  /** Whose it was as shown: refused where it is somebody else's by now. */
  was: name,
})
export type AssignBody = z.infer<typeof AssignBody>

export const AssignedAlert = AlertAssignee.pick({
  alert_id: true,
  assignee: true,
  assigned_by: true,
  assigned_at: true,
})
export type AssignedAlert = z.infer<typeof AssignedAlert>

/** To whom an alert may be given. */
export const PossibleAssignees = z.object({ as_of: Milliseconds, names: z.array(z.string()) })
export type PossibleAssignees = z.infer<typeof PossibleAssignees>
