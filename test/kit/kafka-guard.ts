import { spawn } from 'node:child_process'
import { openSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Runs a command and outlives nobody: `node kafka-guard.ts FOLDER COMMAND ARGS…` ends the command and wipes the folder
 * (with what it said, in broker.log) once its standard input closes, which is what happens to a test process however it dies.
 */
const [folder, command, ...args] = process.argv.slice(2)
if (folder === undefined || command === undefined) throw new Error('usage: kafka-guard.ts FOLDER COMMAND ARGS…')

const said = openSync(join(folder, 'broker.log'), 'a')
const child = spawn(command, args, { stdio: ['ignore', said, said] })
const end = (code: number) => {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  process.exit(code)
}
let wanted = false
const stop = () => {
  wanted = true
  child.kill('SIGKILL')
}
child.on('error', () => end(1))
child.on('exit', (code) => (wanted ? end(0) : process.exit(code ?? 1)))
process.stdin.on('end', stop).resume()
// A Ctrl-C reaches the whole group; the test process then closes our input, and that is when to go.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', stop)
