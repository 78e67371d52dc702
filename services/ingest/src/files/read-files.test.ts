import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { Registry } from '@straylight/schemas/agent'
import { context, nativeEvent } from '../../test-support/audit-record.ts'
import { createAgentRegistry } from '../record/agent-registry.ts'
import { readRecord } from '../record/read-record.ts'
import { InputError, type InputRecord } from './input-record.ts'
import { checkReadable, type ReadFilesOptions, readFiles } from './read-files.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-files-'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function file(content: string | Buffer, name = 'input'): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

async function read(paths: string[], options: ReadFilesOptions = {}): Promise<InputRecord[]> {
  const records: InputRecord[] = []
  for await (const record of readFiles(paths, options)) records.push(record)
  return records
}

const reported = (record: InputRecord) => readRecord(record.value, record.headers, context)
const events = (records: InputRecord[]) =>
  records.flatMap((record) => reported(record).events.map(({ event }) => event.id))
const codes = (records: InputRecord[]) =>
  records.flatMap((record) => reported(record).rejections.map(({ code }) => code))
const line = (id: string) => JSON.stringify({ ...nativeEvent, id })
const trail = JSON.parse(readFileSync(new URL('../../fixtures/cloudtrail-record.json', import.meta.url), 'utf8'))
const trails = [trail, { ...trail, eventID: 'second' }, { ...trail, eventID: 'third' }]
const trailIds = trails.map((one) => one.eventID)

test('lines, with blank ones and either ending', async () => {
  const records = await read([await file(`${line('a')}\r\n\n${line('b')}\n   \n${line('c')}`)])
  assert.deepEqual(events(records), ['a', 'b', 'c'])
  assert.deepEqual(
    records.map((record) => record.line),
    [1, 3, 5],
  )
  assert.deepEqual(
    records.map((record) => record.sequence),
    [0, 1, 2],
  )
})

test('a byte order mark is no part of the first record', async () => {
  assert.deepEqual(events(await read([await file(`\uFEFF${line('a')}\n${line('b')}\n`)])), ['a', 'b'])
})

for (const [name, content, expected] of [
  ['a JSON array on one line', `[${line('a')},${line('b')}]`, ['a', 'b']],
  [
    'a JSON array printed over lines',
    JSON.stringify([JSON.parse(line('a')), JSON.parse(line('b'))], null, 2),
    ['a', 'b'],
  ],
  ['arrays, one a line', `[${line('a')},${line('b')}]\n[${line('c')}]\n`, ['a', 'b', 'c']],
  ['one object printed over lines', JSON.stringify(JSON.parse(line('a')), null, 2), ['a']],
  [
    'objects printed over lines, one after another',
    [1, 2].map((n) => JSON.stringify(JSON.parse(line(`${n}`)), null, 2)).join('\n'),
    ['1', '2'],
  ],
  ['a CloudTrail document', JSON.stringify({ Records: trails }), trailIds],
  ['a CloudTrail document printed over lines', JSON.stringify({ Records: trails }, null, 2), trailIds],
  [
    'CloudTrail documents, one a line',
    `${JSON.stringify({ Records: trails.slice(0, 2) })}\n${JSON.stringify({ Records: trails.slice(2) })}\n`,
    trailIds,
  ],
  [
    'a document with more behind its records',
    `{"Records":[${JSON.stringify(trail)}],"more":{"a":["]}"]}}`,
    [trail.eventID],
  ],
  ['an empty array', '[]', []],
  ['an empty file', '', []],
] as const) {
  test(`${name}, plain and packed`, async () => {
    assert.deepEqual(events(await read([await file(content)])), expected)
    for (const [packed, called] of [
      [gzipSync(content), 'input.gz'],
      [deflateSync(content), 'input.zlib'],
      [brotliCompressSync(content), 'input.json.br'],
    ] as const)
      assert.deepEqual(events(await read([await file(packed, called)])), expected, called)
  })
}

test('standard input is `-`', async () => {
  const records = await read(['-'], {
    stdin: () => Readable.from([Buffer.from(line('a').slice(0, 9)), Buffer.from(line('a').slice(9))]),
  })
  assert.deepEqual(events(records), ['a'])
  assert.equal(records[0]?.headers.origin, '-:1')
})

test('however the bytes are cut into chunks, the records are the same', async () => {
  for (const content of [
    JSON.stringify({ Records: trails }, null, 1),
    JSON.stringify(trails),
    `${line('ä€😀')}\n${line('b')}`,
  ]) {
    const bytes = Buffer.from(content)
    const whole = (await read(['-'], { stdin: () => Readable.from([bytes]) })).map((record) => [
      record.value.toString(),
      record.line,
    ])
    for (const size of [1, 7, 64]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      )
      const cut = await read(['-'], { stdin: () => Readable.from(chunks) })
      assert.deepEqual(
        cut.map((record) => [record.value.toString(), record.line]),
        whole,
      )
    }
  }
})

