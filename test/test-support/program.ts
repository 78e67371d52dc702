import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { builtProgram } from './built-program.ts'
import { patienceMs } from './patience.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** `straylight up` in a process of its own. */
export interface Program {
  /** Of /healthz and POST /v1/events; resolves when it is up, rejects with its own words when it ends instead. */
  readonly url: Promise<string>
  /** Of its process, to see what it costs. */
  readonly pid: number | undefined
  /** What it said so far, JSON lines. */
  said(): string
  kill(): Promise<void>
  /** Resolves with its exit code, or with the signal's name, when it has ended by itself or otherwise. */
  readonly ended: Promise<number | NodeJS.Signals | null>
  signal(name: NodeJS.Signals): void
  /** Asks it to stop; its exit code. */
  stop(): Promise<number | null>
}

/** Starts it with these settings and none of the surroundings', `nodeFlags` before all others. It dies with this process. */
export function startProgram(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
  nodeFlags: readonly string[] = [],
): Program {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(STRAYLIGHT|KAFKA|CLICKHOUSE)_/.test(name))
  const child = spawn(process.execPath, [...nodeFlags, builtProgram, ...args], {
    cwd: root,
    env: { ...Object.fromEntries(inherited), STRAYLIGHT_PORT: '0', ...settings },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const orphaned = () => child.kill('SIGKILL')
  process.once('exit', orphaned)
  let text = ''
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk
  })
  const url = urlOf(child, () => text)
  // A program that is killed before it was up is nobody's error unless somebody waits for it.
  url.catch(() => undefined)
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal))
  })
  const end = async (signal: NodeJS.Signals) => {
    process.off('exit', orphaned)
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    child.kill(signal)
    return ((await once(child, 'exit')) as [number | null])[0]
  }
  return {
    url,
    pid: child.pid,
    said: () => text,
    ended,
    signal: (name) => void child.kill(name),
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  }
}

async function urlOf(child: ChildProcess, said: () => string): Promise<string> {
  for (;;) {
    const url = /"url":"([^"]+)"/.exec(said())?.[1]
    if (url !== undefined) return url
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`it ended with ${child.exitCode ?? child.signalCode}: ${said().slice(-3000)}`)
    await sleep(20)
  }
}

/** Asks again until it holds, and throws what was waited for when it does not within the bound. */
export async function until(what: string, holds: () => Promise<boolean>, withinMs = patienceMs): Promise<void> {
  for (const deadline = performance.now() + withinMs; !(await holds()); await sleep(20)) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`)
  }
}
