import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutText, cutWithHash } from './cut-text.ts'

const texts = [
  '',
  'plain',
  '😀xy',
  'x😀',
  '\ud800',
  'x\udc00y',
  `${'x'.repeat(47)}😀${'y'.repeat(9)}`,
  '😀'.repeat(60),
  `a${'😀'.repeat(60)}`,
]

test('a cut text is well-formed and no longer than asked, wherever the cut falls', () => {
  for (const text of texts)
    for (let most = 1; most < text.length + 2; most++) {
      const cut = cutText(text, most)
      assert.ok(cut.isWellFormed() && cut.length <= most, `${JSON.stringify(text)} at ${most}`)
      assert.ok(text.toWellFormed().startsWith(cut), `${JSON.stringify(text)} at ${most} became ${JSON.stringify(cut)}`)
    }
})

test('two long texts with one beginning stay two, and fit', () => {
  for (const head of texts)
    for (let most = 32; most < head.length + 40; most++) {
      const [one, other] = ['one', 'other'].map((end) => cutWithHash(`${head}${'z'.repeat(40)}${end}`, most)) as [
        string,
        string,
      ]
      assert.notEqual(one, other)
      for (const cut of [one, other]) assert.ok(cut.isWellFormed() && cut.length <= most, `${cut} at ${most}`)
    }
  assert.equal(cutWithHash('short', 32), 'short')
})