test('a bad line is handed on to be rejected with file and line, and the rest goes on', async () => {
  const path = await file(`${line('a').slice(0, 30)}\n${line('b')}\nnonsense\n${line('c')}\n`)
  const records = await read([path])
  assert.deepEqual(events(records), ['b', 'c'])
  assert.deepEqual(codes(records), ['not_json', 'not_json'])
  assert.equal(records[2]?.headers.origin, `${path}:3`)
})

test('a bad item of a document costs that item, and a document that was cut off says so', async () => {
  const bad = `[\n${line('a')},\n{"id": nonsense},\n${line('b')},\n${line('c').slice(0, 20)}`
  const records = await read([await file(bad)])
  assert.deepEqual(events(records), ['a', 'b'])
  assert.deepEqual(codes(records), ['not_json', 'not_json'])
  assert.deepEqual(
    records.map((record) => record.line),
    [2, 3, 4, 5],
  )
  assert.deepEqual(codes(await read([await file(`[${line('a')}`)])), ['not_json'])
})

test('a line of 10 MB is cut, and rejected with its own length and hash', async () => {
  const long = JSON.stringify({ ...nativeEvent, extra: 'x'.repeat(10 * 1024 * 1024) })
  const records = await read([await file(`${line('a')}\n${long}\n${line('b')}\n`)])
  assert.deepEqual(events(records), ['a', 'b'])
  const [, second] = records
  assert.equal(second?.value.length, 64 * 1024)
  const [rejection] = reported(second!).rejections
  assert.equal(rejection?.code, 'too_large')
  assert.equal(rejection?.length_bytes, long.length)
  assert.equal(rejection?.sha256, createHash('sha256').update(long).digest('hex'))
})

test('agent and time are reported before the record is read', async () => {
  const spaced = JSON.stringify(nativeEvent, null, 1).replaceAll('\n', '')
  const nested = JSON.stringify({ ...nativeEvent, source: { host: 'h', time: 'never', agent: 'nobody' } })
  const envelope = JSON.stringify({
    specversion: '1.0',
    type: 'agent.action.v1',
    time: nativeEvent.time,
    data: { agent: 'invoice-bot', system: 's', action: 'a' },
  })
  const escaped = line('a').replace('invoice-bot', '\\u0069nvoice-bot')
  for (const record of await read([await file([spaced, nested, envelope, escaped].join('\n'))])) {
    assert.equal(record.key, 'invoice-bot')
    assert.equal(record.time_ms, Date.parse(nativeEvent.time))
  }
  const [first] = await read([await file(JSON.stringify(trail))])
  assert.deepEqual([first?.key, first?.time_ms], ['agent-invoice-reconciler', Date.UTC(2026, 8, 23, 12, 0, 5)])
})

test('a time that no event may have is no turn', async () => {
  const records = await read([await file(line('a').replace('2026-', '0001-'))])
  assert.equal(records[0]?.time_ms, null)
  assert.deepEqual(codes(records), ['time_out_of_range'])
})

test('with the registry, all names of an agent give one key', async () => {
  const registry = createAgentRegistry(
    Registry.parse({ version: 1, agents: [{ agent: 'invoices', aliases: ['invoice-bot'] }] }),
  )
  assert.equal((await read([await file(line('a'))], { registry }))[0]?.key, 'invoices')
})

test('a format that is named is not recognised by its content', async () => {
  const records = await read([await file(line('a'))], { format: 'cloudtrail' })
  assert.deepEqual(codes(records), ['invalid_field'])
  await assert.rejects(read([await file(line('a'))], { format: 'syslog' }), /no format "syslog"; there are .*native/)
})

const packedByZstd = Buffer.from(
  'KLUv/QRYpQIAQoURGICpLQbgywJ/NPXaqOYZmeQj5DtnG1LihAA8GivO0cEsoVwjEnp+dNMiXZfzRWoo1wOzNEs7ASK5IwE0PNdj9vr0vGBmBAMABlBxQCdVbzgDxhPfag==',
  'base64',
)

test('frames of zstd one after another are one file', async () => {
  const records = await read([await file(Buffer.concat([packedByZstd, packedByZstd]), 'logs.zst')])
  assert.deepEqual(events(records), ['e1', 'e2', 'e3', 'e1', 'e2', 'e3'])
})

test('a table of values is read by the names of its columns, and its cells may hold JSON', async () => {
  const rows = `time,agent,system,action,id\n2026-11-22T10:00:00Z,a,erp,x,1\n`
  const [cell, empty] = [JSON.stringify({ ...nativeEvent, id: '2' }).replaceAll('"', '""'), '']
  const wrapped = `RecordId,Operation,AuditData\n1,${empty},"${cell}"\n`
  assert.deepEqual(events(await read([await file(rows, 'rows.csv')])), ['1'])
  assert.deepEqual(events(await read([await file(wrapped, 'wrapped.csv')])), ['2'])
})

