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
  folder = await mkdtemp(join(tmpdir(), 'straylight-ahead-'))
})
after(() => rm(folder, { recursive: true }))

const span = (id: string, parent: string | null, span_data: object) => ({
  ...{ object: 'trace.span', id, trace_id: 'trace_1', parent_id: parent },
  ...{ started_at: '2026-06-01T10:00:00+00:00', ended_at: '2026-06-01T10:00:01+00:00', span_data },
})

async function agentsOf(text: string): Promise<(string | undefined)[]> {
  const file = join(folder, 'spans.json')
  await writeFile(file, text)
  const agents: (string | undefined)[] = []
  for await (const { value, headers } of readFiles([file]))
    for (const { event } of readRecord(value, headers, context).events) agents.push(event.agent)
  return agents
}

const trace = [
  span('s3', 's2', { type: 'function', name: 'refund', input: '{}' }),
  span('s2', 's1', { type: 'custom', name: 'turn' }),
  span('s1', null, { type: 'agent', name: 'Refunds' }),
  span('s4', 's1', { type: 'function', name: 'lookup', input: '{}' }),
]
for (const [how, text] of [
  ['a span a line', trace.map((one) => JSON.stringify(one)).join('\n')],
  ['one batch', JSON.stringify({ data: trace })],
  ['a list', JSON.stringify(trace, null, 2)],
] as const)
  test(`in a file the agent is found behind its calls and before them: ${how}`, async () => {
    assert.deepEqual(await agentsOf(text), ['Refunds', 'Refunds'])
  })

test('what nobody runs is read all the same, and looking ahead is bound', async () => {
  const alone = Array.from({ length: 2_500 }, (_, at) =>
    span(`a${at}`, 'nowhere', { type: 'function', name: 'x', input: '{}' }),
  )
  const agents = await agentsOf([...alone, ...trace].map((one) => JSON.stringify(one)).join('\n'))
  assert.equal(agents.length, 2_502)
  assert.deepEqual(agents.slice(-2), ['Refunds', 'Refunds'])
})
