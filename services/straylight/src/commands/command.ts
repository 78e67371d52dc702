import { errorText } from '@straylight/schemas/error-text'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { visibleLines } from '@straylight/schemas/visible-text'
import { type Command, CommanderError } from 'commander'

/** Wrong usage, or a file that can't be read at all: exit code 2. The message says what was expected. */
export class WrongUsage extends StraylightError {
  override readonly name = 'WrongUsage'
  override readonly code = 'wrong_usage'
  override readonly exit_code = 2
}

/** How a command speaks: people's text, and with `--json` one object at the end. */
export interface CommandOutput {
  readonly json: boolean
  /** A line for people, names in it escaped: on standard output, or on standard error when `--json` has taken that. */
  say(line: string): void
  /** A line of our own making, with colours. */
  sayInColor(line: string): void
  /** The summary, last of all; written only with `--json`. */
  result(summary: object): void
}

/** What a command does; resolves with the exit code. */
export type Run<Options> = (output: CommandOutput, options: Options, ...operands: string[]) => Promise<number>

interface CommandSpec<Options> {
  readonly usage: string
  readonly summary: string
  readonly configure?: (command: Command) => void
  /** It does work rather than answer a question: where that fails, the exit code is what the failure says. */
  readonly works?: true
  readonly run: Run<Options & { json?: true }>
}

/** What hindered a command from finding its answer, whatever it was: the answer is then not no. */
class NotAsked extends StraylightError {
  override readonly name = 'NotAsked'
  override readonly code = 'not_asked'
  override readonly exit_code = 2
}

function notAsked(cause: unknown): never {
  throw new NotAsked(errorText(cause), { cause })
}

/** A command of the program that takes `--json` and ends with the exit code of `run`. */
export function addCommand<Options extends object>(parent: Command, spec: CommandSpec<Options>): void {
  const command = parent
    .command(spec.usage)
    .description(spec.summary)
    .option('--json', 'end with one JSON object on standard output')
  spec.configure?.(command)
  command.action(async (...received: unknown[]) => {
    // Commander passes the operands in order, then the options, then the command.
    const operands = received.slice(0, -2) as string[]
    const options = command.opts<Options & { json?: true }>()
    const running = spec.run(commandOutput(options.json === true), options, ...operands)
    const code = await (spec.works === true ? running : running.catch(notAsked))
    if (code !== 0) throw new CommanderError(code, 'straylight.exit', '')
  })
}

export function commandOutput(json: boolean): CommandOutput {
  const people = json ? process.stderr : process.stdout
  return {
    json,
    say: (line) => void people.write(`${visibleLines(line)}\n`),
    sayInColor: (line) => void people.write(`${line}\n`),
    result: (summary) => {
      if (json) process.stdout.write(`${JSON.stringify(summary)}\n`)
    },
  }
}
