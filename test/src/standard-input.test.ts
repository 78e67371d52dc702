import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { builtProgram } from '../test-support/built-program.ts'

// Records on standard input, however it is connected. chDB would take what waits at descriptor 0 for rows of its own, so a
// store that opens with input waiting is what each of these tries.

const line = (at: number) =>
  `${JSON.stringify({ id: `e${at}`, time: `2026-11-02T08:00:0${at}Z`, agent: 'bot', system: 'crm', action: 'read' })}\n`
const lines = Array.from({ length: 5 }, (_, at) => line(at)).join('')

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-input-'))
  await writeFile(join(folder, 'lines.ndjson'), lines)
})
after(() => rm(folder, { recursive: true, force: true }))

function settings(data: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(STRAYLIGHT|KAFKA|CLICKHOUSE)_/.test(name))
  return { ...Object.fromEntries(inherited), STRAYLIGHT_DATA: join(folder, data), STRAYLIGHT_PORT: '0' }
}

/** Waits, each time that it is called, until ingest has read so many records of a program that is running. */
function recordsRead(child: ChildProcess): (count: number) => Promise<void> {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk
  })
  return async (count) => {
    for (;;) {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${said}`)
      const url = /"url":"([^"]+)"/.exec(said)?.[1]
      const metrics = url === undefined ? '' : await fetch(`${url}/metrics`).then((response) => response.text())
      const read = /^straylight_records_read_total\{stage="ingest",topic="agent\.audit\.v1"\} (\d+)$/m.exec(
        metrics,
      )?.[1]
      if (Number(read ?? 0) >= count) return
      await sleep(50)
    }
  }
}

async function stop(child: ChildProcess): Promise<void> {
  // The shell of a pipe and all that it started.
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  await once(child, 'exit')
}

const program = `'${builtProgram}' up --input -`
const ways: readonly [name: string, command: (file: string) => string][] = [
  ['a pipe that stays open', (file) => `(cat '${file}'; exec sleep 3600) | ${program}`],
  ['a pipe whose writer is gone', (file) => `cat '${file}' | ${program}`],
  ['a file', (file) => `exec ${program} < '${file}'`],
]

for (const [number, [name, command]] of ways.entries())
  test(`a fresh folder takes what comes by ${name}, at once and whole`, async () => {
    const child = spawn('sh', ['-c', command(join(folder, 'lines.ndjson'))], {
      env: settings(`up-${number}`),
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    await recordsRead(child)(5).finally(() => stop(child))
  })

test('a fresh folder takes what a Node program writes, line after line, while it stays open', async () => {
  const child = spawn(builtProgram, ['up', '--input', '-'], {
    env: settings('socket'),
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  })
  const untilRead = recordsRead(child)
  try {
    child.stdin?.write(line(0))
    await untilRead(1)
    child.stdin?.write(line(1))
    await untilRead(2)
  } finally {
    await stop(child)
  }
})

test('replay reads its events from standard input, and its history from a file', async () => {
  const history = join(folder, 'lines.ndjson')
  const child = spawn('sh', ['-c', `exec '${builtProgram}' replay - --history '${history}' --json < '${history}'`], {
    env: settings('none'),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk
  })
  const [code] = await once(child, 'close')
  assert.equal(code, 0)
  assert.equal(JSON.parse(out).events, 5)
})

test('what a Node program wrote and ended before anybody asked for it is read whole', async () => {
  const child = spawn(builtProgram, ['replay', '-', '--json'], {
    env: settings('none'),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin?.end(lines)
  let out = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk
  })
  const [code] = await once(child, 'close')
  assert.equal(code, 0)
  assert.equal(JSON.parse(out).events, 5)
})
