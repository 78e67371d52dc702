import { spawn } from 'node:child_process'

/** How long the process may take to leave: a slow machine closes the engine's threads in a second or two. */
const leaveWithinMs = 3_000

/**
 * Ends the process with this code, whatever its native threads do: `process.exit` waits for a query of chDB that runs, for minutes
 * if need be. So somebody outside kills the process (SIGKILL) when it is still there after
 * three seconds.
 */
export function endProcess(code: number): never {
  const kill = `setTimeout(() => { if (process.ppid === ${process.pid}) process.kill(${process.pid}, 'SIGKILL') }, ${leaveWithinMs})`
  try {
    const guard = spawn(process.execPath, ['-e', kill], { detached: true, stdio: 'ignore', env: {} })
    // Without a guard, for want of memory or processes, the way out may take longer.
    guard.on('error', () => undefined)
    guard.unref()
  } catch {
    // The same: what can't be spawned must not keep anybody from leaving.
  }
  process.exit(code)
}
