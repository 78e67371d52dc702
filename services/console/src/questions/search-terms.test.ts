import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ConsoleProblem } from '../console-problem.ts'
import { likePattern, searchTerms, termMatches } from './search-terms.ts'

const fields = ['agent', 'cause']
const wholeTerm = (value: string) => ({ field: 'agent', value, not: false })

test('a search is terms of fields and words, with quotes, and with what must not be', () => {
  assert.deepEqual(searchTerms('agent:bot-* -cause:volume "HR system" -word', fields), [
    { field: 'agent', value: 'bot-*', not: false },
    { field: 'cause', value: 'volume', not: true },
    { field: null, value: 'HR system', not: false },
    { field: null, value: 'word', not: true },
  ])
  assert.deepEqual(searchTerms('agent:"a \\"b\\" \\\\c"', fields), [wholeTerm('a "b" \\c')])
  assert.deepEqual(searchTerms('https://evil.example/x', fields), [
    { field: null, value: 'https://evil.example/x', not: false },
  ])
  assert.deepEqual([searchTerms(undefined, fields), searchTerms('  ', fields)], [[], []])
})

test('a field that there is not, and more terms than may be, are refused in words', () => {
  assert.throws(
    () => searchTerms('owner:x', fields),
    (error) => error instanceof ConsoleProblem && /"owner" is no field .* agent, cause/.test(error.message),
  )
  assert.throws(() => searchTerms('a '.repeat(31), fields), /30 terms at most; this one has 31/)
})

test('a value that a field with fixed values does not know is refused, with those that it knows', () => {
  const known = { cause: ['volume', 'rate', ''] }
  for (const search of ['cause:volume', 'cause:VOL*', '-cause:rate', 'cause:""', 'agent:hgh'])
    assert.equal(searchTerms(search, fields, known).length, 1, search)
  for (const search of ['cause:volum', '-cause:rat', 'cause:x*', 'agent:a cause:"volume "'])
    assert.throws(() => searchTerms(search, fields, known), /is no cause there is: expected one of volume, rate, ""\./)
})

test('a name in quotes is found as it is, whatever it holds; a pattern of the store matches what the same term matches here', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (name) => {
      const text = `agent:"${name.replace(/["\\]/g, '\\$&')}"`
      assert.deepEqual(searchTerms(text, fields), [wholeTerm(name)])
      assert.ok(termMatches(wholeTerm(name), name))
    }),
  )
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'b', '*', '%', '_', '\\', '.'), maxLength: 8 }),
      fc.string({ unit: fc.constantFrom('a', 'b', '%', '_', '\\', '.'), maxLength: 8 }),
      (value, text) => {
        for (const field of ['agent', null]) {
          const term = { field, value, not: false }
          assert.equal(termMatches(term, text), likes(likePattern(term), text), `${value} against ${text}`)
        }
      },
    ),
    { numRuns: 2_000 },
  )
})

/** What LIKE means: % any text, _ any character, \ takes the next as it is. */
function likes(pattern: string, text: string): boolean {
  const parts = [...pattern.matchAll(/\\(.)|(%)|(_)|(.)/gs)].map(([, escaped, any, one, plain]) => {
    if (any !== undefined) return '.*'
    return one === undefined ? (escaped ?? plain ?? '').replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : '.'
  })
  return new RegExp(`^${parts.join('')}$`, 's').test(text)
}
