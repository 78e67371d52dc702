import { statfs } from 'node:fs/promises'
import { resolve } from 'node:path'
import { LogWriteFailed } from '@straylight/runtime/log-write-failed'
import type { Ending } from '@straylight/runtime/process/lifecycle'
import { errorText } from '@straylight/schemas/error-text'

/** Of a start that failed by itself: its own error says the rest, as a file that is wrong or a folder in use. */
export const startFails = 'the start failed'

/**
 * The error that a program ends with, for the person who reads its last line: what failed and its reason; of a full disk which one
 * it is, how much it has left, and what to do. A start that failed by itself keeps its own words and its exit code.
 */
export async function finalMessage(failure: NonNullable<Ending['failure']>, folder: string): Promise<Error> {
  const { what, error } = failure
  const disk = await diskFailure(error, folder)
  if (disk !== null) return new Error(`${disk.is} (${what}): ${disk.room} ${disk.advice}`, { cause: error })
  if (what === startFails && error instanceof Error) return error
  return new Error(`It stopped because ${what}: ${firstLine(errorText(error))}`, { cause: error })
}

interface DiskFailure {
  readonly is: string
  readonly room: string
  readonly advice: string
}

/** Below so much, a write that fails has failed for want of room, whatever the system calls it. */
const tightBytes = 32 * 2 ** 20

/** What a disk that takes no more is called; null where something else has failed. */
async function diskFailure(error: unknown, folder: string): Promise<DiskFailure | null> {
  const full = isDiskFull(error)
  if (!full && !isWriteFailure(error)) return null
  const { sentence, bytes } = await roomOf(folder)
  if (full || bytes < tightBytes)
    return {
      is: 'The disk is full',
      room: sentence,
      advice: 'Make room, then start again: what was not committed is read again.',
    }
  return {
    is: 'The disk does not take what is written',
    room: `${errorText(error)}. ${sentence}`,
    advice:
      'See to a limit on files (ulimit -f, a quota) and to the disk, then start again: what was not committed is read again.',
  }
}

/** A write that was cut short, or went beyond a limit on the size of files. */
function isWriteFailure(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 5) return false
  if (error instanceof LogWriteFailed || /EFBIG|file too large/i.test(error.message)) return true
  return isWriteFailure(error.cause, depth + 1)
}

const fullCodes = new Set(['ENOSPC', 'EDQUOT', '243', '28', '122'])
/** LMDB and chDB hand on what the system said, some in words alone. */
const fullWords = /no space left|disk quota exceeded|not enough space|MDB_MAP_FULL|mapsize limit/i

/** Whether a write failed for want of room, anywhere among its causes. */
export function isDiskFull(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5) return false
  const { code, message, cause, commitError } = error as Record<string, unknown>
  if (fullCodes.has(String(code)) || (typeof message === 'string' && fullWords.test(message))) return true
  return isDiskFull(cause, depth + 1) || isDiskFull(commitError, depth + 1)
}

async function roomOf(folder: string): Promise<{ sentence: string; bytes: number }> {
  const path = resolve(folder)
  try {
    const { bavail, blocks, bsize } = await statfs(path)
    const bytes = bavail * bsize
    return { sentence: `${megabytes(bytes)} of ${megabytes(blocks * bsize)} are free at ${path}.`, bytes }
  } catch (error) {
    const sentence = `How much is free at ${path} is not known (${errorText(error)}).`
    return { sentence, bytes: Number.POSITIVE_INFINITY }
  }
}

const megabytes = (bytes: number): string =>
  `${(bytes / 2 ** 20).toLocaleString('en-US', { maximumFractionDigits: 1 })} MiB`

const firstLine = (text: string): string => text.split('\n')[0] ?? ''
