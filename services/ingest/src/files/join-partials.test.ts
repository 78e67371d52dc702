import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { builtInFormats } from '../formats/create-formats.ts'
import { splitText } from '../framing/split-text.ts'
import { createLineSplitter } from './split-lines.ts'

const splitLines = (text: string): string[] => {
  const splitter = createLineSplitter()
  return [...splitter.push(Buffer.from(text)), ...splitter.end()].map(({ value }) => value.toString())
}
const moment = '2026-06-01T10:00:00.123456789Z'

/** A text in parts, as a runtime cuts it, however short. */
const parts = fc
  .tuple(
    fc.record({ id: fc.uuid(), note: fc.string({ maxLength: 60 }).map((text) => `${text.trim()}.`) }),
    fc.array(fc.nat(200), { maxLength: 5 }),
  )
  .map(([record, cuts]) => {
    const text = JSON.stringify(record)
    const at = [...new Set(cuts.map((cut) => cut % text.length))].filter((cut) => cut > 0).sort((a, b) => a - b)
    // White space at the end of a part is the runtime's to keep, and lost with the line's: no part ends in it here.
    const clean = at.filter((cut) => text[cut - 1] !== ' ')
    return { text, parts: [0, ...clean].map((from, index) => text.slice(from, clean[index])) }
  })

test('lines that CRI cut are whole again, of two streams between one another, and their order is that of their ends', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(parts, fc.constantFrom('stdout', 'stderr')), { maxLength: 6 }),
      fc.infiniteStream(fc.boolean()),
      (lines, turns) => {
        const queues = ['stdout', 'stderr'].map((stream) =>
          lines
            .filter(([, of]) => of === stream)
            .flatMap(([{ text, parts: cut }]) =>
              cut.map((part, at) => ({
                line: `${moment} ${stream} ${at === cut.length - 1 ? 'F' : 'P'} ${part}`,
                text,
                isEnd: at === cut.length - 1,
                stream,
              })),
            ),
        )
        const written = []
        while (queues.some((queue) => queue.length > 0)) {
          const [one, other] = turns.next().value ? queues : [...queues].reverse()
          const next = one?.shift() ?? other?.shift()
          if (next !== undefined) written.push(next)
        }
        const whole = written.filter(({ isEnd }) => isEnd).map(({ stream, text }) => `${moment} ${stream} F ${text}`)
        assert.deepEqual(splitLines(written.map(({ line }) => line).join('\n')), whole)
      },
    ),
  )
})

test('lines that Docker cut are whole again; what a shipper wrote without line breaks is whole as it is', () => {
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 5 }), fc.boolean(), (lines, isCut) => {
      const line = (log: string) => JSON.stringify({ log, stream: 'stdout', time: moment })
      const written = lines.flatMap(({ text, parts: cut }) =>
        isCut ? cut.map((part, at) => line(at === cut.length - 1 ? `${part}\n` : part)) : [line(text)],
      )
      assert.deepEqual(
        splitLines(written.join('\n')),
        lines.map(({ text }) => line(isCut ? `${text}\n` : text)),
      )
    }),
  )
})

test('a line whose end never comes is handed on as it is, and one that grows without a bound too', () => {
  const open = [`${moment} stdout P {"a":`, `${moment} stdout P 1`]
  assert.deepEqual(splitLines(open.join('\n')), open)
  const many = Array.from({ length: 600 }, (_, at) => `${moment} stdout P ${at}`)
  assert.deepEqual(splitLines(many.join('\n')), many)
  const large = Array.from({ length: 5 }, () => `${moment} stdout P ${'x'.repeat(500_000)}`)
  assert.deepEqual(splitLines(large.join('\n')), large)
})

test('several lines in one text are put together there, too', () => {
  const pieces = splitText(
    Buffer.from(`${moment} stdout P {"a":\n${moment} stdout F 1}\n${moment} stdout F {}`),
    'lines',
    builtInFormats,
  )
  assert.deepEqual(
    pieces?.map(({ value }) => value.toString()),
    [`${moment} stdout F {"a":1}`, `${moment} stdout F {}`],
  )
})
