import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson } from '@straylight/schemas/canonical-json'
import fc from 'fast-check'
import { builtInFormats, type Formats } from '../formats/create-formats.ts'
import { native } from '../formats/native.ts'
import { type ParsedJson, parseJson } from '../record/parse-record.ts'
import { plainRecord } from './plain-record.ts'

// The quick way and the careful one must say the same of every text: what is quick looks at lengths only.

const everything: Formats = { ...builtInFormats, detected: () => native }

const spelledNumbers = [
  ...['0', '-0', '1', '999', '1000', '1e3', '1E3', '1e2', '12e1', '15e2', '1e9', '1e20', '1e21', '1e400', '-1e400'],
  ...['0.5', '5e-1', '0.05', '5e-2', '0.001', '1e-3', '1e-7', '1.0', '1.50', '9007199254740993', '123456789012e5'],
  ...['12345678901234567890', '12345678901234568e13', '-1e4', '2e5', '4.9e-324', '1000000', '0.0000001'],
]
const spelledTexts = ['""', '"x"', '"é"', '"😀"', '"\\u0061"', '"\\ud800"', '"a\\"b"', '"\u007f"', '"xxxxxxxxxx"']
const spelledNames = [
  ...['"a"', '"b"', '"ab"', '"\\u0061"', '"__proto__"', '"constructor"', '"1"', '"10"', '"é"', '""', '"time"'],
]
const space = fc.constantFrom('', '', '', '', '', '', ' ', '\n', '\t ')
const { value: anyText } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...spelledNumbers),
    fc.constantFrom(...spelledTexts),
    fc.constantFrom('true', 'false', 'null', '{}', '[]', '01', 'nul'),
    fc.tuple(space, fc.array(tie('value'), { maxLength: 4 })).map(([gap, items]) => `[${items.join(`,${gap}`)}]`),
    objectOf(tie('value')),
  ),
}))

function objectOf(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const member = fc.tuple(fc.constantFrom(...spelledNames), space, value)
  return fc
    .array(member, { maxLength: 5 })
    .map((members) => `{${members.map(([name, gap, inner]) => `${name}${gap}:${inner}`).join(',')}}`)
}

/** Both ways in one form. */
const said = ({ json, doubled, isUnescaped }: ParsedJson) => ({ json, isDoubled: doubled !== null, isUnescaped })

function assertAgree(text: string | Buffer): void {
  const bytes = Buffer.from(text)
  const careful = parseJson(bytes)
  const quick = plainRecord(bytes, {}, everything)
  const about = bytes.toString('utf8', 0, 300)
  if ('fault' in careful) {
    assert.equal(quick, null, about)
    return
  }
  assert.ok(quick !== null, about)
  if (!('format' in quick)) {
    assert.deepEqual(said(quick), said(careful), about)
    return
  }
  assert.deepEqual(
    said({ json: quick.value, values: 0, doubled: null, isUnescaped: quick.isUnescaped }),
    said(careful),
    about,
  )
  if (quick.canonical !== null) assert.equal(quick.canonical, canonicalJson(quick.value), about)
}

test('of any object in text, the quick way says what the careful one does', () => {
  fc.assert(fc.property(objectOf(anyText), assertAgree), { numRuns: 20_000 })
})

test('a number that grows as a doubled name goes hides nothing', () => {
  const grows = fc.constantFrom(...spelledNumbers)
  const name = fc.constantFrom('a', 'b', 'ab', 'abcdefgh')
  fc.assert(
    fc.property(name, grows, grows, grows, fc.array(grows, { maxLength: 4 }), (twice, first, last, one, list) => {
      assertAgree(`{"${twice}":${first},"${twice}":${last},"c":${one},"d":[${list.join(',')}]}`)
    }),
    { numRuns: 20_000 },
  )
  // `1e9` grows by seven characters, and so many go with `"a":0,`.
  for (const number of ['1e9', '1e8', '1e7', '-1e8', '1e400', '1e-6'])
    assertAgree(`{"a":0,"a":${number},"b":[${number},1e5,1e4]}`)
})

test('what nests too deep, is no UTF-8, or is cut is refused by both', () => {
  for (const depth of [62, 63, 64, 65, 66, 5_000])
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const)
      assertAgree(`{"deep":${open.repeat(depth)}1${close.repeat(depth)}}`)
  assertAgree(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))
  assertAgree(Buffer.from('{"a":"\ud800"}', 'utf8'))
  for (const text of [
    '{"a":1}}',
    '{"a":1,}',
    '{"a"}',
    '{}',
    '{,}',
    '{"a":1}{"b":2}',
    `{"a":[${'1,'.repeat(45_000)}1]}`,
  ])
    assertAgree(text)
})
