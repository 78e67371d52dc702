import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A front in a process of its own. */
export interface ForkedFront {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

/** Starts it on a folder, with flags of Node's beside those of this process; `nice`: how far it gives way to others. */
export async function forkFront(folder: string, flags: readonly string[] = [], nice = 0): Promise<ForkedFront> {
  const script = fileURLToPath(new URL('clickhouse-front-process.ts', import.meta.url))
  const child = fork(script, [folder, String(nice)], {
    stdio: ['ignore', 2, 2, 'ipc'],
    execArgv: [...process.execArgv, ...flags],
  })
  const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [{ url?: string } | number]
  if (typeof message !== 'object' || message?.url === undefined) throw new Error('the store ended at its start')
  const stop = async () => {
    if (child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.disconnect()
    await ended
  }
  return { url: message.url, pid: child.pid ?? -1, stop }
}
