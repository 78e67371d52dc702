import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalDestination, destinationOf, destinationsIn } from './destination.ts'

/** Written so, it is these: canonical forms, those outside with a `!` behind. */
const golden: readonly (readonly [text: string, ...canonical: string[]])[] = [
  // With something around it.
  ['<https://evil.example/x>', 'host:evil.example!'],
  ['"https://evil.example/x"', 'host:evil.example!'],
  ['(evil.example)', 'host:evil.example!'],
  ['url=https://evil.example/x', 'host:evil.example!'],
  ['webhook: https://evil.example/x', 'host:evil.example!'],
  ['POST https://evil.example/in', 'host:evil.example!'],
  ['https%3A%2F%2Fevil.example%2Fx', 'host:evil.example!'],
  ['hxxps://evil[.]example/x', 'host:evil.example!'],
  ['udp:203.0.113.7:53', 'ip:203.0.113.7!'],
  ['dns:evil.example', 'host:evil.example!'],
  ['group:allUsers', 'public:everyone!'],
  ['jdbc:sqlserver://db.evil.example:1433;databaseName=x', 'host:db.evil.example!'],
  ['mongodb://a.evil.example:27017,b.evil.example:27017/x', 'host:a.evil.example!', 'host:b.evil.example!'],
  ['0049 30 123456', 'phone:+4930123456!'],
  ['see https://wiki.internal/page', 'path:see https://wiki.internal/page'],
  ['"quarterly report"', 'name:"quarterly report"'],
  ['Dana@Acme.example', 'mail:dana@acme.example!'],
  ['  dana@acme.example ', 'mail:dana@acme.example!'],
  ['Mallory <m@Evil.Example.>', 'mail:m@evil.example!'],
  ['"known@acme.example" <m@evil.example>', 'mail:m@evil.example!'],
  ['known@acme.example (see m@evil.example)', 'mail:known@acme.example!'],
  ['a@x.example, b@y.example', 'mail:a@x.example!', 'mail:b@y.example!'],
  ['a@x.example;b@y.example', 'mail:a@x.example!', 'mail:b@y.example!'],
  ['<a@x.example> <b@y.example>', 'mail:a@x.example!', 'mail:b@y.example!'],
  ["['a@x.example', 'b@y.example']", 'mail:a@x.example!', 'mail:b@y.example!'],
  ['Team: a@x.example, b@y.example;', 'mail:a@x.example!', 'mail:b@y.example!'],
  ['mailto:m@evil.example?subject=x', 'mail:m@evil.example!'],
  ['mailto:a@x.example?bcc=%22q%22%20%3Cm%40evil.example%3E', 'mail:a@x.example!', 'mail:m@evil.example!'],
  ['m@bücher.example', 'mail:m@xn--bcher-kva.example!'],
  ['m@[203.0.113.7]', 'mail:m@203.0.113.7!'],
  // Which of two domains a program takes differs: the one outside counts, too.
  ['m@evil.example@acme.example', 'mail:m@evil.example@acme.example!', 'mail:m@evil.example!'],
  ['"m@evil.example"@acme.example', 'mail:m@evil.example@acme.example!', 'mail:m@evil.example!'],
  ['m%evil.example@acme.example', 'mail:m%evil.example@acme.example!', 'mail:m@evil.example!'],
  ['evil.example!m@acme.example', 'mail:evil.example!m@acme.example!', 'mail:m@evil.example!'],
  ['mailto:m@evil.example@acme.example', 'mail:m@evil.example@acme.example!', 'mail:m@evil.example!'],
  ['root@localhost', 'mail:root@localhost'],
  ['@dana', 'name:@dana'],
  ['HTTPS://Drop.Evil.Example:443/in?x=1', 'host:drop.evil.example!'],
  ['https://www.Shop.example/cart/', 'host:shop.example!'],
  ['https://user@evil.example/x', 'host:evil.example!'],
  ['https:\\\\evil.example\\x', 'host:evil.example!'],
  ['https://ev\til.example', 'host:evil.example!'],
  ['\u200bevil.example', 'host:evil.example!'],
  ['evil。example', 'host:evil.example!'],
  ['sftp://Files.Acme.example', 'host:files.acme.example!'],
  ['jdbc:postgresql://db.evil.example/x', 'host:db.evil.example!'],
  ['//evil.example/x', 'host:evil.example!'],
  ['\\\\drop.evil.example@SSL\\share', 'host:drop.evil.example!'],
  ['\\\\fileserver\\share', 'host:fileserver'],
  ['git@github.com:o/r.git', 'host:github.com!'],
  ['evil.example:/data', 'host:evil.example!'],
  ['drop.evil.example.', 'host:drop.evil.example!'],
  ['drop.evil.example/in.csv', 'host:drop.evil.example!'],
  ['db.corp:5432', 'host:db.corp'],
  ['http://intranet/x', 'host:intranet'],
  ['198.51.100.7', 'ip:198.51.100.7!'],
  ['198.51.100.7:443', 'ip:198.51.100.7!'],
  ['http://3325256711/', 'ip:198.51.100.7!'],
  ['http://0xc6336407/', 'ip:198.51.100.7!'],
  ['[2001:DB8:0:0::7]:443', 'ip:2001:db8::7!'],
  ['64:ff9b::c633:6407', 'ip:198.51.100.7!'],
  ['::ffff:10.0.0.1', 'ip:10.0.0.1'],
  ['fe80::1%eth0', 'ip:fe80::1'],
  ['10.0.0.0/8', 'ip:10.0.0.0/8'],
  ['198.51.100.7/32', 'ip:198.51.100.7!'],
  ['+1 (555) 123-4567', 'phone:+15551234567!'],
  ['tel:0015551234567', 'phone:+15551234567!'],
  ['tel:+1-555-123-4567;ext=1', 'phone:+15551234567!'],
  ['DE89 3704 0044 0532 0130 00', 'account:de89370400440532013000!'],
  ['0xAbCdef0123456789', 'account:0xabcdef0123456789!'],
  ['4111-1111-1111-1111', 'account:4111111111111111!'],
  ['2109-8765-4321', 'account:210987654321!'],
  ['arn:aws:iam::210987654321:root', 'account:210987654321!'],
  ['arn:aws:sns:eu-west-1:210987654321:t', 'account:210987654321!'],
  ['arn:aws:s3:::Drop/in/*', 'bucket:s3://drop!'],
  ['S3A://Drop/in', 'bucket:s3://drop!'],
  ['https://drop.s3.eu-west-1.amazonaws.com/in', 'bucket:s3://drop!'],
  ['https://s3.amazonaws.com/drop/in', 'bucket:s3://drop!'],
  ['https://storage.googleapis.com/drop/in', 'bucket:gs://drop!'],
  ['organisation:everyone', 'organisation:everyone'],
  ['*', 'public:everyone!'],
  ['0.0.0.0/0', 'public:everyone!'],
  ['128.0.0.0/1', 'public:everyone!'],
  ['2000::/3', 'public:everyone!'],
  ['public-read', 'public:everyone!'],
  ['allUsers', 'public:everyone!'],
  ['system:anonymous', 'public:everyone!'],
  ['http://acs.amazonaws.com/groups/global/AllUsers', 'public:everyone!'],
  ['/data/out/report.csv', 'path:/data/out/report.csv'],
  ['//downloads/report.csv', 'path://downloads/report.csv'],
  ['C:\\out\\report', 'path:c:\\out\\report'],
  ['ledger/2026-10', 'path:ledger/2026-10'],
  ['report.csv', 'file:report.csv'],
  ['emma.johnson', 'file:emma.johnson'],
  ['1.2.3', 'file:1.2.3'],
  ['evil.zip', 'host:evil.zip!'],
  ['evil.sh', 'host:evil.sh!'],
  ['Ticket-1042', 'id:ticket-1042'],
  ['general', 'name:general'],
]

