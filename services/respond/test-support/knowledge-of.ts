import { Knowledge } from '@straylight/schemas/knowledge'
import { startMs } from './finding-of.ts'

/** The knowledge version that `findingOf` names, with so many agents of the tenant. */
export function knowledgeOf(agents: number): Knowledge {
  return Knowledge.parse({
    version: 3,
    made_at: startMs,
    learnt_until: startMs,
    origin_day: 20_000,
    profile_key: '0'.repeat(32),
    groups: {},
    levels: [{ tenant: 'acme', group: '*', agents, events: 1000, table: '' }],
    registry: [{ tenant: 'acme', agent: 'invoice-bot' }],
    model: null,
    session_alert_rate: 0.001,
    corrections: [],
  })
}
