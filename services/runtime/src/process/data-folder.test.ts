import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { BadDataFolder, openDataFolder, resetDataFolder } from './data-folder.ts'

let root: string
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'straylight-folder-'))
})
after(() => rm(root, { recursive: true, force: true }))

const now = new Date('2026-11-22T10:00:00Z')
const open = (path: string, program = '0.1.0') => openDataFolder({ path, program, now })

test('a first start makes a folder that only its owner reads', async () => {
  const path = join(root, 'new', 'deep')
  const folder = await open(path)
  assert.equal((await stat(path)).mode & 0o777, 0o700)
  assert.equal((await stat(folder.keys)).mode & 0o777, 0o700)
  assert.equal(JSON.parse(await readFile(join(path, 'version.json'), 'utf8')).format, 1)
  await folder.close()
})

test('two programs do not share a folder, and the second is informed who has it', async () => {
  const path = join(root, 'shared')
  const folder = await open(path)
  await assert.rejects(open(path), (error: Error) => {
    assert.ok(error instanceof BadDataFolder)
    return error.message.includes(`in use by process ${process.pid}`) && error.message.includes('STRAYLIGHT_DATA')
  })
  await folder.close()
  await (await open(path)).close()
})

test('of many that start at once, one gets it', async () => {
  const path = join(root, 'crowd')
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => open(path)))
  assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1)
})

test('a program killed without warning leaves a folder that opens', async () => {
  const path = join(root, 'killed')
  const child = await holdInAnotherProcess(path)
  await assert.rejects(open(path), new RegExp(`in use by process ${child.pid}`))
  child.kill('SIGKILL')
  await once(child, 'exit')
  await (await open(path)).close()
})

test('a lock with the number of a later process is stale', async () => {
  const path = join(root, 'recycled')
  await (await open(path)).close()
  await writeFile(join(path, 'lock'), JSON.stringify({ pid: process.pid, start: 'another start', nonce: '1' }))
  await (await open(path)).close()
})

test('no file of the lock stays behind', async () => {
  const path = join(root, 'clean')
  await (await open(path)).close()
  assert.deepEqual((await readdir(path)).sort(), ['keys', 'log', 'store', 'version.json'])
})

test('an older program refuses a newer folder, and says which program wrote it', async () => {
  const path = join(root, 'newer')
  await (await open(path)).close()
  await writeFile(join(path, 'version.json'), JSON.stringify({ format: 99, program: '7.0.0', made_at: 'x' }))
  await assert.rejects(open(path), /written by Straylight 7\.0\.0 \(layout 99\); this is 0\.1\.0/)
})

test('a version file that is broken stops the start', async () => {
  const path = join(root, 'broken')
  await (await open(path)).close()
  await writeFile(join(path, 'version.json'), '{"format":')
  await assert.rejects(open(path), /version\.json can't be read/)
})

test('a folder of someone else is neither filled nor reset', async () => {
  const path = join(root, 'foreign')
  await mkdir(path)
  await writeFile(join(path, 'thesis.txt'), 'years of work')
  await assert.rejects(open(path), /not a Straylight data folder/)
  await assert.rejects(resetDataFolder(path), /nothing was deleted/)
  assert.deepEqual(await readdir(path), ['thesis.txt'])
})

test('a folder is copied while stopped', async () => {
  const path = join(root, 'original')
  const folder = await open(path)
  await writeFile(join(folder.keys, 'a.key'), 'secret')
  await folder.close()
  await cp(path, join(root, 'copy'), { recursive: true })
  const copy = await open(join(root, 'copy'))
  assert.equal(await readFile(join(copy.keys, 'a.key'), 'utf8'), 'secret')
  await copy.close()
})

test('a reset takes everything of ours, waits for nobody, and may come before the first start', async () => {
  const path = join(root, 'reset')
  await resetDataFolder(path)
  const folder = await open(path)
  await assert.rejects(resetDataFolder(path), /in use by process/)
  await folder.close()
  await resetDataFolder(path)
  assert.deepEqual(await readdir(path), [])
  await (await open(path)).close()
})

test('a place that cannot be written is named', async () => {
  // Below a file there is no folder, not even for root.
  const path = join(root, 'sealed')
  await writeFile(path, '')
  await assert.rejects(open(join(path, 'inner')), /Cannot write to the data folder .*STRAYLIGHT_DATA/)
})

async function holdInAnotherProcess(path: string): Promise<ChildProcess> {
  const code = `import { openDataFolder } from ${JSON.stringify(import.meta.resolve('./data-folder.ts'))}
    await openDataFolder({ path: ${JSON.stringify(path)}, program: '0.1.0', now: new Date(0) })
    console.log('held'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  assert.ok(child.stdout !== null)
  await once(child.stdout, 'data')
  return child
}
