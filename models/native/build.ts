import { createHash } from 'node:crypto'
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { errorText } from '@straylight/schemas/error-text'
import { nativeFolder } from '../src/scoring/native-tensorflow.ts'
import { openTensorBackend } from '../src/scoring/tensor-backend.ts'
import { NativeBuildError, runTool, toolsOrThrow } from './tool.ts'
import { tensorflowWheel, wheelFile } from './wheel.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const built = fileURLToPath(nativeFolder)
/** Made here and renamed when whole, so that nothing ever loads a half of it. */
const making = join(here, 'making')
const tools = [
  ['npm', 'npm (comes with Node)'],
  ['c++', "a C++17 compiler called c++ (Debian's package g++)"],
  ['strip', "strip (Debian's package binutils)"],
  ['unzip', "unzip (Debian's package unzip)"],
] as const

/**
 * `npm run native [-- --cache FOLDER --force]`: builds TensorFlow.js's native binding against the TensorFlow library of
 * a registry's wheel. Nothing of the binding's own install script runs, so nothing comes from anywhere but the npm and
 * Python registries that this machine is set up for. Does nothing when what it would build is there and computes.
 * @throws NativeBuildError with what is missing, what a tool said, and what to do.
 */
async function buildNative(options: { cache: string; force: boolean }): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new NativeBuildError(`native TensorFlow is built for linux x64 only, not ${process.platform} ${process.arch}`)
  const recipe = await recipeHash()
  const made = await readFile(join(built, 'recipe'), 'utf8').catch(() => '')
  if (made === recipe && !options.force) {
    say('already built')
  } else {
    await toolsOrThrow(tools)
    const wheel = await wheelFile(options.cache, say)
    await rm(making, { recursive: true, force: true })
    try {
      await make(wheel)
      await writeFile(join(making, 'recipe'), recipe)
      await rm(built, { recursive: true, force: true })
      await rename(making, built)
    } finally {
      await rm(making, { recursive: true, force: true })
    }
  }
  say(`${(await openTensorBackend('native')).description}; TensorFlow ${tensorflowWheel.version}`)
}

async function make(wheel: string): Promise<void> {
  say('installing the binding from the npm registry, without its install script')
  await mkdir(making, { recursive: true })
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) await cp(join(here, name), join(making, name))
  await runTool('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: making })

  say('unpacking the library')
  const unpacked = join(making, 'wheel')
  await runTool('unzip', ['-q', wheel, ...tensorflowWheel.members, '-d', unpacked], { cwd: making })
  const binding = join(making, 'node_modules/@tensorflow/tfjs-node')
  await mkdir(join(binding, 'deps/lib'), { recursive: true })
  await mkdir(join(binding, 'lib/napi-v8'), { recursive: true })
  for (const library of tensorflowWheel.libraries) {
    const to = join(binding, 'deps/lib', library)
    await rename(join(unpacked, 'tensorflow', library), to)
    await runTool('strip', ['--strip-unneeded', to], { cwd: making })
  }
  for (const licence of tensorflowWheel.licences)
    await cp(join(unpacked, licence), join(binding, 'deps', licence.split('/').at(-1) ?? licence))

  say('compiling the binding')
  await compile(binding, join(unpacked, 'tensorflow/include'))
  await rm(unpacked, { recursive: true })
}

/**
 * One call of the compiler does what the package's node-gyp project describes. The binding uses Node-API only: it needs
 * four headers, which a registry has, instead of Node's own, and one build serves every Node from 20 on.
 */
async function compile(binding: string, include: string): Promise<void> {
  const headers = join(binding, '../../node-api-headers/include')
  const sources = ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc']
  const includes = ['-I', '.', '-I', '..', '-I', headers, '-I', include]
  const libraries = ['-Ldeps/lib', ...tensorflowWheel.libraries.map((name) => `-l:${name}`)]
  const flags = ['-shared', '-fPIC', '-O2', '-std=c++17', '-DNAPI_VERSION=8', '-Wl,-rpath,$ORIGIN/../../deps/lib']
  const out = ['-o', 'lib/napi-v8/tfjs_binding.node']
  await runTool('c++', [...flags, ...includes, ...sources, ...out, ...libraries], { cwd: binding })
}

/** Changes with whatever changes what is built: this folder's sources and the lock file. */
async function recipeHash(): Promise<string> {
  const hash = createHash('sha256')
  for (const name of ['build.ts', 'wheel.ts', 'package-lock.json']) hash.update(await readFile(join(here, name)))
  return hash.digest('hex')
}

const start = performance.now()
function say(sentence: string): void {
  process.stdout.write(`native: ${sentence} (${((performance.now() - start) / 1000).toFixed(0)} s)\n`)
}

const { values } = parseArgs({
  options: {
    cache: { type: 'string', default: join(homedir(), '.cache', 'straylight') },
    force: { type: 'boolean', default: false },
  },
})
try {
  await buildNative(values)
} catch (error) {
  process.stderr.write(`native: ${errorText(error)}\n`)
  process.exitCode = 1
}
