import type { Writable } from 'node:stream'
import { endProcess } from '@straylight/runtime/process/end-process'

/**
 * Ends the process without a word once nobody reads what it says any more, as in `straylight explain … | head`: who closed
 * the pipe has what was wanted, so it is no failure. Any other error of the stream stays one.
 */
export function endQuietly(output: Writable): void {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    endProcess(0)
  })
}
