import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { context, nativeEvent } from '../../test-support/audit-record.ts'
import { readRecord } from '../record/read-record.ts'
import { mappingFormat } from './mapping-format.ts'
import { failedTests } from './mapping-tests.ts'
import { openFormats, readMappings } from './read-mappings.ts'
import { selected, selectorFault } from './selector.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-mappings-'))
})
after(async () => {
  await rm(folder, { recursive: true })
})

const mapping = `version: 1
mappings:
  - name: ticket-bot
    when:
      $.kind: [audit, 'ticket.audit']
      $.bot: null
    pass_over:
      $.op: PING
    fields:
      time: $.at
      agent: [$.bot.id, $.bot.name]
      system: { constant: helpdesk }
      action: { from: $.op, values: { C: create, D: delete }, otherwise: other }
      resource: $['ticket']['no/1']
      destinations: $.mail[?@.kind=='to'].address
      outcome: { from: $.ok, values: { 'true': success, 'false': failure } }
      source.ip: $.from
      credential.id: $.key.id
      credential.expires_at: $.key.exp
    tests:
      - record:
          kind: audit
          at: 1783888080
          bot: { name: helper }
          op: C
          ok: true
          ticket: { no/1: T-1 }
          mail: [{ kind: to, address: a@b.example }, { kind: cc, address: c@d.example }]
          from: 10.0.0.1:443
          key: { id: k, exp: 1783888090 }
        expect:
          time: 2026-07-12T20:28:00Z
          agent: helper
          action: create
          resource: T-1
          outcome: success
          destinations: a@b.example
          source.ip: 10.0.0.1
          credential.expires_at: 2026-07-12T20:28:10Z
      - record: { kind: audit, bot: { id: x }, op: PING }
        expect: passed over
      - record: { kind: audit, at: never, bot: { id: x }, op: C }
        expect: rejected
`
const fileWith = async (text: string) => {
  const path = join(folder, 'mappings.yaml')
  await writeFile(path, text)
  return path
}

test('a mapping is a format: its tests are run, it reads what no other format does, and no event of another one', async () => {
  const path = await fileWith(mapping.replace('destinations: a@b.example', 'destinations: [a@b.example]'))
  const [only] = (await readMappings(path)).mappings
  assert.ok(only !== undefined)
  const formats = await openFormats(path)
  assert.deepEqual(failedTests(only, formats), [])
  const record = { kind: 'ticket.audit', at: '2026-07-12 20:28:00', bot: { id: 'b' }, op: 'X', ok: false }
  const { events } = readRecord(Buffer.from(JSON.stringify({ records: [record] })), {}, { ...context, formats })
  assert.deepEqual(
    events.map(({ event: { format, agent, action, outcome, time } }) => [format, agent, action, outcome, time]),
    [['ticket-bot', 'b', 'other', 'failure', Date.UTC(2026, 6, 12, 20, 28)]],
  )
  const both = readRecord(Buffer.from(JSON.stringify({ ...record, ...nativeEvent })), {}, { ...context, formats })
  assert.deepEqual(
    both.events.map(({ event }) => event.format),
    ['native'],
  )
})

test('a mapping whose test fails reads nothing: the deployment says which and why', async () => {
  const path = await fileWith(mapping.replace('action: create', 'action: delete'))
  await assert.rejects(openFormats(path), /mappings\.yaml:21: ticket-bot: test 1: action is "create", and not "delete"/)
  const inherited = await fileWith(mapping.replace('action: create', 'constructor: x'))
  await assert.rejects(openFormats(inherited), /ticket-bot: test 1: constructor is unknown, and not "x"/)
})

