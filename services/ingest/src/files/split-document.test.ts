import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { listNames } from '../framing/list-names.ts'
import { createDocumentSplitter } from './split-document.ts'

/** Records of a text that comes in chunks of `size` bytes. */
function split(text: string, size: number): string[] {
  const splitter = createDocumentSplitter()
  const bytes = Buffer.from(text)
  const pieces: string[] = []
  for (let at = 0; at < bytes.length; at += size)
    for (const piece of splitter.push(bytes.subarray(at, at + size))) pieces.push(piece.value.toString())
  for (const piece of splitter.end()) pieces.push(piece.value.toString())
  return pieces
}

const spaces = fc.constantFrom(0, 2, '\t')
/** A made-up object that happens to have a list by one of these names is a document with a list. */
const isListName = (name: string): boolean => (listNames as readonly string[]).includes(name)
const text = fc.oneof(
  fc.string().filter((name) => !isListName(name)),
  fc.constantFrom('"', '\\', '\\"', ']}', '[{,', '"Records":[', 'a\nb'),
)
const tree = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.integer(),
    fc.constant(null),
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
  object: fc.dictionary(text, tie('value'), { maxKeys: 3 }),
}))

test('the items of an array or of Records come out as they went in, however printed and cut', () => {
  fc.assert(
    fc.property(fc.array(tree.value), spaces, fc.integer({ min: 1, max: 40 }), (items, space, size) => {
      // An array in an array is an item like any other; only the outermost is taken apart.
      for (const document of [items, { Records: items }, { Records: items, more: items }]) {
        const pieces = split(JSON.stringify(document, null, space), size)
        assert.deepEqual(
          pieces.map((piece) => JSON.parse(piece)),
          document === items || items.length > 0 ? JSON.parse(JSON.stringify(items)) : [document],
        )
      }
    }),
    { numRuns: 500 },
  )
})

test('objects one after another come out one by one', () => {
  fc.assert(
    fc.property(fc.array(tree.object), spaces, fc.integer({ min: 1, max: 40 }), (objects, space, size) => {
      const others = objects.filter((object) => !JSON.stringify(object).startsWith('{"Records"'))
      const pieces = split(others.map((object) => JSON.stringify(object, null, space)).join('\n'), size)
      assert.deepEqual(
        pieces.map((piece) => JSON.parse(piece)),
        JSON.parse(JSON.stringify(others)),
      )
    }),
  )
})

test('any text is taken without a throw, and no letter of it is lost', () => {
  const unit = fc.constantFrom('[', ']', '{', '}', '"', '\\', ',', ' ', '\n', 'a')
  fc.assert(
    fc.property(fc.string({ unit }), (given) => {
      const letters = (some: string) => some.replaceAll(/[^a]/g, '')
      assert.equal(letters(split(given, 3).join('')), letters(given))
    }),
    { numRuns: 1_000 },
  )
})

test('what follows Records is a record where it makes the document an event, holds more records or is no JSON', () => {
  const native = '"time":"2026-11-22T10:00:00Z","agent":"a","system":"s","action":"x"'
  const trail = '"detail-type":0,"detail":{"eventName":"n","eventTime":"t","eventSource":"s"}'
  for (const tail of [native, trail, '"Records":[7]', '"\\u0052ecords":[7]', 'nonsense']) {
    assert.deepEqual(split(`{"Records":[1],${tail}}`, 5), ['1', `{"Records":[],${tail}}`])
    assert.deepEqual(split(`{"Records":[ ],${tail}}`, 5), [`{"Records":[],${tail}}`])
  }
})