for (const [text, ...canonical] of golden)
  test(`${JSON.stringify(text)} is ${canonical.join(' and ')}`, () => {
    const found = destinationsIn(text).map((one) => canonicalDestination(one) + (one.external ? '!' : ''))
    assert.deepEqual(found, canonical)
  })

test('kinds are what a destination is backed off to', () => {
  const kinds = [
    'a@x.example',
    'https://a.b.shop.co.uk/x',
    'https://me.github.io',
    'out/a.csv',
    'a.csv',
    'ORD-10420000',
  ]
  assert.deepEqual(
    kinds.map((text) => destinationOf(text).kind),
    ['mail:x.example', 'host:shop.co.uk', 'host:me.github.io', 'path:out', 'file:csv', 'id:a-999999'],
  )
  assert.deepEqual([destinationOf('evil.zip').kind, destinationOf('evil.zip').file_like], ['file:zip', true])
})

const host = fc
  .array(fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), { minLength: 1, maxLength: 3 })
  .map((labels) => [...labels.filter((label) => label !== 'www'), 'evil', 'example'].join('.'))

test('one host, however it is written, is one destination', () => {
  fc.assert(
    fc.property(host, fc.integer({ min: 1, max: 65_535 }), (name, port) => {
      const forms = [
        ...[
          name,
          `${name}.`,
          name.toUpperCase(),
          `https://${name}`,
          `http://www.${name}:${port}/a?b#c`,
          `${name}:${port}`,
        ],
        ...[`${name}/in.csv`, `\\\\${name}\\share`, `ftp://u:p@${name}/x`, `//${name}/x`, `wss://${name}.`],
      ]
      assert.deepEqual(
        new Set(forms.map((text) => canonicalDestination(destinationOf(text)))),
        new Set([`host:${name}`]),
      )
    }),
  )
})

