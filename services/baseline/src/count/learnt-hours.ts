/**
 * Hours of agent_hours that shared levels and peer groups learn from: imported history at once, live hours when they have
 * aged, else a campaign against several agents would make its destination familiar to all of them.
 */
export const learntHours = '(vetted = 1 OR hour < {until_hour:UInt32}) AND events > 0'

/** Parameters of `learntHours` and of the weights of days. */
export interface LearntParameters extends Record<string, unknown> {
  readonly until_hour: number
  readonly origin_day: number
}
