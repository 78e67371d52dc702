import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson } from '@straylight/schemas/canonical-json'
import fc from 'fast-check'
import { context, nativeEvent } from '../../test-support/audit-record.ts'
import { readRecord } from './read-record.ts'

test("RFC 8785's own example of names in order", () => {
  const given = { '€': 'Euro', '\r': 'CR', '\ufb33': 'Hebrew', '1': 'One', '😀': 'Emoji', '\u0080': 'Control', ö: 'o' }
  assert.equal(
    canonicalJson(given),
    '{"\\r":"CR","1":"One","\u0080":"Control","ö":"o","€":"Euro","😀":"Emoji","\ufb33":"Hebrew"}',
  )
})

/** The same value with its names in another order, at every depth. */
function turned(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(turned)
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, turned(inner)]),
  )
}

test('two texts have one canonical form exactly when they say the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (value, other) => {
      const form = canonicalJson(value)
      assert.equal(canonicalJson(turned(value)), form)
      assert.equal(canonicalJson(JSON.parse(JSON.stringify(value, null, 2))), form)
      assert.deepEqual(JSON.parse(form), JSON.parse(JSON.stringify(value)))
      if (canonicalJson(other) === form) assert.deepEqual(JSON.parse(form), JSON.parse(JSON.stringify(other)))
    }),
    { numRuns: 500 },
  )
})

test('what is known to need no escape is written as what is looked at for one', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      if (!text.includes('\\')) assert.equal(canonicalJson(JSON.parse(text), true), canonicalJson(JSON.parse(text)))
    }),
    { numRuns: 500 },
  )
})

test('names that came before are written in order, whatever stood around them', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'é', '1', '10', '9', '__proto__', 'x'.repeat(70))
  const inner = fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.dictionary(name, fc.string()))
  fc.assert(
    fc.property(fc.dictionary(name, inner), (value) => {
      const inOrder = (given: unknown): string =>
        typeof given === 'object' && given !== null
          ? `{${Object.entries(given)
              .sort(([one], [other]) => (one < other ? -1 : 1))
              .map(([key, of]) => `${JSON.stringify(key)}:${inOrder(of)}`)
              .join(',')}}`
          : JSON.stringify(given)
      assert.equal(canonicalJson(value), inOrder(value))
    }),
    { numRuns: 2_000 },
  )
})

test('a record has one content hash by every route, and another one when anything in it changes', () => {
  const hash = (text: string) => readRecord(Buffer.from(text), {}, context).events[0]?.event.content_hash
  const plain = hash(JSON.stringify({ ...nativeEvent, bytes_sent: 100 }))
  for (const text of [
    JSON.stringify({ bytes_sent: 100, ...nativeEvent }),
    JSON.stringify({ ...nativeEvent, bytes_sent: 100 }, null, 2),
    JSON.stringify({ ...nativeEvent, bytes_sent: 100 }).replace('100', '1.0e2'),
    JSON.stringify({ ...nativeEvent, bytes_sent: 100 }).replace('erp', '\\u0065rp'),
    JSON.stringify({ log: `${JSON.stringify({ ...nativeEvent, bytes_sent: 100 })}\n`, stream: 'stdout' }),
  ])
    assert.equal(hash(text), plain, text)
  assert.notEqual(hash(JSON.stringify({ ...nativeEvent, bytes_sent: 101 })), plain)
  assert.notEqual(hash(JSON.stringify({ ...nativeEvent, bytes_sent: 100, extra: 1 })), plain)
})
