import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openStore } from '@straylight/runtime/store/open-store'
import { z } from 'zod'
import { builtProgram } from '../test-support/built-program.ts'
import { type Program, startProgram, until } from '../test-support/program.ts'

// Promise 16: a data folder that is damaged, emptied or somebody else's is reported in a sentence with the folder and the way back.

const root = fileURLToPath(new URL('../../', import.meta.url))

let folder: string
/** A deployment that has run and was stopped. */
let whole: string
const running = new Set<Program>()
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-damaged-'))
  whole = join(folder, 'whole')
  const input = join(folder, 'input.ndjson')
  const events = Array.from({ length: 300 }, (_, at) => ({
    ...{ id: `e${at}`, time: new Date(Date.now() - 600_000 + at).toISOString(), agent: `bot-${at % 7}` },
    ...{ system: 'crm', action: 'contacts.read' },
  }))
  await writeFile(input, events.map((event) => JSON.stringify(event)).join('\n'))
  const program = start(whole, ['--input', input])
  await read(program)
  assert.equal(await program.stop(), 0, program.said())
})
afterEach(async () => {
  for (const program of running) await program.kill()
  running.clear()
})
after(() => rm(folder, { recursive: true, force: true }))

function start(data: string, args: string[] = [], settings: Record<string, string> = {}): Program {
  const program = startProgram(['up', ...args], { STRAYLIGHT_DATA: data, ...settings })
  running.add(program)
  return program
}

/** Until all stages have read everything that is there, as the second look in a row tells. */
async function read(program: Program): Promise<void> {
  const url = await program.url
  let calm = 0
  await until('everything is read', async () => {
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    const text = await (await fetch(`${url}/metrics`)).text()
    const lags = [...text.matchAll(/^straylight_lag_records\{.*\} (\d+)$/gm)].map(([, lag]) => Number(lag))
    calm = lags.length > 0 && lags.every((lag) => lag === 0) ? calm + 1 : 0
    return calm > 1
  })
}

async function copyOf(name: string): Promise<string> {
  const data = join(folder, name.replace(/\W+/g, '-'))
  await cp(whole, data, { recursive: true, verbatimSymlinks: true })
  return data
}

/** The lines behind the JSON ones: what a person reads last. */
const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? ''

