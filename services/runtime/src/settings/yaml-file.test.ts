import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Registry } from '@straylight/schemas/agent'
import { BadFile, readYamlFile } from './yaml-file.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-yaml-'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function read(text: string) {
  const path = join(folder, 'agents.yaml')
  await writeFile(path, text)
  return readYamlFile(path, Registry)
}

test('what is left out takes its default', async () => {
  const registry = await read('version: 1\nagents:\n  - agent: invoice-bot\n')
  assert.equal(registry.agents[0]?.tier, 'medium')
  assert.equal(registry.agents[0]?.tenant, 'default')
})

test('every fault is named with file, line, path and what was expected', async () => {
  await assert.rejects(
    read('version: 1\nagents:\n  - agent: a\n    tier: huge\n  - agent: b\n    ownr: c\n'),
    (error) => {
      assert.ok(error instanceof BadFile)
      assert.match(error.message, /agents\.yaml:4: agents\.0\.tier: .*low/)
      assert.match(error.message, /agents\.yaml:6: agents\.1\.ownr: there is no such field/)
      return true
    },
  )
})

test('an empty list of a boundary is refused, and says what to write instead', async () => {
  const agent = 'version: 1\nagents:\n  - agent: a\n    boundary: '
  await assert.rejects(
    read(`${agent}{ systems: [erp, sap], actions: [] }\n`),
    /agents\.yaml:4: agents\.0\.boundary\.actions: an empty list allows no actions at all.*leave `actions` out/,
  )
  await assert.rejects(read(`${agent}{ systems: [] }\n`), /boundary\.systems: .*leave `systems` out/)
  const { agents } = await read(`${agent}{ systems: [erp, sap] }\n`)
  assert.deepEqual(agents[0]?.boundary, { systems: ['erp', 'sap'] })
})

test('a key that stands twice is refused at its second place, at any depth', async () => {
  await assert.rejects(
    read('version: 1\nagents:\n  - agent: a\n    tier: low\n    tier: high\n'),
    /agents\.yaml:5: not YAML: Map keys must be unique/,
  )
})

test('text that is no YAML is named by its line', async () => {
  await assert.rejects(read('version: 1\nagents: [\n'), /agents\.yaml:\d+: not YAML/)
})

test('a file that stops being YAML is said once, with what to do', async () => {
  const rest = 'b: { c: d }\n'.repeat(50)
  await assert.rejects(read(`version: 1\na: { at: $.calls[0].op, b: c }\n${rest}`), (error: Error) => {
    assert.match(error.message, /agents\.yaml:2: not YAML: .*stands in quotes/)
    assert.equal(error.message.split('\n').length, 1)
    return true
  })
})

test('an empty file is not a registry', async () => {
  await assert.rejects(read(''), /agents\.yaml:1: the whole file/)
})

test('a file that is not there is named', async () => {
  await assert.rejects(readYamlFile(join(folder, 'none.yaml'), Registry), /none\.yaml: cannot be read/)
})

test('aliases that unfold without end are refused', async () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefgh'.split('').map((name, at) => {
      const before = 'abcdefgh'[at]
      return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(',')}]`
    }),
  ].join('\n')
  await assert.rejects(read(bomb), BadFile)
})
