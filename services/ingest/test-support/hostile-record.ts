import { readFileSync } from 'node:fs'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { type FormatSample, formatSamples } from './format-samples.ts'

/** A record as a stranger may send it, with the headers that came along. */
export interface HostileRecord {
  readonly value: Buffer
  readonly headers: Readonly<Record<string, string>>
}

/** Draws a number from 0 to below 1; the same draws give the same records. */
export type Draw = () => number

/** A draw that a seed decides (mulberry32). */
export function seededDraw(seed: number): Draw {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** All fields of the native form, valid. */
export const wholeNative = {
  ...{ id: 'e-1', time: '2026-11-22T10:00:00.000Z', tenant: 'acme', agent: 'invoice-bot', owner: 'dana@acme.example' },
  ...{
    session: 'run-81',
    trace: '4bf9',
    parent_agent: 'planner',
    privilege: 'read',
    tool: 'erp.export',
    system: 'erp',
  },
  credential: {
    ...{ id: 'jti:9c1e', issued_at: '2026-11-22T09:00:00Z', expires_at: '2026-11-22T11:00:00Z', scopes: ['erp.read'] },
  },
  ...{ resource: 'ledger/2026-10', action: 'invoices.export', destinations: ['sftp://files.acme.example'] },
  ...{ argument_names: ['month', 'format'], bytes_sent: 212, bytes_received: 48_211, records: 310, outcome: 'success' },
  source: { ip: '10.1.4.7', host: 'agents-3' },
  argument_values: { to: ['u:9f31c0de'], 'order no.': ['n:41d0aa10', 'p:77ab01c2'] },
  ...{ result_values: ['a:51d2e0aa'], request_values: ['n:41d0aa10'], context_values: ['c:41d0aa10'] },
  signals: { prompt_injection: 0.07 },
}

const cloudtrail: unknown = JSON.parse(
  readFileSync(new URL('../fixtures/cloudtrail-record.json', import.meta.url), 'utf8'),
)
const { id, time, agent, ...data } = wholeNative
const envelope = { specversion: '1.0', type: 'agent.action.v1', source: '/gateway', id, time, subject: agent }

interface Whole {
  readonly value: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** The samples of the formats: the JSON of a file, or of each of its lines; packed ones are left to their format's tests. */
function samplesOf({ file, bytes, headers }: FormatSample): Whole[] {
  if (file.endsWith('.bin')) return []
  const texts = file.endsWith('.json') ? [bytes.toString()] : bytes.toString().split('\n')
  return texts
    .map(parsedJson)
    .filter((value) => value !== undefined)
    .map((value) => (headers === null ? { value } : { value, headers }))
}

/** What is mutated, one of each way in which records come; a format joins by its samples. */
export const wholes: readonly Whole[] = [
  ...formatSamples().flatMap(samplesOf),
  { value: wholeNative },
  { value: [wholeNative, wholeNative] },
  { value: { ...envelope, traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`, data } },
  { value: [{ ...envelope, data_base64: Buffer.from(JSON.stringify(data)).toString('base64') }] },
  {
    value: data,
    headers: { ce_specversion: '1.0', ce_type: 'agent.action.v1', ce_id: id, ce_time: time, ce_subject: agent },
  },
  { value: cloudtrail },
  { value: { Records: [cloudtrail, cloudtrail] } },
  { value: { 'detail-type': 'AWS API Call via CloudTrail', detail: cloudtrail } },
  { value: wholeNative, headers: { tenant: 'acme', agents: '["invoice-bot"]', credentials: '{"prefixes":["jti:"]}' } },
]

/** Lengths at which something is cut or refused, in UTF-16 units. */
const cuts = [1, 2, 11, 12, 79, 80, 100, 255, 300, 497, 498, 499, 511, 512, 513, 1024, 2033, 2034, 2047, 2048, 2049]

export function hostileText(draw: Draw): string {
  const one = <Item>(items: readonly Item[]): Item => items[Math.floor(draw() * items.length)] as Item
  const fixed = [
    ...[
      '',
      ' ',
      '\u0000',
      'a\u0000b',
      '\u2028',
      '\u202Egnp.exe',
      '\u200Ds\u200B',
      '\ufeff',
      '\ufffe',
      '\u0085',
      'a|b',
      '|',
    ],
    ...[
      '\ud800',
      '\udc00x',
      'x\ud83d',
      '😀xy',
      '😀',
      '😀\ud83d:1',
      ':',
      ':x',
      'x:',
      '__proto__',
      'constructor',
      'toString',
    ],
    ...[
      'then',
      'null',
      'aws:s3',
      '.amazonaws.com',
      'arn:aws:sts::1:assumed-role//',
      'AROA:',
      'x/',
      '/',
      "'; drop table --",
    ],
    ...[
      '2026-11-22T10:00:00.000Z',
      '9999-12-31T23:59:59Z',
      '2026-02-30T00:00:00Z',
      '1e999',
      'İ'.repeat(300),
      '2026-11-22',
    ],
    ...[
      '{"a":1}',
      '\\',
      '"',
      '\r\n\r\nBcc: x',
      'x'.repeat(10_240),
      'ﷺ'.repeat(700),
      'i҉'.repeat(99),
      'https://é.example/😀',
    ],
  ]
  if (draw() < 0.6) return one(fixed)
  if (draw() < 0.3) return one(['', 'x']) + '😀'.repeat(one([40, 45, 256, 300, 1030]))
  return (
    one(['x', 'é', '€', '\u202e']).repeat(Math.max(0, one(cuts) - 1 - Math.floor(draw() * 3))) +
    one(['😀', '😀😀', '\ud83d'])
  )
}

/** JSON as it stands in the bytes, since what JavaScript writes itself is too well behaved. */
function hostileJson(draw: Draw): string {
  const one = <Item>(items: readonly Item[]): Item => items[Math.floor(draw() * items.length)] as Item
  const text = (): string => JSON.stringify(hostileText(draw))
  const kind = Math.floor(draw() * 5)
  if (kind <= 1) return text()
  if (kind === 2)
    return one([
      ...[
        '1e999',
        '-1e999',
        '-0',
        '9007199254740993',
        '1e-400',
        '0.1',
        '-1',
        '1',
        '0',
        'true',
        'false',
        'null',
        '1125899906842624',
      ],
      ...['[]', '{}', '[[]]', '[null]', '[1]', '[{}]', `${'['.repeat(40)}${']'.repeat(40)}`, '[[["x"]]]', '[1e999]'],
    ])
  if (kind === 3)
    return one([
      ...[
        '{"toString":1}',
        '{"length":5}',
        '{"length":-1,"0":"x"}',
        '{"then":1}',
        '{"__proto__":{"id":"x"}}',
        '{"toJSON":1}',
      ],
      ...[
        '{"valueOf":1,"toString":null}',
        '{"constructor":{"prototype":{"x":1}}}',
        '{"id":{"toString":1}}',
        '{"Symbol.iterator":1}',
      ],
      ...[
        '{"hasOwnProperty":1}',
        '{"Records":[1]}',
        '{"detail":{},"detail-type":1}',
        '{"a":1,"a":2}',
        '{"test":1,"replace":2}',
      ],
    ])
  return `[${Array.from({ length: Math.floor(draw() * draw() * 300) }, text).join()}]`
}

/** Every place in a value, itself among them, as the keys that lead there. */
function placesIn(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [at]
  return [at, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...at, key]))]
}

/** Writes the value with `replaced` in the place, and now and then a key of the sender's own beside it. */
function written(
  value: unknown,
  changes: ReadonlyMap<string, { json: string; beside: string | null }>,
  at = '',
): string {
  const change = changes.get(at)
  if (change !== undefined && change.beside === null) return change.json
  if (typeof value !== 'object' || value === null) return change?.json ?? JSON.stringify(value)
  const inner = Object.entries(value).map(([key, item]) => {
    const text = written(item, changes, `${at}\n${key}`)
    return Array.isArray(value) ? text : `${JSON.stringify(key)}:${text}`
  })
  if (change !== undefined) inner.push(Array.isArray(value) ? change.json : `${change.beside}:${change.json}`)
  return Array.isArray(value) ? `[${inner.join()}]` : `{${inner.join()}}`
}

const ownKeys = [
  '"__proto__"',
  '"toString"',
  '"length"',
  '"then"',
  '"toJSON"',
  '"id"',
  '"proven"',
  '"\\ud800"',
  '"Records"',
]

/** A record of one of the known forms with one to four hostile values in it; one in ten has its bytes damaged as well. */
export function hostileRecord(draw: Draw): HostileRecord {
  const { value, headers = {} } = wholes[Math.floor(draw() * wholes.length)] as (typeof wholes)[number]
  const bytes = mutated(value, draw)
  const named = Object.keys(headers)
  const name = named[Math.floor(draw() * named.length)]
  const changed =
    name === undefined || draw() < 0.7 ? headers : { ...headers, [name]: hostileText(draw).toWellFormed() }
  return { value: bytes, headers: changed }
}

/** A value as JSON, with hostile values in some of its places. */
export function mutated(value: unknown, draw: Draw): Buffer {
  const places = placesIn(value)
  const changes = new Map<string, { json: string; beside: string | null }>()
  for (let left = 1 + Math.floor(draw() * 4); left > 0; left--) {
    const place = places[Math.floor(draw() * places.length)] as readonly string[]
    const beside = draw() < 0.2 ? (ownKeys[Math.floor(draw() * ownKeys.length)] as string) : null
    changes.set(place.map((key) => `\n${key}`).join(''), { json: hostileJson(draw), beside })
  }
  const bytes = Buffer.from(written(value, changes))
  return draw() < 0.1 ? damaged(bytes, draw) : bytes
}

function damaged(bytes: Buffer, draw: Draw): Buffer {
  const at = Math.floor(draw() * bytes.length)
  if (draw() < 0.5) return bytes.subarray(0, at)
  const copy = Buffer.from(bytes)
  copy[at] = Math.floor(draw() * 256)
  return copy
}
