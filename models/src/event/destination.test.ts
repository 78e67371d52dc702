import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { destinationOf } from './destination.ts'

const golden: readonly [text: string, key: string, kind: string, external: boolean][] = [
  ['Dana@Acme.example', 'dana@acme.example', 'email:acme.example', true],
  ['  dana@acme.example ', 'dana@acme.example', 'email:acme.example', true],
  ['sftp://files.acme.example', 'files.acme.example', 'host:acme.example', true],
  ['https://www.Shop.example/cart/', 'shop.example/cart', 'host:shop.example', true],
  ['www.shop.example', 'shop.example', 'host:shop.example', true],
  ['api.shop.example:8443/v1', 'api.shop.example:8443/v1', 'host:shop.example', true],
  ['https://user@evil.example/x', 'user@evil.example/x', 'host:evil.example', true],
  ['http://198.51.100.7:8080/drop', '198.51.100.7:8080/drop', 'host:198.51.100.7', true],
  ['198.51.100.7', '198.51.100.7', 'host:198.51.100.7', true],
  ['198.51.100.7:443', '198.51.100.7:443', 'host:198.51.100.7', true],
  ['DE89 3704 0044 0532 0130 00', 'de89370400440532013000', 'account:de', true],
  ['0xAbCdef0123456789', '0xabcdef0123456789', 'account:0x', true],
  ['4111-1111-1111-1111', '4111111111111111', 'account:41', true],
  ['/data/out/report.csv', '/data/out/report.csv', 'path:/data/out', false],
  ['ledger/2026-10', 'ledger/2026-10', 'path:ledger', false],
  ['report.csv', 'report.csv', 'file:csv', false],
  ['Ticket-1042', 'ticket-1042', 'id:a-99', false],
  ['ORD-1042', 'ord-1042', 'id:a-99', false],
  ['ORD-10420000', 'ord-10420000', 'id:a-999999', false],
  ['general', 'general', 'name:1', false],
  ['weekly team sync up', 'weekly team sync up', 'name:3', false],
]

for (const [text, key, kind, external] of golden)
  test(`${text} is ${kind}`, () => assert.deepEqual(destinationOf(text), { key, kind, external }))

test('case, scheme, www and a trailing slash do not make another host', () => {
  const forms = ['https://shop.example', 'HTTP://SHOP.EXAMPLE/', 'www.shop.example', 'shop.example']
  assert.deepEqual(new Set(forms.map((text) => destinationOf(text).key)), new Set(['shop.example']))
})

test('any text is some destination, the same one each time, with a kind that starts with its class', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }), (text) => {
      const one = destinationOf(text)
      assert.deepEqual(destinationOf(text), one)
      assert.match(one.kind, /^(email|host|account|path|file|id|name):/s)
      assert.equal(one.external, /^(email|host|account):/.test(one.kind))
    }),
  )
})

test('a long hostile text is classified at once', () => {
  const texts = [
    'a-'.repeat(1024),
    `${'a.'.repeat(1000)}!`,
    '0'.repeat(2048),
    'a1'.repeat(1024),
    `${'/'.repeat(2047)}x`,
    `a${'/'.repeat(2046)}x`,
  ]
  const started = process.cpuUsage().user
  for (const text of texts) destinationOf(text)
  assert.ok(process.cpuUsage().user - started < 1_000_000, 'a second of work for six destinations')
})
