import { Finding } from '@straylight/schemas/finding'

/** 2026-11-22T10:00:00Z: where the tests' time starts. */
export const startMs = Date.parse('2026-11-22T10:00:00.000Z')

/**
 * A finding of a well-known agent, for tests, whose credential the registry gives to it; `offset` is its place in the log and
 * makes its ids.
 */
export function sampleFindingOf(offset: number, given: Partial<Finding> = {}): Finding {
  const time = given.log_time ?? startMs
  return Finding.parse({
    id: `fnd_${given.log?.partition ?? 0}_${offset}`,
    tenant: 'acme',
    agent: 'invoice-bot',
    owner: 'finance@acme.example',
    tier: 'low',
    registered: true,
    session: 'run-81',
    event_id: `evt-${given.log?.partition ?? 0}-${offset}`,
    log: { topic: 'agent.events.v1', partition: 0, offset },
    source: { partition: 0, offset, index: 0 },
    time,
    log_time: time,
    system: 'mail',
    action: 'mail.send',
    credential_id: 'jti:9c1e',
    credential_holder: { agent: given.agent ?? 'invoice-bot', tier: given.tier ?? 'low', basis: 'registry' },
    score: 21.5,
    risk: 6.2,
    p_value: 0.0001,
    severity: 'high',
    cause: 'new_destination',
    target: 'mailto:evil.example',
    held_out: true,
    contributions: [
      {
        feature: 'destination_new',
        value: 9,
        contribution: 21.5,
        expected: '4 destinations in 812 events',
        seen: 'mailto:evil.example, never seen',
      },
    ],
    reasons: ['mailto:evil.example was never seen in 812 events of this agent'],
    evidence: {
      profile_events: 812,
      profile_days: 30,
      peer_group: 'finance',
      peers: 7,
      knowledge_version: 3,
      model: 'default@1',
    },
    techniques: ['ASI02', 'AML.T0086'],
    ...given,
  })
}
