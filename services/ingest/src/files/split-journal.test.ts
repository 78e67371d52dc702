import assert from 'node:assert/strict'
import { test } from 'node:test'
import { context, nativeEvent } from '../../test-support/audit-record.ts'
import { readRecord } from '../record/read-record.ts'
import { fileLayout } from './input-layout.ts'
import { createJournalSplitter } from './split-journal.ts'

const head = (at: number) => `__CURSOR=s=a;i=${at}\n__REALTIME_TIMESTAMP=178388808000000${at}\n_HOSTNAME=h\n`
const message = (id: string) => JSON.stringify({ ...nativeEvent, id })

function binary(name: string, value: Buffer): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(value.length))
  return Buffer.concat([Buffer.from(`${name}\n`), length, value, Buffer.from('\n')])
}

/** What stands in an export, however it comes: in one chunk or byte by byte. */
function pieces(file: Buffer, step: number) {
  const splitter = createJournalSplitter()
  const found = []
  for (let at = 0; at < file.length; at += step) found.push(...splitter.push(file.subarray(at, at + step)))
  return [...found, ...splitter.end()]
}

const read = (file: Buffer, step: number) =>
  pieces(file, step).map(({ value, headers, line }) => {
    const { events, rejections } = readRecord(value, headers, context)
    return [line, events.map(({ event }) => event.id).join(), rejections.map(({ code }) => code).join()]
  })

const overLines = JSON.stringify({ ...nativeEvent, id: 'b' }, null, 1)
const entries = Buffer.concat([
  Buffer.from(`${head(1)}MESSAGE=${message('a')}\nPRIORITY=6\n\n${head(2)}`),
  binary('MESSAGE', Buffer.from(overLines)),
  binary('COREDUMP', Buffer.alloc(2_000_000, 0x0a)),
  Buffer.from(`_PID=4\n\n${head(3)}MESSAGE=${message('c')}`),
])

test('each entry of an export of journald is one record, and no line of it a rejection', () => {
  assert.equal(fileLayout(entries.subarray(0, 4_000), false), 'journal')
  const lines = read(entries, 64 * 1024)
  assert.deepEqual(
    lines.map(([, ...others]) => others),
    [
      ['a', ''],
      ['b', ''],
      ['c', ''],
    ],
  )
  assert.deepEqual(lines[1]?.[0], 7)
})

test('chunks may end anywhere, a length among them', () => {
  const few = Buffer.concat([Buffer.from(head(1)), binary('MESSAGE', Buffer.from(overLines)), Buffer.from('\n')])
  for (const step of [1, 3, 7]) assert.deepEqual(read(few, step), [[1, 'b', '']])
})

test('an entry that is cut off, or too large, is rejected and no other', () => {
  const large = binary('MESSAGE', Buffer.alloc(1_100_000, 0x61))
  const file = Buffer.concat([
    Buffer.from(head(1)),
    large,
    Buffer.from(`\n${head(2)}MESSAGE=${message('b')}\n\n${head(3)}`),
    large,
  ])
  const cut = file.subarray(0, file.length - 1_099_000)
  assert.deepEqual(
    read(cut, 64 * 1024).map(([, ...others]) => others),
    [
      ['', 'too_large'],
      ['b', ''],
      ['', 'not_json'],
    ],
  )
})

test('fields that an entry has several times are a list, and a list has a bound, of messages too', () => {
  const [twice] = pieces(Buffer.from('__CURSOR=a\nA=1\nA=2\nMESSAGE=x\nMESSAGE=y\n\n'), 1_000)
  assert.deepEqual(JSON.parse(twice?.value.toString() ?? ''), { __CURSOR: 'a', A: ['1', '2'], MESSAGE: ['x', 'y'] })
  for (const line of ['A=\n', 'MESSAGE=0123456789\n']) {
    const [many] = pieces(Buffer.from(`__CURSOR=a\n${line.repeat(400_000)}\n`), 64 * 1024)
    assert.ok((many?.value.length ?? Number.POSITIVE_INFINITY) < 1024 * 1024, line)
  }
})
