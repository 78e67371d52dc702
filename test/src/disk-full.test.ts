import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { builtProgram } from '../test-support/built-program.ts'
import { startProgram, until } from '../test-support/program.ts'

// Promise 16: a disk that takes no more ends the process with a sentence, and nothing is lost when it takes again. The disk here is a
// limit on the size of files, which needs no rights: a write beyond it is cut short, as on a full disk.

const root = fileURLToPath(new URL('../../', import.meta.url))

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-full-'))
})
after(() => rm(folder, { recursive: true, force: true }))

/** `straylight up` whose files may have so many bytes. */
async function upWithin(bytes: number, data: string, args: string[]): Promise<{ code: number | null; said: string }> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(STRAYLIGHT|KAFKA|CLICKHOUSE)_/.test(name))
  const limited = `ulimit -f ${bytes / 512}; exec "$0" "$@"`
  const child = spawn('sh', ['-c', limited, builtProgram, 'up', ...args], {
    cwd: root,
    env: { ...Object.fromEntries(inherited), STRAYLIGHT_DATA: data, STRAYLIGHT_PORT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, said }
}

for (const limit of [8_192, 40_960, 4_194_304]) {
  test(`files of ${limit} bytes at most: it ends with 1 and says where, how much is free and what to do; with room it goes on`, async () => {
    const data = join(folder, `data-${limit}`)
    const input = join(folder, 'input.ndjson')
    const events = Array.from({ length: 20_000 }, (_, at) => ({
      ...{ id: `e${at}`, time: new Date(Date.now() - 600_000 + at).toISOString(), agent: `bot-${at % 7}` },
      ...{ system: 'crm', action: 'contacts.read', resource: `${at}`.repeat(20) },
    }))
    await writeFile(input, events.map((event) => JSON.stringify(event)).join('\n'))
    const { code, said } = await upWithin(limit, data, ['--input', input])
    assert.equal(code, 1, said)
    const last = said.trimEnd().split('\n').at(-1) ?? ''
    assert.match(last, /^The disk (is full|does not take what is written) \(.*\): .*MiB are free at .*start again/)
    assert.ok(last.includes(data))
    const again = startProgram(['up'], { STRAYLIGHT_DATA: data })
    const url = await again.url
    await until('it is ready', async () => (await fetch(`${url}/readyz`)).ok)
    assert.equal(await again.stop(), 0, again.said())
  })
}