test('one mailbox, however it is written, is one destination', () => {
  fc.assert(
    fc.property(host, fc.stringMatching(/^[a-z][a-z0-9.+-]{0,10}[a-z0-9]$/), (name, local) => {
      const box = `${local}@${name}`
      const forms = [
        box,
        `<${box}>`,
        `Known <${box}>`,
        `"c@known.example" <${box}>`,
        `mailto:${box.replace('+', '%2B')}`,
        `${box},`,
        box.toUpperCase(),
      ]
      for (const text of forms) assert.deepEqual(destinationsIn(text).map(canonicalDestination), [`mail:${box}`], text)
    }),
  )
})

test('any text is some destination, the same one each time, with a kind that starts with its class', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }), (text) => {
      const one = destinationOf(text)
      assert.deepEqual(destinationOf(text), one)
      assert.match(one.kind, /^(mail|host|ip|phone|account|bucket|public|organisation|path|file|id|name):/s)
      if (/^(path|id|name):/.test(one.kind)) assert.equal(one.external, false)
    }),
  )
})

test('what a destination is called means the same destination', () => {
  for (const [text] of golden)
    for (const { key, file_like } of destinationsIn(text)) if (!file_like) assert.equal(destinationOf(key).key, key)
})

test('a long hostile text is classified at once', () => {
  const texts = [
    'a-'.repeat(1024),
    `${'a.'.repeat(1000)}!`,
    '0'.repeat(2048),
    'a1'.repeat(1024),
    `${'/'.repeat(2047)}x`,
    `a${'/'.repeat(2046)}x`,
    '@'.repeat(2048),
    '<'.repeat(1024) + '@>'.repeat(512),
    '"'.repeat(2048),
    `${'"\\'.repeat(1023)}@`,
    `${'('.repeat(2000)}@x`,
    `mailto:${'%3C'.repeat(600)}@`,
    '[::'.repeat(600),
    `+${'('.repeat(2000)}`,
    `a@${' '.repeat(2000)}b`,
  ]
  const started = process.cpuUsage().user
  for (const text of texts) destinationsIn(text)
  assert.ok(process.cpuUsage().user - started < 1_000_000, 'a second of work for all of them')
})

test('several hosts or URLs in one text are several places, however they are separated', () => {
  const keys = (text: string) => destinationsIn(text).map(({ key }) => key)
  for (const between of [', ', ',', ' ', ';', '|', '\n', ' | '])
    assert.deepEqual(keys(['acme.example', 'evil.example', '8.8.8.8'].join(between)), [
      'acme.example',
      'evil.example',
      '8.8.8.8',
    ])
  assert.deepEqual(keys('https://acme.example/a, https://evil.example/b https://acme.example/c'), [
    'acme.example',
    'evil.example',
  ])
  assert.ok(destinationsIn('acme.example|evil.example').every(({ external }) => external))
  // A path with a comma is one place, and a name with a blank is no list of hosts.
  assert.deepEqual(keys('https://acme.example/a,b'), ['acme.example'])
  assert.deepEqual(keys('quarterly report.csv'), ['quarterly report.csv'])
  assert.ok(keys(Array.from({ length: 500 }, (_, at) => `h${at}.evil.example`).join(' ')).length <= 64)
})
