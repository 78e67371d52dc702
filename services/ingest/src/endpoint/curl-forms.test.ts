import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { nativeEvent } from '../../test-support/audit-record.ts'
import { ndjson, openTestEndpoint, type TestEndpoint, tokenOf } from '../../test-support/test-endpoint.ts'
import { createAgentRegistry } from '../record/agent-registry.ts'

const registry = createAgentRegistry({ version: 1, agents: [] })
let endpoint: TestEndpoint
before(async () => {
  endpoint = await openTestEndpoint({ tokens: [tokenOf('shipper')], registry })
})
after(() => endpoint.close())

const form = { 'content-type': 'application/x-www-form-urlencoded' }

test('bodies are taken as people send them with curl', async () => {
  const [a, b] = [
    { ...nativeEvent, id: 'a' },
    { ...nativeEvent, id: 'b' },
  ]
  const lines = `${JSON.stringify(a)}\n${JSON.stringify(b)}\n`
  const pretty = JSON.stringify([a, b], null, 2)
  const forms: readonly (readonly [string, string | Buffer, Record<string, string>])[] = [
    // `-d @file` takes the ends of lines away.
    ['-d @lines', lines.replaceAll('\n', ''), form],
    ['-d of an array', JSON.stringify([a, b]), form],
    ['-d of a printed array, without its ends of lines', pretty.replaceAll('\n', ''), form],
    ['--data-binary of a printed array as lines', pretty, ndjson],
    ['lines as JSON', lines, { 'content-type': 'application/json' }],
    ['JSON with a charset', pretty, { 'content-type': 'application/json; charset=UTF-8' }],
    ['lines with a charset', lines, { 'content-type': 'application/x-ndjson;charset=utf-8' }],
    ['text', lines, { 'content-type': 'text/plain; charset=us-ascii' }],
    ['jsonlines', lines, { 'content-type': 'Application/JSONLines' }],
    ['a type of its own', pretty, { 'content-type': 'application/vnd.acme.audit+json' }],
    ['gzip that says so', gzipSync(lines), { ...ndjson, 'content-encoding': 'GZIP' }],
    ['x-gzip', gzipSync(pretty), { 'content-type': 'application/json', 'content-encoding': 'x-gzip' }],
    ['gzip that does not say so', gzipSync(lines), { 'content-type': 'application/gzip' }],
    ['gzip as octets', gzipSync(lines), { 'content-type': 'application/octet-stream' }],
    ['a byte order mark', `\ufeff${lines}`, ndjson],
    ['CRLF', lines.replaceAll('\n', '\r\n'), ndjson],
  ]
  for (const [name, body, headers] of forms) {
    const { status, answer } = await endpoint.post('shipper', body, headers)
    assert.deepEqual([status, answer.accepted], [202, 2], name)
  }
})
