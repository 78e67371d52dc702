import assert from 'node:assert/strict'
import { test } from 'node:test'
import { visibleLines, visibleText } from './visible-text.ts'

const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u00a0\u3000]/u

test('what shows nothing, turns the text or looks like a space stands as its code', () => {
  const points = [0x202e, 0x2066, 0x200f, 0x61c, 0x200d, 0x200b, 0x2028, 0x2029, 0xfeff, 0xad, 0x3164, 0x115f, 0x2800]
  points.push(0xe0041, 0xfe0f, 0x180e, 0xa0, 0x3000, 0x1b, 0x9b, 0x7f, 0x0a, 0x0d, 0xd83d)
  for (const point of points) {
    const code = point.toString(16).toUpperCase()
    assert.equal(visibleText(`inv${String.fromCodePoint(point)}bot`), `inv\\u{${code}}bot`)
  }
})

test('a letter of another script that passes for a Latin one stands as its code', () => {
  assert.equal(visibleText('inv\u043eice-bot'), 'inv\\u{43E}ice-bot')
  assert.equal(visibleText('\u0430-bot'), '\\u{430}-bot')
  assert.equal(visibleText('\u0441\u043e\u0441\u043e used erp'), '\\u{441}\\u{43E}\\u{441}\\u{43E} used erp')
  assert.equal(visibleText('\uff42\u{1d428}t'), '\\u{FF42}\\u{1D428}t')
  assert.equal(visibleText('invoice\u2010bot and bank\u2215send'), 'invoice\\u{2010}bot and bank\\u{2215}send')
})

test('names in other scripts, accents, emoji and the marks of prose stay as they are', () => {
  for (const text of ['Zahlungsprüfer', 'café naïve', 'москва', 'бот-invoice', '東京-bot', 'αβγ', 'بوت', '😀 bot'])
    assert.equal(visibleText(text), text)
  assert.equal(visibleText('a → b … “the owner’s” 3 × 4 – ok'), 'a → b … “the owner’s” 3 × 4 – ok')
  assert.equal(visibleText('plain \\u{202E} {text}'), 'plain \\u{202E} {text}')
})

test('marks heaped on a letter are shown from the third on', () => {
  assert.equal(visibleText(`a${'\u0301'.repeat(4)}`), 'a\u0301\u0301\\u{301}\\u{301}')
})

test('promise 17: whatever comes in, nothing hidden comes out, and a second time changes nothing', () => {
  for (let point = 0; point < 0x30000; point += 1) {
    const shown = visibleText(`bot${String.fromCodePoint(point)}x`)
    if (hidden.test(shown)) assert.fail(`U+${point.toString(16)} is still hidden`)
    if (visibleText(shown) !== shown) assert.fail(`U+${point.toString(16)} is changed twice`)
  }
})

test('text in lines keeps its lines', () => {
  assert.equal(visibleLines('one\ntw\u202eo'), 'one\ntw\\u{202E}o')
})
