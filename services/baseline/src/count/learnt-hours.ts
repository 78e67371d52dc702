/**
 * Hours of agent_hours that shared levels and peer groups learn from: imported history at once, live hours when they have
 * aged, else a campaign against several agents would make its destination familiar to all of them. What came into the log long after
 * the time it claims has aged when the log has it for as long: a date makes nothing familiar.
 */
export const learntHours = agedBefore('{until_hour:UInt32}')

/** Hours that are vetted, or had passed both by their events' time and by the log's before an hour, an SQL expression. */
export function agedBefore(hour: string): string {
  const logged = 'intDiv(toUnixTimestamp64Milli(last_log_time), 3600000)'
  return `(vetted = 1 OR (hour < ${hour} AND (vetted = 0 OR ${logged} < ${hour}))) AND events > 0`
}

/** Parameters of `learntHours` and of the weights of days. */
export interface LearntParameters extends Record<string, unknown> {
  readonly until_hour: number
  readonly origin_day: number
}
