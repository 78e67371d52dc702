import { type ChildProcess, spawn } from 'node:child_process'
import { openSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Runs a command and outlives nobody: `node kafka-guard.ts FOLDER COMMAND ARGS…` ends the command and wipes the folder
 * (with what it said, in broker.log) once its standard input closes, which is what happens to a test process however it
 * dies. A line `crash` kills the command and starts it anew, on the data it left; `pause` stops it where it stands (SIGSTOP),
 * `continue` lets it go on.
 */
const [folder, command, ...args] = process.argv.slice(2)
if (folder === undefined || command === undefined) throw new Error('usage: kafka-guard.ts FOLDER COMMAND ARGS…')
const said = openSync(join(folder, 'broker.log'), 'a')
let wanted: 'run' | 'restart' | 'end' = 'run'
let child = start(command)

function start(program: string): ChildProcess {
  wanted = 'run'
  const started = spawn(program, args, { stdio: ['ignore', said, said] })
  started.on('error', () => end(1))
  started.on('exit', (code) => {
    if (wanted === 'restart') child = start(program)
    else if (wanted === 'end') end(0)
    else process.exit(code ?? 1)
  })
  return started
}

function kill(then: 'restart' | 'end'): void {
  wanted = then
  child.kill('SIGKILL')
}

function end(code: number): never {
  rmSync(folder ?? '', { recursive: true, force: true, maxRetries: 5 })
  process.exit(code)
}

process.stdin.on('data', (lines: Buffer) => {
  for (const line of lines.toString().split('\n')) {
    if (line === 'crash') kill('restart')
    else if (line === 'pause') child.kill('SIGSTOP')
    else if (line === 'continue') child.kill('SIGCONT')
  }
})
process.stdin.on('end', () => kill('end'))
// A Ctrl-C reaches the whole group; the test process then closes our input, and that is when to go.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => kill('end'))
