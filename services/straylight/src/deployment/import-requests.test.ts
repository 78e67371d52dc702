import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { answerImports, askToImport } from './import-requests.ts'

const learnt = { events: 3, repeats: 0, rejected: 0, agents: 1, version: 2, shared_only: 0, lookalikes: [], notes: [] }

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-imports-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('what another process asks for is learnt once, and it hears what came of it', () =>
  inFolder(async (folder) => {
    const asked: string[][] = []
    const stop = await answerImports(folder, async ({ files }) => {
      asked.push(files)
      if (files[0] === 'bad') throw new Error('no such file')
      return learnt
    })
    const ask = (id: string, file: string) =>
      askToImport(folder, { id, request: { files: [file] }, stillRuns: async () => true })
    assert.deepEqual(await Promise.all([ask('a', 'one'), ask('b', 'bad')]), [learnt, { failure: 'no such file' }])
    await stop()
    assert.deepEqual(asked.flat().sort(), ['bad', 'one'])
    assert.deepEqual(await readdir(join(folder, 'imports')), [])
  }))

test('where the program ends first, whoever asked hears that, and the next start learns nothing of it', () =>
  inFolder(async (folder) => {
    const request = { files: ['one'] }
    const answer = await askToImport(folder, { id: 'a', request, stillRuns: async () => false })
    assert.match('failure' in answer ? answer.failure : '', /ended before/)
    const stop = await answerImports(folder, async () => assert.fail('asked of an earlier start'))
    await stop()
  }))
