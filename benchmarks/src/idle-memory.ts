import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Benchmark } from './benchmark.ts'
import { inTemporaryFolder } from './temporary-folder.ts'

const program = fileURLToPath(new URL('../../services/straylight/bin/straylight.cjs', import.meta.url))
/** So long after the start: what starting took has been given back. */
const restMs = 20_000
const startMsMax = 120_000

export const idleMemory: Benchmark = {
  name: 'idle-memory',
  about:
    "What an idle `straylight up` holds, all stages, log and store embedded, nothing sent: as the system counts it, and what of it is the process's own; the rest is program code (chDB's library, node) that the system reads from disk and may take back. Linux alone tells.",
  run: (say) =>
    inTemporaryFolder(async (folder) => {
      const memory = await idle(folder)
      say(`resident ${memory.VmRSS} kB`)
      const megabytes = (name: string) => Math.round((memory[name] ?? Number.NaN) / 1_000)
      return [
        { name: 'resident', value: megabytes('VmRSS'), unit: 'MB', better: 'lower', target: 250 },
        { name: 'own', value: megabytes('RssAnon'), unit: 'MB', better: 'lower' },
        { name: 'code_and_mapped_files', value: megabytes('RssFile'), unit: 'MB', better: 'lower' },
        { name: 'most_while_starting', value: megabytes('VmHWM'), unit: 'MB', better: 'lower' },
      ]
    }),
}

async function idle(folder: string): Promise<Record<string, number>> {
  const env = { ...process.env, STRAYLIGHT_DATA: folder, STRAYLIGHT_PORT: '0' }
  const child = spawn(process.execPath, ['--max-semi-space-size=64', program, 'up'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  try {
    let said = ''
    child.stderr.on('data', (text: Buffer) => {
      said = (said + text.toString()).slice(-100_000)
    })
    for (let waited = 0; !said.includes('straylight is up'); waited += 100) {
      if (waited > startMsMax || child.exitCode !== null) throw new Error(`straylight up did not start: ${said}`)
      await sleep(100)
    }
    await sleep(restMs)
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
    return Object.fromEntries([...status.matchAll(/^(\w+):\s+(\d+) kB$/gm)].map(([, name, kB]) => [name, Number(kB)]))
  } finally {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  }
}
