import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { sharedProcesses } from '../test-support/shared-processes.ts'
import { testFiles } from '../test-support/test-files.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

test('every test file is run once, by itself or by one process that it shares, and those left to CI by themselves', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-shared-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  const files = await testFiles(root, [])
  const alone = files.filter((_, at) => at % 7 === 0)
  const run: string[] = []
  for (const file of await sharedProcesses(files, { root, folder, alone })) {
    if (!file.startsWith(folder)) run.push(pathToFileURL(join(root, file)).href)
    else for (const [, of] of (await readFile(file, 'utf8')).matchAll(/^import '(.+)'$/gm)) run.push(of ?? '')
  }
  assert.deepEqual(run.sort(), files.map((file) => pathToFileURL(join(root, file)).href).sort())
  const own = await sharedProcesses(files, { root, folder, alone: files })
  assert.deepEqual(own, files)
})

test('a file whose hooks or changes would reach its neighbours runs by itself', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-shared-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  const hooked = [
    'services/runtime/src/store/open-store.test.ts',
    'services/console/client/src/build/build-client.test.ts',
  ]
  assert.deepEqual(await sharedProcesses(hooked, { root, folder, alone: [] }), hooked)
})
