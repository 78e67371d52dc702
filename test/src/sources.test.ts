import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { allFormats } from '@straylight/ingest/formats/all-formats'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { readRecord } from '@straylight/ingest/record/read-record'
import { sampleRecord } from '@straylight/ingest/test-support/sample-record'
import { createProgram } from 'straylight/commands/program'
import { logSources } from 'straylight/inputs/log-sources'
import { formatOf, sourcePages } from 'straylight/inputs/sources-doc'
import { parse } from 'yaml'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (file: string) => readFileSync(root + file, 'utf8')
const pages = readdirSync(`${root}docs/sources`)

test('the pages of sources are as the formats and their samples say', () => {
  const current = sourcePages((source) => sampleRecord(formatOf(source), source.sample))
  assert.deepEqual(pages.sort(), [...current.keys()].map((name) => `${name}.md`).sort())
  for (const [name, text] of current) assert.equal(read(`docs/sources/${name}.md`), text, 'run `npm run formats-doc`')
})

test('each format has a page, and docs/inputs.md leads to it', () => {
  const inputs = read('docs/inputs.md')
  for (const { name } of allFormats) {
    const of = logSources.filter((source) => formatOf(source) === name)
    assert.ok(of.length > 0, `${name} has no page: add it to log-sources.ts`)
    for (const page of of) assert.ok(inputs.includes(`(sources/${page.name}.md)`), page.name)
  }
})

const context = { registry: createAgentRegistry({ version: 1, agents: [] }), tenant: undefined, time_max: null }

for (const source of logSources)
  test(`docs/sources/${source.name}.md: its record is read, its commands and shippers exist`, () => {
    const text = read(`docs/sources/${source.name}.md`)
    const [, line = ''] = /```json\n(.*)\n```/.exec(text) ?? []
    const { events, rejections } = readRecord(Buffer.from(line), {}, context)
    assert.deepEqual(rejections, [])
    assert.deepEqual([...new Set(events.map(({ event }) => event.format))], [formatOf(source)], 'its format reads it')
    const [event] = events
    assert.ok(text.includes(`agent \`${event?.event.agent}\``), 'what the page says of it')
    for (const [, words = ''] of text.matchAll(/^ *straylight (.+)$/gm)) assertCommand(words.split(' '))
    for (const [, shipper = ''] of text.matchAll(/\]\(\.\.\/\.\.\/(deploy[^)]+)\)/g))
      assert.ok(existsSync(root + shipper), shipper)
    if ('shipper' in source.ship) {
      const { sources } = parse(read(source.ship.shipper))
      assert.ok(source.ship.part in sources, `${source.ship.shipper} has no source ${source.ship.part}`)
    }
  })

function assertCommand(words: readonly string[]): void {
  let command = createProgram()
  for (const word of words) {
    const inner = command.commands.find((one) => one.name() === word)
    if (inner === undefined) break
    command = inner
  }
  assert.notEqual(command.parent, null, `straylight ${words.join(' ')}: no such command`)
}
