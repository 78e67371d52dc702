import { errorText } from '@straylight/schemas/error-text'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { visibleLines } from '@straylight/schemas/visible-text'
import { CommanderError } from 'commander'
import { createProgram } from './commands/program.ts'
import { endQuietly } from './end-quietly.ts'
import { detachStandardInput } from './standard-input.ts'

detachStandardInput()
endQuietly(process.stdout)
endQuietly(process.stderr)

// Exit codes stand in docs/operate.md.
process.exitCode = await exitCodeOf(createProgram().parseAsync(process.argv))

async function exitCodeOf(run: Promise<unknown>): Promise<number> {
  try {
    await run
    return 0
  } catch (error) {
    // Commander has said itself what was wrong with the usage.
    if (error instanceof CommanderError)
      return error.code === 'straylight.exit' || error.exitCode === 0 ? error.exitCode : 2
    process.stderr.write(`${visibleLines(errorText(error))}\n`)
    return error instanceof StraylightError ? error.exit_code : 1
  }
}