test('a file that cannot be read at all is an InputError that names it', async () => {
  const cases: [string, RegExp][] = [
    [join(folder, 'absent'), /absent: there is no such file/],
    [folder, /is a folder/],
    [await file(packedByZstd.subarray(0, 60), 'cut.zst'), /cut\.zst: its packed data ends too early/],
    [
      await file(Buffer.concat([packedByZstd.subarray(0, 20), Buffer.alloc(80, 7)]), 'bad.zst'),
      /its packed data is damaged/,
    ],
    [await file('hello\nworld\n', 'prose.txt'), /prose\.txt, line 1: no JSON in its beginning/],
    [await file('PK\u0003\u0004rest', 'logs.zip'), /logs\.zip, line 1: is a ZIP archive/],
    [await file(Buffer.from('\uFEFF{}', 'utf16le'), 'utf16'), /UTF-16/],
    [await file(gzipSync(line('a').repeat(100)).subarray(0, 60), 'cut.gz'), /cut\.gz: its packed data ends too early/],
    [await file(brotliCompressSync(line('a').repeat(100)).subarray(0, 60), 'cut.br'), /cut\.br: its packed data ends/],
    [await file(Buffer.from('\uffff{"no": "brotli"}'), 'other.br'), /other\.br: its packed data is damaged/],
  ]
  for (const [path, message] of cases)
    await assert.rejects(read([path]), (error) => error instanceof InputError && message.test(error.message))
})

test('files are asked for before anything starts, and the first that cannot be read is named', async () => {
  await checkReadable(['-', await file('{}', 'there')])
  await assert.rejects(checkReadable([join(folder, 'gone')]), /gone: there is no such file$/)
  await assert.rejects(checkReadable([folder]), /is a folder; name its files$/)
})

const [a, b, c] = ['a', 'b', 'c'].map(line)
const printed = (ids: string[]) =>
  JSON.stringify(
    ids.map((id) => ({ ...nativeEvent, id })),
    null,
    2,
  )
for (const [name, content] of [
  ['objects on one line', `${a}${b}${c}`],
  ['objects on one line, with commas', `${a}, ${b}, ${c}`],
  ['some objects on each line', `${a}${b}\n${c}\n`],
  ['lines with commas', `${a},\r\n${b},\r\n${c},\r\n`],
  ['a JSON text sequence', `\u001e${a}\n\u001e${b}\n\u001e${c}\n`],
  [
    'a JSON text sequence printed over lines',
    ['a', 'b', 'c'].map((id) => `\u001e${JSON.stringify(JSON.parse(line(id)), null, 2)}`).join('\n'),
  ],
  ['log lines', ['a', 'b', 'c'].map((id) => `[2026-06-01 08:00:00] [INFO] ${line(id)}`).join('\n')],
  [
    'lines of docker',
    ['a', 'b', 'c'].map((id) => JSON.stringify({ log: `${line(id)}\n`, stream: 'stdout', time: 'x' })).join('\n'),
  ],
  ['a wrapper', `{"events":[${a},${b},${c}]}`],
  ['a wrapper printed over lines', `{\n  "logs": ${printed(['a', 'b', 'c'])}\n}\n`],
  ['a wrapper with fields before its list', `{"requestId":"x", "timestamp": 12, "records":[${a},${b},${c}]}`],
  ['a wrapper on each line', `{"events":[${a},${b}]}\n{"events":${c}}\n`],
  ['mixed', `\ufeff${a}\r\n[${b}]\r\n{"message":${JSON.stringify(c)}}\r\n`],
] as const)
  test(`a file is read, in chunks of any size: ${name}`, async () => {
    assert.deepEqual(events(await read([await file(content)])), ['a', 'b', 'c'])
    for (const size of [1, 7, 64]) {
      const bytes = Buffer.from(content)
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      )
      const records = await read(['-'], { stdin: () => Readable.from(chunks) })
      assert.deepEqual([events(records), codes(records)], [['a', 'b', 'c'], []], `chunks of ${size}`)
    }
  })

test('objects on one line of several megabytes are read one by one', async () => {
  const count = 30_000
  const content = Array.from({ length: count }, (_, n) => line(`n-${n}`)).join('')
  assert.ok(content.length > 3 * 1024 * 1024)
  assert.equal((await read([await file(content)])).length, count)
})

test('a text of a sequence that was cut off costs itself alone', async () => {
  const records = await read([await file(`\u001e${a}\n\u001e${b?.slice(0, 30)}\u001e${c}\n`)])
  assert.deepEqual([events(records), codes(records)], [['a', 'c'], ['not_json']])
})

test('an event with a list among its fields is itself, and no wrapper', async () => {
  const event = JSON.stringify({ ...nativeEvent, id: 'outer', events: [{ ...nativeEvent, id: 'inner' }] }, null, 2)
  assert.deepEqual(events(await read([await file(event)])), ['outer'])
})

test('a document whose list follows other fields is read as one, an item a line', async () => {
  const items = [1, 2, 3].map((at) => JSON.stringify({ ...nativeEvent, id: `e${at}` }))
  const path = await file(`{"kind":"reports","etag":"x","items":[\n${items.join(',\n')}\n]}\n`)
  const records = await read([path])
  const events = records.flatMap(({ value, headers }) => readRecord(value, headers, context).events)
  assert.deepEqual(
    events.map(({ event }) => event.id),
    ['e1', 'e2', 'e3'],
  )
})
