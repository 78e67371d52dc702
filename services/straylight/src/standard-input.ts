import { spawn } from 'node:child_process'
import { closeSync, constants, createReadStream, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { PassThrough, type Readable } from 'node:stream'
import { isatty } from 'node:tty'

/**
 * Standard input, moved away from descriptor 0. chDB, which runs in this process, takes what waits at descriptor 0 for rows of
 * whatever is inserted: with input on it, inserts fail or swallow lines that belong to the program. `detachStandardInput` gives
 * descriptor 0 to /dev/null before any store opens; `standardInput` reads what stood there.
 */
let detached: (() => Readable) | undefined

/** Call it once, before a store opens. A terminal and /dev/null stay: chDB does not read them. */
export function detachStandardInput(): void {
  const kind = kindOfInput()
  if (kind === undefined) return
  detached = kind === 'socket' ? copiedInput() : reopenedInput(kind)
  closeSync(0)
  // The lowest free descriptor is taken, which is 0.
  openSync('/dev/null', constants.O_RDONLY)
}

/** What the program was given on its standard input. */
export function standardInput(): Readable {
  return detached === undefined ? process.stdin : detached()
}

function kindOfInput(): 'file' | 'pipe' | 'socket' | undefined {
  if (isatty(0)) return undefined
  try {
    const stat = fstatSync(0)
    if (stat.isFile()) return 'file'
    if (stat.isFIFO()) return 'pipe'
    return stat.isSocket() ? 'socket' : undefined
  } catch {
    // Whoever started the program closed it: there is nothing to read, and nothing for chDB to find.
    return undefined
  }
}

function reopenedInput(kind: 'file' | 'pipe'): () => Readable {
  // A pipe whose writer is gone already would make a blocking open wait for another one.
  const fd = openSync('/proc/self/fd/0', constants.O_RDONLY | constants.O_NONBLOCK)
  return () => (kind === 'file' ? createReadStream('', { fd }) : new Socket({ fd, readable: true, writable: false }))
}

/** A socket, as a parent that is a Node program gives it, can't be opened again: a child copies it. */
function copiedInput(): () => Readable {
  const copy = spawn('cat', { stdio: ['inherit', 'pipe', 'ignore'] })
  // Read from the start: what nobody reads when a child ends, Node throws away.
  const input = new PassThrough()
  copy.stdout.pipe(input)
  copy.once('error', (error) => input.destroy(error))
  // It neither keeps the program alive nor outlives it.
  copy.unref()
  const socket = copy.stdout instanceof Socket ? copy.stdout : undefined
  socket?.unref()
  process.once('exit', () => copy.kill())
  return () => {
    socket?.ref()
    return input
  }
}