const lmdb = (data: string) => join(data, 'log', 'data.mdb')
async function overwrite(file: string, change: (bytes: Buffer) => void): Promise<void> {
  const bytes = await readFile(file)
  change(bytes)
  await writeFile(file, bytes)
}
const filesBelow = async (path: string): Promise<string[]> =>
  (await readdir(path, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
const tableFile = async (data: string, ending: string): Promise<string> => {
  const found = (await filesBelow(join(data, 'store'))).find((file) => file.endsWith(ending))
  assert(found !== undefined, `a file ${ending}`)
  return found
}

interface Damage {
  readonly name: string
  readonly harm: (data: string) => Promise<void>
  readonly says: RegExp
}

const logDamage: Damage[] = [
  {
    name: 'log cut in half',
    harm: async (data) => truncate(lmdb(data), Math.floor((await stat(lmdb(data))).size / 2)),
    says: /The log in \S+log is damaged: .*restore/,
  },
  {
    name: 'log cut to a few bytes',
    harm: (data) => truncate(lmdb(data), 100),
    says: /The log in \S+ is damaged: it is cut off: it has 100 bytes\. .*restore/,
  },
  {
    name: 'log whose pages are zero',
    harm: (data) => overwrite(lmdb(data), (bytes) => bytes.fill(0, 8192)),
    says: /The log in \S+ is damaged: page \d+/,
  },
  {
    name: 'log of garbage',
    harm: (data) => overwrite(lmdb(data), (bytes) => bytes.fill('garbage')),
    says: /is damaged: its page 0 is not the head of an LMDB file/,
  },
  {
    name: 'log of another format',
    harm: (data) => overwrite(lmdb(data), (bytes) => bytes.writeUInt32LE(7, 28)),
    says: /is damaged: it has the format 7/,
  },
  {
    name: 'folder in place of the log',
    harm: async (data) => {
      await rm(lmdb(data))
      await mkdir(lmdb(data))
    },
    says: /The log in \S+ can't be opened: .*EISDIR/,
  },
  {
    name: 'log emptied',
    harm: (data) => truncate(lmdb(data), 0),
    says: /The log in \S+ is not the one that this data folder had: it is a new, empty one\. .*restore/,
  },
  {
    name: 'log deleted',
    harm: (data) => rm(join(data, 'log'), { recursive: true }),
    says: /The log in \S+ is not the one that this data folder had/,
  },
]
const storeDamage: Damage[] = [
  {
    name: 'store deleted',
    harm: (data) => rm(join(data, 'store'), { recursive: true }),
    says: /The store in \S+ is not the one that this data folder had: it is a new, empty one\. .*restore .*reset --yes --store/,
  },
  {
    name: 'store without its data',
    harm: (data) => rm(join(data, 'store', 'store'), { recursive: true }),
    says: /The store in \S+ is not the one/,
  },
  {
    name: 'store without metadata',
    harm: (data) => rm(join(data, 'store', 'metadata'), { recursive: true }),
    says: /The store in \S+ is not the one/,
  },
  {
    name: 'store with garbage as a table',
    harm: async (data) => writeFile(await tableFile(data, 'events.sql'), Buffer.alloc(300, 0xfe)),
    says: /The store failed at "open \S+store".*damaged: .*estore the data folder from a copy/,
  },
  {
    name: 'store with an empty definition',
    harm: async (data) => writeFile(await tableFile(data, 'profiles.sql'), ''),
    says: /The store failed at "open \S+store".*damaged/,
  },
  {
    name: 'store with a part cut off',
    harm: async (data) => truncate(await tableFile(data, 'data.bin'), 3),
    says: /The store in \S+ is damaged: rows of .* can't be read\. .*restore/,
  },
]
for (const { name, harm, says } of [...logDamage, ...storeDamage]) {
  test(`a ${name} ends the start with 1 and a sentence`, async () => {
    const data = await copyOf(name)
    await harm(data)
    // What the engine of a store makes of the damage at the first try must not pass for whole at the second.
    for (const again of storeDamage.some((damage) => damage.name === name) ? [false, true] : [false]) {
      const program = start(data)
      assert.equal(await program.ended, 1, `${again ? 'again: ' : ''}${program.said()}`)
      assert.match(lastLine(program.said()), says)
      assert.ok(lastLine(program.said()).includes(data), 'it names the folder')
    }
  })
}

test('a whole folder starts again, also one that was killed, copied or appended to from outside', async () => {
  const data = await copyOf('fine')
  for (const round of [0, 1]) {
    const program = start(data)
    await program.url
    if (round === 0) await program.kill()
    else assert.equal(await program.stop(), 0, program.said())
  }
})

test('the store can be filled again from the log, and a new log begins with keys that are kept', async () => {
  const data = await copyOf('rebuilt')
  const before = await stored(data)
  assert.equal(before, 300)
  await rm(join(data, 'store'), { recursive: true })
  assert.deepEqual(await run(data, ['reset', '--yes', '--store']), 0)
  const program = start(data)
  await read(program)
  assert.equal(await program.stop(), 0, program.said())
  assert.equal(await stored(data), 300)
  const key = await readFile(join(data, 'keys', 'commands.jwk'), 'utf8')
  assert.deepEqual(await run(data, ['reset', '--yes', '--keep-keys']), 0)
  const fresh = start(data)
  await fresh.url
  assert.equal(await fresh.stop(), 0, fresh.said())
  assert.equal(await readFile(join(data, 'keys', 'commands.jwk'), 'utf8'), key)
  assert.equal(await stored(data), 0)
})

async function stored(data: string): Promise<number> {
  const store = await openStore({ directory: join(data, 'store') })
  const row = z.object({ rows: z.number() })
  const [found] = await store.query({ name: 'test: events', sql: 'SELECT count() AS rows FROM events FINAL', row }, {})
  await store.close()
  return found?.rows ?? -1
}

test('the store of another deployment is not taken for its own', async () => {
  const [data, other] = [await copyOf('own'), join(folder, 'other')]
  const program = start(other)
  await program.url
  assert.equal(await program.stop(), 0)
  await rm(join(data, 'store'), { recursive: true })
  await cp(join(other, 'store'), join(data, 'store'), { recursive: true, verbatimSymlinks: true })
  const mixed = start(data)
  assert.equal(await mixed.ended, 1)
  assert.match(
    lastLine(mixed.said()),
    /The store in \S+ is not the one that this data folder had: it is that of another/,
  )
})

test('a start that is killed at any moment can be made again', async () => {
  const data = join(folder, 'killed')
  for (const wait of [0, 300, 600, 900, 1_200, 1_500]) {
    const program = start(data)
    await until('there is a folder', async () => (await readdir(data).catch(() => [])).length > 0)
    await new Promise((resolve) => setTimeout(resolve, wait))
    await program.kill()
  }
  const program = start(data)
  await read(program)
  assert.equal(await program.stop(), 0, program.said())
})

const looks = [
  ['explain', 'e1'],
  ['suppressions'],
  ['doctor'],
  ['verdict', 'alr_1', 'false', '--reason', 'a test'],
  ['commands', 'verify', 'package.json'],
  ['train', '--out', 'nowhere'],
]
for (const args of looks) {
  test(`"${args.join(' ')}" leaves no trace in a folder that is no deployment, and says where it looked`, async () => {
    const empty = await mkdtemp(join(folder, 'typo-'))
    const missing = join(empty, 'missing')
    for (const data of [empty, missing]) {
      const said = { text: '' }
      const code = await run(data, args, said)
      if (args[0] !== 'doctor') {
        assert.notEqual(code, 0, said.text)
        assert.ok(said.text.includes(data), said.text)
      }
      assert.deepEqual(await readdir(empty), [], said.text)
    }
  })
}

test('a command that looks into an emptied store says so and fills nothing', async () => {
  const data = await copyOf('emptied')
  await rm(join(data, 'store'), { recursive: true })
  const said = { text: '' }
  assert.equal(await run(data, ['explain', 'e1'], said), 2)
  assert.match(said.text, /There is no store at \S+emptied\S*store/)
  assert.equal(await run(data, ['doctor'], said), 1)
  assert.ok(!(await readdir(data)).includes('store') || (await readdir(join(data, 'store'))).length === 0)
})

async function run(data: string, args: string[], said = { text: '' }): Promise<number | null> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(STRAYLIGHT|KAFKA|CLICKHOUSE)_/.test(name))
  const child = spawn(builtProgram, args, {
    cwd: root,
    env: { ...Object.fromEntries(inherited), STRAYLIGHT_DATA: data },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said.text += chunk
    })
  return ((await once(child, 'close')) as [number | null])[0]
}
