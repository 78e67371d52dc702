import { visibleLines } from '@straylight/schemas/visible-text'
import { CommanderError } from 'commander'
import { createProgram } from './commands/program.ts'
import { endQuietly } from './end-quietly.ts'

/** Errors whose message says which variable, file or operand was wrong. By name: not every command loads every reader. */
const wrongInput = new Set([
  'WrongUsage',
  'BadSettings',
  'BadPolicy',
  'BadRegistry',
  'BadFile',
  'InputError',
  'ModelError',
])

endQuietly(process.stdout)
endQuietly(process.stderr)

// Exit codes: 0 done, 1 failed, 2 wrong usage or a file that can't be read at all.
process.exitCode = await exitCodeOf(createProgram().parseAsync(process.argv))

async function exitCodeOf(run: Promise<unknown>): Promise<number> {
  try {
    await run
    return 0
  } catch (error) {
    // Commander has said itself what was wrong with the usage.
    if (error instanceof CommanderError)
      return error.code === 'straylight.exit' || error.exitCode === 0 ? error.exitCode : 2
    process.stderr.write(`${visibleLines(error instanceof Error ? error.message : String(error))}\n`)
    return error instanceof Error && wrongInput.has(error.name) ? 2 : 1
  }
}