for (const [what, from, to, line, reason] of [
  ['a search at every depth', '$.at', '$..at', 11, /every depth/],
  ['a regular expression', '$.from', "$.a[?match(@.x, '(a+)+b')]", 18, /regular expressions/],
  ['filters in filters', '$.from', '$.a[?@.b[?@.c == 1]]', 18, /more than one filter/],
  ['a count of the whole list at each of its items', '$.from', '$.a[?count($.a[*]) > 1].b', 18, /\$ in a filter/],
  ['a comparison with the whole record at each item', '$.from', '$.a[?$.a == $.a].b', 18, /\$ in a filter/],
  ['the whole record in a function', '$.from', '$.a[?value($.a[*].b) == 1]', 18, /\$ in a filter/],
  ['everything several times', '$.from', '$[*,*][*,*][*,*]', 18, /same item several times/],
  ['one place several times', '$.from', '$[0,0][1,-1]', 18, /same item several times/],
  [
    'one name several times inside a filter',
    '$.from',
    "$.a[?count(@['b','b']['b','b']) > 1]",
    18,
    /same item several times/,
  ],
  ['code', '$.from', '$.a[(@.length-1)]', 18, /no JSONPath/],
  ['code behind a backquote', '$.from', "'`process.exit()`'", 18, /begins with \$/],
  ['a field that no event has', 'source.ip:', 'registered:', 17, /registered|Invalid/],
  ['a selector in brackets without quotes', 'action: {', 'action: { from: $.a[0].b, x: {', 13, /stands in quotes/],
  ['a source that is none', 'agent: [', 'agent: [{ a: b }, ', 12, /must be a selector.*or a list of these/],
  ['no test', '    tests:\n', '    examples:\n', 21, /no such field|test at least/],
  ['a name of a format', 'name: ticket-bot', 'name: Ticket Bot', 3, /name/],
  ['an alias bomb', 'version: 1', 'x: &a [1,1]\nversion: 1', 1, /no such field/],
] as const)
  test(`a mapping with ${what} is refused with its line`, async () => {
    const path = await fileWith(mapping.replace(from, to))
    await assert.rejects(readMappings(path), (error: Error) => {
      assert.match(error.message, reason)
      const lines = [...error.message.matchAll(/yaml:(\d+):/g)].map(([, at]) => Number(at))
      assert.ok(
        lines.some((at) => Math.abs(at - line) <= 1),
        `${error.message}\nline ${line}`,
      )
      return true
    })
  })

test('no selector that is taken costs much in the largest record', () => {
  const items = Array.from({ length: 9_000 }, (_, at) => ({ kind: 'to', b: at, c: { d: at } }))
  for (const selector of ["$.a[?@.kind=='to' && @.b==1].c", '$.a[?count(@.*)>2].c', "$['a','b','c'][*]['b','c'].d"]) {
    assert.equal(selectorFault(selector), null)
    const before = process.cpuUsage()
    selected(selector)({ a: items })
    const { user } = process.cpuUsage(before)
    assert.ok(user < 3_000_000, `${selector}: ${user} µs`)
  }
})

test('a word beside the true one hides no record: pass_over asks all that it finds', async () => {
  const path = await fileWith(mapping.replace('destinations: a@b.example', 'destinations: [a@b.example]'))
  const [given] = (await readMappings(path)).mappings
  assert.ok(given !== undefined)
  const record = { kind: 'audit', at: 1783888080, bot: { id: 'b' } }
  const read = (op: unknown) => mappingFormat(given).read({ ...record, op }, {})
  assert.deepEqual(read('PING'), { passed_over: 'ticket-bot' })
  assert.ok(!('passed_over' in read(['PING', 'D'])))
  assert.ok(!('passed_over' in read([])))
})

test('a test fails whose record another format or an earlier mapping reads', async () => {
  const twice = mapping.replace('destinations: a@b.example', 'destinations: [a@b.example]')
  const second = twice.slice(twice.indexOf('  - name')).replace('ticket-bot', 'second-bot')
  await assert.rejects(openFormats(await fileWith(twice + second)), /second-bot: test 1: .*read by ticket-bot/)
  const native = JSON.stringify({ ...nativeEvent, kind: 'audit', bot: 'x' })
  const taken = twice.replace('      - record: { kind: audit, bot: { id: x }, op: PING }', `      - record: ${native}`)
  await assert.rejects(openFormats(await fileWith(taken)), /ticket-bot: test 2: .*read by native/)
})

