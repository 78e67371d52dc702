import { randomUUID } from 'node:crypto'
import { cp, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type BundledFile, buildClient } from '@straylight/console-client/build/build-client'
import { dayMs } from '@straylight/schemas/duration'
import { build, type Metafile } from 'esbuild'
import manifest from '../package.json' with { type: 'json' }
import { assetReferences } from './asset-references.ts'
import { hashOf, inputsFile, root } from './ensure-built.cjs'

const home = join(root, 'services/straylight')
const dist = join(home, 'dist')

/** What decides about the build besides the sources. */
const settings = [
  'services/straylight/build',
  'services/straylight/package.json',
  'services/console/client/package.json',
  'tsconfig.base.json',
]

/** Chunks of earlier builds stay for so long: programs that run from them load some of them late. */
const keptMs = dayMs

/**
 * Builds `dist/`: the program as plain JavaScript in chunks that load on demand, our own packages in it, those of the
 * registry left outside (the manifest lists them). Programs may run from an earlier build, and two builds at once: every
 * file is put in its place by a rename, and `main.js` after all that it names. `--clean` drops what earlier builds left, for a package.
 */
async function buildProgram(): Promise<void> {
  if (process.argv.includes('--clean')) await rm(dist, { recursive: true, force: true })
  const assets = new Set(['LICENSE'])
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(home, 'src/main.ts')],
    outdir: dist,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: Object.keys(manifest.dependencies),
    sourcemap: 'linked',
    sourcesContent: false,
    chunkNames: '[name]-[hash]',
    metafile: true,
    write: false,
    logLevel: 'warning',
    plugins: [assetReferences({ root, dist, assets })],
  })
  const client = await buildClient(root)
  await carry(assets)
  await putClient(client.files)
  const isMain = (path: string) => Number(path.endsWith('/main.js'))
  const inOrder = outputFiles.toSorted((one, other) => isMain(one.path) - isMain(other.path))
  for (const { path, contents } of inOrder) await put(path, contents)
  await put(
    inputsFile,
    JSON.stringify({ ...inputsOf(sourcesOf(client.metafile), new Set()), ...inputsOf(metafile, assets) }, null, 1),
  )
  await dropOld(dist, new Set(outputFiles.map(({ path }) => path)))
  await dropOld(join(dist, 'client/assets'), new Set(client.files.map(({ path }) => join(dist, 'client', path))))
}

/** Our own sources: those of packages change with their versions, which the manifest has. */
function sourcesOf({ inputs, outputs }: Metafile): Metafile {
  const ours = Object.entries(inputs).filter(([path]) => !path.includes('node_modules') && !path.includes(':'))
  return { inputs: Object.fromEntries(ours), outputs }
}

/** The pages of the console, in a folder that their server knows; `index.html` last, since it names the others. */
async function putClient(files: readonly BundledFile[]): Promise<void> {
  const isPage = (path: string) => Number(path === 'index.html')
  for (const { path, contents } of files.toSorted((one, other) => isPage(one.path) - isPage(other.path)))
    await put(join(dist, 'client', path), contents)
}

/** Every file that the build was made from, with its hash. */
function inputsOf(metafile: Metafile, assets: ReadonlySet<string>): Record<string, string> {
  const paths = [...Object.keys(metafile.inputs), ...assets, ...settings]
  return Object.fromEntries(paths.map((path) => [path, hashOf(join(root, path))]))
}

/** A migration that has gone must not stay: the store would be moved by it. */
async function carry(assets: ReadonlySet<string>): Promise<void> {
  const making = join(dist, `.assets-${randomUUID()}`)
  const made = join(dist, 'assets')
  const old = join(dist, `.old-${randomUUID()}`)
  for (const path of assets) await cp(join(root, path), join(making, path), { recursive: true })
  await rename(made, old).catch(() => undefined)
  // Another build may have been faster: what it carried is the same.
  await rename(making, made).catch(() => rm(making, { recursive: true, force: true }))
  await rm(old, { recursive: true, force: true })
}

async function put(path: string, contents: string | Uint8Array): Promise<void> {
  const making = `${path}.${randomUUID()}`
  await mkdir(dirname(path), { recursive: true })
  await writeFile(making, contents)
  await rename(making, path)
}

async function dropOld(folder: string, current: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (current.has(path) || !/\.(js|js\.map|css|svg|txt)$/.test(name)) continue
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs > keptMs) await rm(path)
  }
}

await buildProgram()
