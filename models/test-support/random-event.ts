import type { AgentEvent } from '@straylight/schemas/agent-event'
import fc from 'fast-check'

const few = (...names: string[]) => fc.constantFrom(...names)
/** What an event may say, out of few names, so that chance repeats itself. */
export const randomEvent: fc.Arbitrary<Partial<AgentEvent>> = fc.record(
  {
    system: few('erp', 'crm'),
    action: few('read', 'write', 'export'),
    destinations: fc.array(few('a@x.example', 'b@x.example', 'https://y.example', 'notes.txt'), { maxLength: 4 }),
    argument_names: fc.subarray(['to', 'body', 'cc']),
    bytes_sent: fc.nat(5_000),
    bytes_received: fc.nat(5_000),
    records: fc.nat(50),
    outcome: few('success', 'failure', 'denied') as fc.Arbitrary<'success' | 'failure' | 'denied'>,
    privilege: few('read', 'admin'),
    argument_values: fc.dictionary(few('to', 'body'), fc.array(few('e:1', 'e:2', 'n:3', 'd:4'), { maxLength: 2 })),
    result_values: fc.array(few('e:1', 'e:2', 'n:3', 'd:4'), { maxLength: 3 }),
    request_values: fc.array(few('e:1', 'n:3'), { maxLength: 1 }),
  },
  { requiredKeys: ['system', 'action'] },
)