test('a text inside a record of a mapping does not make it the record of another format', async () => {
  const formats = await openFormats(
    await fileWith(mapping.replace('destinations: a@b.example', 'destinations: [a@b.example]')),
  )
  for (const inside of [
    { message: '{"jsonrpc":"2.0","result":{}}' },
    { data: { jsonrpc: '2.0', id: 1, method: 'ping' } },
    { log: 'Calling tool x took: 1s' },
  ]) {
    const record = { kind: 'audit', at: 1783888080, bot: { id: 'b' }, op: 'D', ...inside }
    const { events } = readRecord(Buffer.from(JSON.stringify(record)), {}, { ...context, formats })
    assert.deepEqual(
      events.map(({ event }) => [event.format, event.action]),
      [['ticket-bot', 'delete']],
    )
  }
})

test('a mapping may not take the name of a format that is built in', async () => {
  await assert.rejects(
    readMappings(await fileWith(mapping.replace('ticket-bot', 'okta'))),
    /yaml:3: .*name of another format/,
  )
})

test('selectors reach only what a record itself has', () => {
  for (const selector of ['$.constructor', '$.__proto__', "$['toString']", '$.a.constructor.name']) {
    assert.equal(selectorFault(selector), null)
    assert.equal(selected(selector)({ a: {} }), undefined)
  }
  assert.deepEqual(selected('$.a[*].b')({ a: [{ b: 1 }, { b: 2 }] }), [1, 2])
  assert.deepEqual(selected('$.a[*].b')({ a: [{ b: [1, 2] }, { b: 3 }, { b: [4] }] }), [1, 2, 3, 4])
})

const lines = `
version: 1
mappings:
  - name: bot-lines
    text: logfmt
    when: { $.app: botd }
    fields:
      time: $.ts
      agent: $.agent
      system: $.sys
      action: { from: $.verb, values: { GET: read }, otherwise: other }
      outcome: { from: $.status, values: { '200': success, '403': denied } }
      bytes_sent: $.bytes
    tests:
      - record: app=botd ts=2026-07-12T20:28:00Z agent=a sys="erp main" verb=GET status=403 bytes=12
        expect: { outcome: denied, bytes_sent: 12, action: read, system: erp main }
`

test('lines of pairs are read by a mapping, alone, over lines and in the field of a wrapping', async () => {
  const formats = await openFormats(await fileWith(lines))
  const line = 'app=botd ts=2026-07-12T20:28:00Z agent=a sys="erp" verb=GET status=200'
  const read = (text: string) => readRecord(Buffer.from(text), {}, { ...context, formats })
  for (const text of [line, JSON.stringify({ log: `${line}\n`, stream: 'stdout' }), JSON.stringify({ message: line })])
    assert.deepEqual(
      read(text).events.map(({ event }) => [event.format, event.agent, event.outcome]),
      [['bot-lines', 'a', 'success']],
      text,
    )
  assert.equal(read(`${line}\n${line}`).events.length, 2)
  const [other] = read('{"x":1}').rejections
  assert.match(other?.reason ?? '', /bot-lines/)
  assert.deepEqual(read(line.replace('botd', 'other')).events, [])
  assert.deepEqual(
    read(`${line} agent=b`).rejections.map(({ code }) => code),
    ['duplicate_key'],
  )
})

test('a test that gives a line fails where its pairs are no record of the mapping', async () => {
  await assert.rejects(
    openFormats(await fileWith(lines.replace('record: app=botd', 'record: app=x'))),
    /test 1: .*"when"/,
  )
  await assert.rejects(openFormats(await fileWith(lines.replace('    text: logfmt\n', ''))), /test 1: .*"when"/)
})
