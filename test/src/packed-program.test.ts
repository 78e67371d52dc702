import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

// What `npm run pack` makes, installed in a folder that knows nothing of this repository.

const root = fileURLToPath(new URL('../../', import.meta.url))
const inherited = Object.entries(process.env).filter(([name]) => !/^(STRAYLIGHT|KAFKA|CLICKHOUSE|NODE|npm)_/.test(name))

let folder: string
let home: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-packed-'))
  home = join(folder, 'home')
})
after(() => rm(folder, { recursive: true, force: true }))

const run = (cwd: string, program: string, ...args: string[]) =>
  promisify(execFile)(program, args, { cwd, env: Object.fromEntries(inherited), maxBuffer: 64 * 2 ** 20 })

test('the package installs alone, with no script run, and has all that it reads', async () => {
  await run(root, 'npm', 'pack', '--workspace=straylight', `--pack-destination=${folder}`)
  const archive = (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? ''
  await promisify(execFile)('mkdir', [home])
  await writeFile(join(home, 'package.json'), '{"private":true}')
  await run(home, 'npm', 'install', '--ignore-scripts', '--prefer-offline', join(folder, archive))
  const { stdout } = await run(home, 'npx', 'straylight', '--help')
  assert.match(stdout, /^Usage: straylight /)
  const checked = await run(home, 'npx', 'straylight', 'doctor', '--json')
  assert.equal(JSON.parse(checked.stdout).healthy, true)
  // The tables of its store and the model come out of the package.
  const event = { id: 'e1', time: '2026-11-22T10:00:00Z', agent: 'bot', system: 'crm', action: 'contacts.read' }
  await writeFile(join(home, 'events.ndjson'), `${JSON.stringify(event)}\n`)
  const replayed = await run(home, 'npx', 'straylight', 'replay', 'events.ndjson', '--json')
  assert.equal(JSON.parse(replayed.stdout).events, 1)
  const simulated = await run(home, 'npx', 'straylight', 'simulate', '--json')
  assert.equal(JSON.parse(simulated.stdout).scenarios.length, 5)
})
