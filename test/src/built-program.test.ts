import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { builtProgram } from '../test-support/built-program.ts'

// The command as it is installed: what the build may change of what the sources say, which is nothing.

const root = fileURLToPath(new URL('../../', import.meta.url))
const home = join(root, 'services/straylight')

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-built-'))
  // So that no test below waits for, or measures, a build.
  await run(builtProgram, ['--version'])
})
after(() => rm(folder, { recursive: true, force: true }))

async function run(program: string, args: readonly string[], settings: Record<string, string> = {}) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(STRAYLIGHT|KAFKA|CLICKHOUSE|NODE|UV)_/.test(name),
  )
  const child = spawn(program, args, {
    cwd: root,
    env: { ...Object.fromEntries(inherited), STRAYLIGHT_DATA: join(folder, 'none'), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, out, err }
}

test('its help is the help of the sources, of every command', async () => {
  const source = ['--import', 'tsx', join(home, 'src/main.ts')]
  for (const args of [['--help'], ['up', '--help'], ['replay', '--help'], ['policy', 'diff', '--help']]) {
    assert.deepEqual(await run(builtProgram, args), await run(process.execPath, [...source, ...args]))
  }
})

/** Files of the build that `main.js` leads to, whether at once or on demand. */
function chunksOfBuild(): Map<string, string> {
  const chunks = new Map<string, string>()
  const follow = (file: string) => {
    if (chunks.has(file)) return
    const code = readFileSync(join(home, 'dist', file), 'utf8')
    chunks.set(file, code)
    for (const [, chunk] of code.matchAll(/["']\.\/([\w-]+\.js)["']/g)) follow(chunk ?? '')
  }
  follow('main.js')
  return chunks
}

/** Share of the program's bytes that help may load (.04 when this was written); its commands load on demand. */
const helpShareMax = 0.1

test('help loads a small part of the program, and one package: commands load on demand', async () => {
  // Node lists every script that ran where it writes what they covered: no clock is looked at, so no machine is too slow.
  const covered = join(folder, 'covered')
  await run(builtProgram, ['--help'], { NODE_V8_COVERAGE: covered })
  const Coverage = z.object({ result: z.array(z.object({ url: z.string() })) })
  const loaded = readdirSync(covered)
    .flatMap((name) => Coverage.parse(JSON.parse(readFileSync(join(covered, name), 'utf8'))).result)
    .filter(({ url }) => url.startsWith('file:'))
    .map(({ url }) => fileURLToPath(url))
  const chunks = chunksOfBuild()
  const bytesOf = (names: readonly string[]) => names.reduce((sum, name) => sum + (chunks.get(name)?.length ?? 0), 0)
  const own = [...chunks.keys()].filter((name) => loaded.includes(join(home, 'dist', name)))
  assert.ok(own.includes('main.js'), 'what help loads is not seen')
  const share = bytesOf(own) / bytesOf([...chunks.keys()])
  assert.ok(share <= helpShareMax, `help loads ${share.toFixed(3)} of the program: ${own.join(', ')}`)
  const packages = loaded.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [])
  assert.deepEqual([...new Set(packages)], ['commander'])
})

test('it gives itself the threads and the heap that it needs, and what the shell says wins', async () => {
  const said = 'process.on("exit", () => console.error(process.execArgv.join(" "), process.env.UV_THREADPOOL_SIZE))'
  const hook = join(folder, 'hook.mjs')
  await writeFile(hook, said)
  const options = { NODE_OPTIONS: `--import ${hook}` }
  const { err } = await run(builtProgram, ['--version'], options)
  assert.equal(err, '--max-semi-space-size=64 16\n')
  const chosen = await run(builtProgram, ['--version'], { ...options, UV_THREADPOOL_SIZE: '24' })
  assert.match(chosen.err, / 24\n$/)
})

test('a reader that has seen enough ends a command without a word', async () => {
  const policy = join(folder, 'policy.yaml')
  await writeFile(policy, 'id: many\nversion: 1\n')
  for (const command of [
    '--help',
    'topics acls',
    'topics acls --json',
    `policy check ${policy}`,
    'doctor',
    'doctor --json',
  ]) {
    const line = `${builtProgram} ${command} | true; echo "$\{PIPESTATUS[0]}"`
    const { out, err } = await run('bash', ['-c', line])
    // 1 where the command has found something to mend before its reader was gone.
    assert.match(out, /^[01]\n$/, command)
    assert.ok(!/EPIPE|at .*\.[jt]s/.test(err), `${command}: ${err}`)
  }
})

test('a stack names lines of the sources', async () => {
  const hook = join(folder, 'stack.mjs')
  await writeFile(
    hook,
    `globalThis[Symbol.for('straylight.fault-point')] = () => { console.error(new Error('here').stack) }`,
  )
  const options = { NODE_OPTIONS: `--import ${hook}`, STRAYLIGHT_POLICY: join(folder, 'none.yaml') }
  const { err } = await run(builtProgram, ['up'], options)
  assert.match(err, /services\/straylight\/src\/pipeline\.ts:\d+/)
})

const Manifest = z.object({ name: z.string(), dependencies: z.record(z.string(), z.string()).default({}) })
const manifestOf = (path: string) => Manifest.parse(JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')))

test('its package lists what the build leaves outside, all of it and nothing else', () => {
  const { dependencies } = manifestOf('services/straylight')
  const inputs = z
    .record(z.string(), z.string())
    .parse(JSON.parse(readFileSync(join(home, 'dist/inputs.json'), 'utf8')))
  assert.deepEqual(
    Object.keys(inputs).filter((path) => path.includes('node_modules')),
    [],
    'a package that is not listed was built in',
  )
  // Old chunks may lie beside those of this build, so what main.js reaches counts.
  const outside = new Set<string>()
  for (const code of chunksOfBuild().values()) {
    for (const [, name] of code.matchAll(/(?:from |import |import\()["']((?:@[\w.-]+\/)?[\w.-]+)[/\w.-]*["']/g)) {
      if (name !== undefined && name !== 'node' && !name.startsWith('.')) outside.add(name)
    }
  }
  assert.deepEqual([...outside].sort(), Object.keys(dependencies).sort())
})

test('its package asks for the versions that the packages in it ask for', () => {
  const { dependencies } = manifestOf('services/straylight')
  const services = readdirSync(join(root, 'services')).map((name) => `services/${name}`)
  for (const path of ['schemas', 'models', ...services]) {
    for (const [name, version] of Object.entries(manifestOf(path).dependencies)) {
      if (!name.startsWith('@straylight/')) assert.equal(dependencies[name], version, `${path}: ${name}`)
    }
  }
})
