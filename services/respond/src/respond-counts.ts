/** What respond has done since it started, for metrics, replay's summary and tests. Names are fixed and few. */
export interface RespondCounts {
  readonly byName: ReadonlyMap<string, number>
  add(name: CountName): void
}

export type CountName =
  | 'findings_observed'
  | 'findings_suppressed'
  | 'findings_repeated'
  | 'alerts_opened'
  | 'alerts_updated'
  | 'alerts_reopened'
  | 'alerts_closed'
  | 'commands_sent'
  | 'commands_sent_again'
  | 'commands_expired'
  | 'results_taken'
  | 'results_unmatched'
  | 'verdicts_taken'
  | 'verdicts_refused'
  | 'records_unreadable'

export function createRespondCounts(): RespondCounts {
  const byName = new Map<string, number>()
  return { byName, add: (name) => void byName.set(name, (byName.get(name) ?? 0) + 1) }
}
