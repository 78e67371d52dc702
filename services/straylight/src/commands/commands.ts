import { createReadStream } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { NoKey, readCommandKey } from '@straylight/respond/command/signing-keys'
import { verifyCommand } from '@straylight/respond/command/verify-command'
import { readSettings } from '@straylight/runtime/settings/config'
import { settingParts } from '@straylight/runtime/settings/setting-parts'
import { counted } from '@straylight/schemas/counted'
import { errorText } from '@straylight/schemas/error-text'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import { z } from 'zod'
import { standardInput } from '../standard-input.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

/** One line of the file: what it asks for, or why a broker must not obey it. */
interface Verified {
  readonly line: number
  readonly valid: boolean
  readonly id?: string
  readonly action?: string
  readonly agent?: string
  readonly reason?: string
  readonly detail?: string
}

/** `straylight commands verify FILE|-`: the checks that a broker makes before it acts. */
export async function verifyCommands(output: CommandOutput, options: { key?: string }, file = '-'): Promise<number> {
  const key = await keyOf(options.key)
  const verified = await verifyLines(await linesOf(file), key, Date.now())
  report(output, verified)
  if (verified.length === 0) return 2
  return verified.every((command) => command.valid) ? 0 : 1
}

const Key = z.looseObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string().length(43) })
type Key = z.infer<typeof Key>

async function keyOf(given: string | undefined): Promise<Key> {
  if (given === undefined) {
    const { STRAYLIGHT_DATA } = readSettings(settingParts.folder)
    return readCommandKey(join(STRAYLIGHT_DATA, 'keys')).catch((error: unknown) => {
      if (!(error instanceof NoKey)) throw error
      throw new Error(
        `${error.message} Set STRAYLIGHT_DATA to the deployment that signed the commands, or give its public key (\`straylight doctor\` prints it) with --key.`,
        { cause: error },
      )
    })
  }
  try {
    return Key.parse(JSON.parse(given.trimStart().startsWith('{') ? given : await readFile(given, 'utf8')))
  } catch (error) {
    throw new WrongUsage(
      `--key ${given}: expected a public key as JWK, {"kty":"OKP","crv":"Ed25519","x":"…"}, or a file that holds one (${errorText(error).split('\n')[0]})`,
    )
  }
}

async function linesOf(file: string): Promise<AsyncIterable<string>> {
  if (file === '-') return createInterface({ input: standardInput() })
  try {
    await access(file)
  } catch (error) {
    throw new WrongUsage(`Cannot read ${file}: ${errorText(error)}`)
  }
  return createInterface({ input: createReadStream(file) })
}

async function verifyLines(lines: AsyncIterable<string>, key: Key, now: number): Promise<Verified[]> {
  const verified: Verified[] = []
  let line = 0
  for await (const text of lines) {
    line += 1
    if (text.trim() === '') continue
    const check = await verifyCommand(text.trim(), key, now)
    verified.push(check.valid ? { line, valid: true, ...namesOf(check.command) } : { line, ...check })
  }
  return verified
}

function namesOf(command: { id: string; action: string; subject: { tenant_id: string; agent_id: string } }) {
  const { id, action, subject } = command
  return { id, action, agent: partitionKeyOf(subject.tenant_id, subject.agent_id) }
}

function report(output: CommandOutput, verified: readonly Verified[]): void {
  for (const { line, valid, id, action, agent, reason, detail } of verified) {
    output.say(`line ${line}: ${valid ? `${id} ${action} ${agent}` : `not valid, ${reason}: ${detail}`}`)
  }
  const valid = verified.filter((command) => command.valid).length
  output.say(
    verified.length === 0
      ? 'No command found.'
      : `${valid} of ${counted(verified.length, 'command')} ${valid === 1 ? 'is' : 'are'} valid.`,
  )
  output.result({ commands: verified.length, valid, invalid: verified.length - valid, results: verified })
}
