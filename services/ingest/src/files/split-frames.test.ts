import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { context, nativeEvent } from '../../test-support/audit-record.ts'
import { readRecord } from '../record/read-record.ts'
import { fileLayout } from './input-layout.ts'
import { createFrameSplitter, type FrameLength } from './split-frames.ts'

const protobuf = readFileSync(new URL('../formats/samples/otlp/kafka-otlp-proto.bin', import.meta.url))
const json = (id: string) => Buffer.from(JSON.stringify({ ...nativeEvent, id }))

function framed(length: FrameLength, records: readonly Buffer[]): Buffer {
  return Buffer.concat(records.flatMap((record) => [lengthOf(record.length, length), record]))
}

function lengthOf(bytes: number, length: FrameLength): Buffer {
  if (length === 'varint') {
    const parts: number[] = []
    for (let left = bytes; ; left >>>= 7) {
      parts.push(left > 127 ? (left & 127) | 128 : left)
      if (left <= 127) return Buffer.from(parts)
    }
  }
  const four = Buffer.alloc(4)
  if (length === 'be32') four.writeUInt32BE(bytes)
  else four.writeUInt32LE(bytes)
  return four
}

function read(file: Buffer, length: FrameLength, step: number) {
  const splitter = createFrameSplitter(length)
  const pieces = []
  for (let at = 0; at < file.length; at += step) pieces.push(...splitter.push(file.subarray(at, at + step)))
  pieces.push(...splitter.end())
  return pieces.flatMap(({ value, headers }) => {
    const { events, rejections } = readRecord(value, headers, context)
    return [...events.map(({ event }) => event.agent), ...rejections.map(({ code }) => code)]
  })
}

for (const [length, records, agents] of [
  ['be32', [protobuf, protobuf], ['planner', 'planner']],
  ['varint', [protobuf, protobuf], ['planner', 'planner']],
  ['be32', [json('a'), json('b')], [nativeEvent.agent, nativeEvent.agent]],
  ['le32', [json('a'), json('b')], [nativeEvent.agent, nativeEvent.agent]],
] as const)
  test(`records behind their length are read (${length}, ${records[0] === protobuf ? 'protobuf' : 'JSON'})`, () => {
    const file = framed(length, records)
    assert.deepEqual(fileLayout(file, true), { frames: length })
    for (const step of [1, 5, file.length]) assert.deepEqual(read(file, length, step), agents)
  })

test('a file that is cut off keeps its whole records, and its end is rejected', () => {
  const file = framed('be32', [json('a'), json('b')]).subarray(0, -10)
  assert.deepEqual(fileLayout(file, true), { frames: 'be32' })
  assert.deepEqual(read(file, 'be32', 7), [nativeEvent.agent, 'not_json'])
})

test('text is never taken for lengths', () => {
  const printed = Buffer.from(JSON.stringify({ ...nativeEvent, id: 'a' }, null, 2))
  for (const text of [json('a'), printed, Buffer.from('{\n"a": 1}'), Buffer.from('\n\n{}'), Buffer.from('')])
    assert.equal(typeof fileLayout(text, true), 'string')
})

test('what is no length makes one rejection of all that follows', () => {
  const broken = Buffer.concat([framed('varint', [protobuf]), Buffer.alloc(3_000_000, 0xff)])
  const codes = read(broken, 'varint', 64 * 1024).filter((code) => code !== undefined)
  assert.deepEqual(codes.slice(-1), ['too_large'])
  assert.equal(codes.filter((code) => code === 'too_large').length, 1)
})
