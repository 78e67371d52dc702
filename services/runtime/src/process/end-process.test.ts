import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

// Promise 16: nothing that runs in native threads keeps a process that must end.

const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** Runs a program of this package's; its exit code, else the signal that ended it, and how long it took from its word `ending` on. */
async function run(program: string): Promise<{ end: number | string | null; ms: number }> {
  const flags = ['--env-file=services/straylight/engine.env', '--import', 'tsx', '--input-type=module', '-e']
  const child = spawn(process.execPath, [...flags, program], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  await once(child.stdout, 'data')
  const begun = performance.now()
  const [code, signal] = (await closed) as [number | null, string | null]
  return { end: code ?? signal, ms: performance.now() - begun }
}

test('a process that nothing holds ends with its code', async () => {
  const program = `import { endProcess } from '@straylight/runtime/process/end-process'; console.log('ending'); endProcess(7)`
  assert.equal((await run(program)).end, 7)
})

test('a query of chDB that runs for a minute does not keep it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-end-'))
  const sql = 'SELECT sum(sleepEachRow(1)) FROM numbers(60) SETTINGS max_block_size = 1'
  const { end, ms } = await run(`
    import { endProcess } from '@straylight/runtime/process/end-process'
    import { openStore } from '@straylight/runtime/store/open-store'
    const store = await openStore({ directory: ${JSON.stringify(join(folder, 'store'))} })
    store.query({ name: 'slow', sql: '${sql}', row: undefined }, {}).catch(() => undefined)
    setTimeout(() => { console.log('ending'); endProcess(1) }, 1000)`)
  assert.equal(end, 'SIGKILL')
  assert.ok(ms < 30_000, `${Math.round(ms)} ms`)
  await rm(folder, { recursive: true, force: true })
})
