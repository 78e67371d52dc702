import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { lockFolder } from '@straylight/runtime/process/folder-lock'
import { errorText } from '@straylight/schemas/error-text'

/**
 * The clients that people deploy with, built from their sources as the Go module proxy has them: their makers publish no
 * binaries to a package registry. Both are Apache-2.0.
 */
const goTools = {
  helm: { module: 'helm.sh/helm/v4', version: 'v4.3.1', command: 'helm.sh/helm/v4/cmd/helm' },
  'docker-compose': {
    module: 'github.com/docker/compose/v5',
    version: 'v5.5.1',
    command: 'github.com/docker/compose/v5/cmd',
  },
} as const

const run = promisify(execFile)
const buildMs = 1_200_000

/** Rendering a chart needs no fast program: without optimising and debug tables a build takes two thirds of the processor. */
const quickly = ['-gcflags=all=-N -l', '-ldflags=-s -w']

/**
 * The path of a tool, built once with the machine's own Go and kept; else why there is none. Who asks while it is being built waits, in this
 * process or another: two builds at once would each compile what they
 * share.
 */
export async function goTool(name: keyof typeof goTools): Promise<{ path: string } | { absent: string }> {
  const { module, version } = goTools[name]
  const cache = process.env.STRAYLIGHT_TEST_CACHE ?? join(homedir(), '.cache', 'straylight')
  const path = join(cache, `${name}-${version}`)
  try {
    const unlock = await whenAlone(join(cache, 'building'))
    try {
      if (!(await exists(path))) await build(name, path)
    } finally {
      await unlock()
    }
    return { path }
  } catch (error) {
    const said = errorText(error)
    return { absent: `Go did not bring ${module} ${version}: ${said.slice(0, 1000)}` }
  }
}

/** Waits as long as a build may take; a builder that was killed holds nothing. */
async function whenAlone(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true })
  const until = Date.now() + buildMs
  for (;;) {
    try {
      return await lockFolder(folder)
    } catch (error) {
      if (Date.now() > until) throw error
      await sleep(500)
    }
  }
}

async function build(name: keyof typeof goTools, path: string): Promise<void> {
  const { version, command } = goTools[name]
  const work = await mkdtemp(join(tmpdir(), 'straylight-go-'))
  const go = (...args: string[]) => run('go', args, { cwd: work, timeout: buildMs, maxBuffer: 2 ** 26 })
  try {
    // A module of our own that needs the tool's: `go install` refuses modules that exclude versions of others.
    await go('mod', 'init', 'straylight.test/tool')
    await go('get', `${command}@${version}`)
    const built = `${path}.${process.pid}`
    await go('build', ...quickly, '-o', built, command)
    await rename(built, path)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
