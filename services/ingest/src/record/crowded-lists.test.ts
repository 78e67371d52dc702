import assert from 'node:assert/strict'
import { test } from 'node:test'
import { context } from '../../test-support/audit-record.ts'
import { wholeNative } from '../../test-support/hostile-record.ts'
import { readRecord } from './read-record.ts'

// Promise 10: the acting agent fills its lists and chooses their order: what finds no room is not what nobody looks at.

const read = (change: object) => {
  const { events, rejections } = readRecord(Buffer.from(JSON.stringify({ ...wholeNative, ...change })), {}, context)
  assert.deepEqual(rejections, [])
  return events[0]?.event ?? assert.fail('no event')
}
const many = (count: number, prefix: string) => Array.from({ length: count }, (_, at) => `${prefix}${at}`)

for (const [field, bound, prefix] of [
  ['destinations', 64, 'host:usual-'],
  ['argument_names', 64, 'usual-'],
  ['result_values', 256, 'e:'],
  ['request_values', 256, 'e:'],
  ['context_values', 256, 'e:'],
] as const) {
  test(`what stands behind ${bound} others changes the event: ${field}`, () => {
    const usual = many(bound, prefix)
    assert.deepEqual(read({ [field]: usual })[field], usual, 'as many as fit are kept as they are')
    const [evil, other] = ['e:evil', 'e:other'].map((last) => read({ [field]: [...usual, last] })[field] ?? [])
    assert.equal(evil?.length, bound)
    assert.deepEqual(evil?.slice(0, -1), usual.slice(0, -1))
    assert.ok(!usual.includes(evil?.at(-1) ?? ''), 'the last one is none of the usual ones')
    assert.notEqual(evil?.at(-1), other?.at(-1))
  })
}

test('an argument behind 64 others, and a value behind 64 others of its argument, leave a trace', () => {
  const usual = Object.fromEntries(many(64, 'p').map((name) => [name, ['e:usual']]))
  const crowded = read({ argument_values: { ...usual, to: ['e:evil'] } }).argument_values ?? {}
  assert.equal(Object.keys(crowded).length, 64)
  const [added] = Object.entries(crowded).filter(([name]) => !(name in usual))
  assert.match(JSON.stringify(added), /^\["more…#[0-9a-f]{12}",\["more:[0-9a-f]{12}"\]\]$/)
  const other = read({ argument_values: { ...usual, to: ['e:other'] } }).argument_values ?? {}
  assert.notDeepEqual(Object.values(crowded).at(-1), Object.values(other).at(-1))

  const { to = [] } = read({ argument_values: { to: [...many(64, 'e:'), 'e:evil'] } }).argument_values ?? {}
  assert.equal(to.length, 64)
  assert.match(to.at(-1) ?? '', /^more:[0-9a-f]{12}$/)
  // Two names that become one keep what they hold within the bound as well.
  const twins = { 'to\u0000': many(64, 'e:'), 'to\u0001': ['e:evil'] }
  assert.match(read({ argument_values: twins }).argument_values?.to?.at(-1) ?? '', /^more:/)
})

test('an empty session, trace or privilege is an unknown one, and no number or form of scopes hides the call', () => {
  const { session, trace, privilege } = read({ session: '', trace: '', privilege: '' })
  assert.deepEqual([session, trace, privilege], [undefined, undefined, undefined])
  for (const scopes of [many(65, 's'), [''], ['a\nb'], ['\ud800'], ['x'.repeat(700)]]) {
    const { credential } = read({ credential: { id: 'jti:1', scopes } })
    assert.equal(credential?.id, 'jti:1')
    assert.ok((credential?.scopes ?? []).length <= 64)
  }
})
