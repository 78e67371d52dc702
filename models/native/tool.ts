import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { counted } from '@straylight/schemas/counted'
import { minuteMs } from '@straylight/schemas/duration'
import { StraylightError } from '@straylight/schemas/straylight-error'

const run = promisify(execFile)
/** Far above what any step takes on a slow machine; a registry that accepts and never answers ends here. */
const toolMs = 900_000

/** Native TensorFlow can't be built here. The sentence says what is missing, or which tool failed with which words. */
export class NativeBuildError extends StraylightError {
  override readonly name = 'NativeBuildError'
  override readonly code = 'native_build'
}

/** Runs a tool; its last words become part of the error. */
export async function runTool(command: string, args: readonly string[], options: { cwd: string }): Promise<void> {
  try {
    await run(command, args, { ...options, timeout: toolMs, maxBuffer: 64 << 20 })
  } catch (error) {
    const { stderr = '', killed } = error as { stderr?: string; killed?: boolean }
    const words = stderr.trim().split('\n').slice(-8).join('\n')
    const how = killed
      ? `did not end within ${counted(toolMs / minuteMs, 'minute')}`
      : `failed:\n${words || String(error)}`
    throw new NativeBuildError(`${command} ${args[0]} ${how}`, { cause: error })
  }
}

/** @throws NativeBuildError that lists every tool of `[command, what to install]` that this machine lacks. */
export async function toolsOrThrow(tools: readonly (readonly [command: string, name: string])[]): Promise<void> {
  const found = await Promise.all(tools.map(([command]) => works(command)))
  const missing = tools.filter((_, at) => !found[at]).map(([, name]) => name)
  if (missing.length > 0) throw new NativeBuildError(`missing on this machine: ${missing.join('; ')}`)
}

async function works(command: string): Promise<boolean> {
  // Unzip prints its version for -v, which the others take as well or answer with what they are.
  const flag = command === 'unzip' ? '-v' : '--version'
  return run(command, [flag], { timeout: 30_000 }).then(
    () => true,
    () => false,
  )
}
