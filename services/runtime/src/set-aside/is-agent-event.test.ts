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
  ...{ destinations: ['d'], argument_names: ['n'], bytes_sent: 2 ** 50, bytes_received: 0, records: 1 },
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

test('whatever stands in whatever place: what zod takes is an event, and what is of another type is none', () => {
  const hostile = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(1.5, -1, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, -0, 1e308, '12', true, null),
    fc.constantFrom<unknown>([], {}, [1], [[]], [null], { toString: 1 }, { length: 3 }, JSON.parse('{"then":1}'), {
      id: 1,
    }),
  )
  fc.assert(
    fc.property(fc.constantFrom(...pathsOf(whole)), hostile, (path, value) => {
      const event = replaced(whole, path, value)
      const { success, error } = AgentEvent.safeParse(event)
      const ofType = error?.issues.every(({ code }) => code !== 'invalid_type' && code !== 'invalid_union') ?? true
      if (success) assert.ok(isAgentEvent(event), `${path.join('.')}: ${JSON.stringify(value)}`)
      if (!ofType) assert.ok(!isAgentEvent(event), `${path.join('.')}: ${JSON.stringify(value)}`)
    }),
    { numRuns: 3_000 },
  )
})
