import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AgentEvent } from '@straylight/schemas/agent-event'
import fc from 'fast-check'
import { isAgentEvent } from './is-agent-event.ts'

// Promise 10: every stage comes to the same answer of what is an event, whatever stands there.

const whole: AgentEvent = {
  ...{
    id: 'e',
    time: 1_790_000_000_000,
    tenant: 't',
    agent: 'a',
    owner: 'o',
    session: 's',
    trace: 'x',
    parent_agent: 'p',
  },
  ...{ privilege: 'read', tool: 'x', system: 'erp', resource: 'r', action: 'act', outcome: 'success' },
  credential: { id: 'c', issued_at: 1_790_000_000_000, expires_at: 1_790_000_000_000, scopes: ['s'] },
  ...{
    destinations: ['d'],
    internal_destinations: ['host:d'],
    argument_names: ['n'],
    bytes_sent: 2 ** 50,
    bytes_received: 0,
    records: 1,
  },
  source: { ip: '10.0.0.1', host: 'h' },
  argument_values: { to: ['h:01'] },
  ...{ result_values: ['h:02'], request_values: ['h:03'], context_values: ['h:04'] },
  signals: { injection: 0.5 },
  ...{ format: 'native', registered: true, content_hash: '0123456789abcdef', proven: ['agent'] },
  position: { topic: 'agent.audit.v1', partition: 0, offset: 2 ** 53 - 1, index: 3 },
}

type Path = readonly string[]
const pathsOf = (value: unknown, at: Path = []): Path[] =>
  typeof value !== 'object' || value === null
    ? [at]
    : [at, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...at, key]))]

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...(value as object) }
  const fields = copy as Record<string, unknown>
  fields[key] = replaced(fields[key], rest, by)
  return copy
}

test('an event of every field is one, and so is each event without a field that it may leave out', () => {
  assert.ok(AgentEvent.safeParse(whole).success, 'the sample is an event')
  assert.ok(isAgentEvent(whole))
  for (const field of Object.keys(whole)) {
    const { [field as keyof AgentEvent]: _left, ...rest } = whole
    assert.equal(isAgentEvent(rest), AgentEvent.safeParse(rest).success, field)
  }
})

test('whatever stands in whatever place, it is an event exactly if the schema says so', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.constantFrom('', 'a|b', '\0', '\ud800', '😀', '\x7f', '\x9f', '\xa0', '\u2028', '\u202e', 'é\ud83d', '😀\n'),
    fc.constantFrom(3, 15, 16, 40, 41, 80, 81, 512, 513, 2048, 2049).map((length) => 'x'.repeat(length)),
  )
  const list = fc.oneof(
    fc.array(text, { maxLength: 3 }),
    fc.constantFrom(64, 65, 256, 257).map((length) => Array.from({ length }, () => 'h:01')),
  )
  const named = fc.oneof(
    fc.dictionary(text, fc.oneof(list, fc.double({ min: -1, max: 2 })), { maxKeys: 2 }),
    fc
      .constantFrom(64, 65)
      .map((count) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`n${n}`, ['h:1']]))),
  )
  const hostile = fc.oneof(
    ...[text, list, named, fc.jsonValue()],
    fc.constantFrom<unknown>(
      0,
      1.5,
      -1,
      2 ** 50,
      2 ** 50 + 1,
      2 ** 53,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -0,
      1e308,
    ),
    fc.constantFrom<unknown>(946_684_800_000, 946_684_799_999, 4_102_444_800_000, 4_102_444_800_001, 0.5, true, null),
    fc.constantFrom<unknown>([], {}, [1], [[]], [null], { toString: 1 }, { length: 3 }, JSON.parse('{"then":1}')),
    fc.constantFrom<unknown>(['agent', 'credential'], ['other'], 'denied', undefined),
  )
  fc.assert(
    fc.property(fc.constantFrom(...pathsOf(whole)), hostile, (path, value) => {
      const event = replaced(whole, path, value)
      const { success } = AgentEvent.safeParse(event)
      // Partition and index of a position may be larger there than columns can hold.
      if (path[0] === 'position' && success && Number(value) >= 2 ** 32) return
      assert.equal(isAgentEvent(event), success, `${path.join('.')}: ${JSON.stringify(value)}`)
    }),
    { numRuns: 10_000 },
  )
})
