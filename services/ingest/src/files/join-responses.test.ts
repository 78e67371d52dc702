import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { context } from '../../test-support/audit-record.ts'
import { readRecord } from '../record/read-record.ts'
import { readFiles } from './read-files.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-responses-'))
})
after(() => rm(folder, { recursive: true }))

const at = (second: number) => `2026-06-01T10:00:${String(second).padStart(2, '0')}Z`
const call = (id: number, name: string, more: object = {}) => ({
  ...{ timestamp: at(id), ...more },
  message: { jsonrpc: '2.0', id, method: 'tools/call', params: { name } },
})
const answer = (id: number, result: object, more: object = {}) => ({
  ...{ timestamp: at(id + 10), ...more },
  message: { jsonrpc: '2.0', id, ...result },
})

/** What each line of a file becomes. */
async function readLines(lines: readonly (object | string)[]): Promise<string[]> {
  const file = join(folder, 'transcript.ndjson')
  await writeFile(file, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'))
  const found: string[] = []
  for await (const { value, headers } of readFiles([file])) {
    const { events, passed_over, rejections } = readRecord(value, headers, context)
    for (const { event } of events) found.push(`${event.action} ${event.outcome}`)
    for (const one of passed_over) found.push(one.passed_over)
    for (const { code } of rejections) found.push(code)
  }
  return found
}

test('how a call ended is read from the response that stands in a later line, and order stays', async () => {
  const lines = [
    call(1, 'a'),
    call(2, 'b'),
    answer(2, { error: { code: -32001, message: 'Permission denied' } }),
    answer(1, { result: { isError: true } }),
    call(3, 'c'),
    answer(3, { result: {} }),
    call(4, 'd'),
  ]
  const response = 'json-rpc response'
  const calls = ['a failure', 'b denied', response, response, 'c success', response, 'd undefined']
  assert.deepEqual(await readLines(lines), calls)
})

test('sessions and servers count their requests for themselves, and bare messages and timed lines are joined too', async () => {
  const [one, other] = [{ session: 's1' }, { session: 's2' }]
  const lines = [
    call(1, 'a', one),
    call(1, 'b', other),
    answer(1, { error: { code: 1, message: 'no' } }, other),
    answer(1, { result: {} }, one),
    { timestamp: at(1), jsonrpc: '2.0', id: 'x', method: 'tools/call', params: { name: 'bare' } },
    { timestamp: at(2), jsonrpc: '2.0', id: 'x', result: { isError: true } },
    `[${at(3)}] --> {"jsonrpc":"2.0","id":"y","method":"tools/call","params":{"name":"timed"}}`,
    `[${at(4)}] <-- {"jsonrpc":"2.0","id":"y","result":{}}`,
  ]
  const calls = (await readLines(lines)).filter((line) => line !== 'json-rpc response')
  assert.deepEqual(calls, ['a success', 'b failure', 'bare failure', 'timed success'])
})

test('a response that never comes holds nothing back for long, and a doubled name stays refused', async () => {
  const many = Array.from({ length: 1_200 }, (_, id) => answer(id % 9, { result: {} }, { session: `none-${id}` }))
  const found = await readLines([call(1, 'lonely'), ...many])
  assert.equal(found[0], 'lonely undefined')
  assert.equal(found.length, 1_201)
  const doubled = JSON.stringify(call(5, 'x')).replace('"name":"x"', '"name":"x","name":"y"')
  assert.deepEqual(await readLines([doubled, answer(5, { result: {} })]), ['duplicate_key', 'json-rpc response'])
})
