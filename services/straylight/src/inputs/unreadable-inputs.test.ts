import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { readRecord } from '@straylight/ingest/record/read-record'
import { createRejectionGroups } from '@straylight/ingest/rejection-groups'
import { context, nativeEvent } from '@straylight/ingest/test-support/audit-record'
import { dayMs } from '@straylight/schemas/duration'
import { Rejection } from '@straylight/schemas/rejection'
import type { CommandOutput } from '../commands/command.ts'
import { explainInputs } from '../commands/explain-inputs.ts'
import { replay } from '../commands/replay.ts'
import { readHistory } from '../replay/read-history.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-inputs-'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function file(name: string, lines: readonly (object | string)[]): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'))
  return path
}

function listener() {
  const lines: string[] = []
  const results: Record<string, unknown>[] = []
  const output: CommandOutput = {
    json: true,
    say: (line) => void lines.push(line),
    sayInColor: (line) => void lines.push(line),
    result: (summary) => void results.push(summary as Record<string, unknown>),
  }
  return { lines, results, output }
}

const control = { messageType: 'CONTROL_MESSAGE', logEvents: [{ message: 'CWL CONTROL MESSAGE: Checking' }] }
const late = { ...nativeEvent, time: 'yesterday' }

test('a replay in which nothing could be read fails, and says once what is wrong, by code and format', async () => {
  const { lines, results, output } = listener()
  const path = await file('bad', [late, { hello: 'world' }, control, control])
  assert.equal(await replay(output, { partitions: 1, scoreInstances: 1 }, [path]), 1)
  assert.deepEqual(results[0]?.nothing_read, { by_code: { invalid_field: 1, unknown_format: 1 }, formats: ['native'] })
  assert.deepEqual([results[0]?.rejected, results[0]?.passed_over], [2, { 'cloudwatch control message': 2 }])
  const said = lines.join('\n')
  assert.match(said, /Nothing could be read: 1 invalid_field, 1 unknown_format\. They look like native; /)
  assert.match(said, /line 1: time: must be a time/)
  assert.doesNotMatch(said, /time: time:/)
  assert.match(said, /Passed over: 2 cloudwatch control message\./)
})

test('a replay that read one event succeeds', async () => {
  const { results, output } = listener()
  const path = await file('some', [nativeEvent, late])
  assert.equal(await replay(output, { partitions: 1, scoreInstances: 1 }, [path]), 0)
  assert.deepEqual([results[0]?.events, results[0]?.rejected, results[0]?.nothing_read], [1, 1, undefined])
})

test('inputs explain says what reads each kind of line, what it fills, and why it is rejected', async () => {
  const { lines, results, output } = listener()
  const wrapped = { log: JSON.stringify({ ...nativeEvent, bytes_sent: 3 }), stream: 'stdout' }
  const path = await file('all', [nativeEvent, { ...nativeEvent, id: 'e-2' }, wrapped, late, control])
  assert.equal(await explainInputs(output, {}, [path]), 0)
  const said = lines.join('\n')
  assert.match(said, /line 1 and 1 like it: an event \(native\) of invoice-bot, whom the registry does not know/)
  assert.match(said, /line 3: an event \(docker > native\)/)
  assert.match(said, /line 4: rejected \(native\): time: must be/)
  assert.match(said, /line 5: passed over \(cloudwatch logs\): cloudwatch control message/)
  const { kinds, ...counts } = results[0] ?? {}
  assert.deepEqual(counts, { inputs: 5, events: 3, rejected: 1, passed_over: 1, kinds_left_out: 0 })
  const [plain, docker] = kinds as { fields: string[]; features: { on: string[]; off: string[] } }[]
  assert.ok(docker?.fields.includes('bytes_sent') && !plain?.fields.includes('bytes_sent'))
  assert.ok(docker?.features.on.includes('sent_surprise') && plain?.features.off.includes('sent_surprise'))
  assert.equal(await explainInputs(listener().output, {}, [await file('none', [late])]), 1)
})

test('no way in takes an event that lies ahead of now, and each takes the oldest', async () => {
  const year = 365 * dayMs
  const at = (time: number, id: string) => ({ ...nativeEvent, id, time: new Date(time).toISOString() })
  const path = await file('ahead', [
    at(Date.UTC(2001, 0, 1), 'old'),
    at(Date.now() - year, 'last-year'),
    at(Date.now() + year, 'ahead'),
  ])
  const replayed = listener()
  assert.equal(await replay(replayed.output, { partitions: 1, scoreInstances: 1 }, [path]), 0)
  assert.deepEqual([replayed.results[0]?.events, replayed.results[0]?.rejected], [2, 1])
  const explained = listener()
  assert.equal(await explainInputs(explained.output, {}, [path]), 0)
  assert.match(explained.lines.join('\n'), /line 3: rejected \(native\): time: .* more than 5 minutes ahead of now/)
  const rejected: string[] = []
  const known = createAgentRegistry({ version: 1, agents: [] })
  const history = readHistory([path], {
    registry: known,
    tenant: 'acme',
    onRejected: ({ reason }) => rejected.push(reason),
  })
  const read: string[] = []
  for await (const { id } of history) read.push(id ?? '')
  assert.deepEqual([read, rejected.length], [['old', 'last-year'], 1])
})

test('rejections are grouped by code, path and origin, each with a sample', () => {
  const groups = createRejectionGroups()
  const reject = (value: object, origin: string) => {
    const [draft] = readRecord(Buffer.from(JSON.stringify(value)), {}, context).rejections
    const position = { topic: 'agent.audit.v1', partition: 0, offset: 1, index: 0 }
    groups.add(Rejection.parse({ ...draft, position, origin }))
  }
  for (let line = 1; line <= 3; line++) reject(late, `a.log:${line}`)
  for (let line = 4; line <= 5; line++) reject({ ...nativeEvent, credential: { id: '' } }, `a.log:${line}`)
  reject(late, 'token shipper')
  for (let n = 0; n < 2_000; n++) reject({ hello: 1 }, `file ${n}`)
  const list = groups.list()
  assert.ok(list.length <= 501)
  assert.equal(list[0]?.code, 'others')
  assert.equal(
    list.reduce((sum, { count }) => sum + count, 0),
    2_006,
  )
  const found = list.slice(1, 3).map(({ code, path, origin, count }) => [code, path, origin, count])
  assert.deepEqual(found, [
    ['invalid_field', 'time', 'a.log', 3],
    ['invalid_field', 'credential.id', 'a.log', 2],
  ])
  assert.deepEqual(list[1]?.sample.formats, ['native'])
  assert.match(list[1]?.sample.head ?? '', /yesterday/)
})
