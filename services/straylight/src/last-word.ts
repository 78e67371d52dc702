import { statfs } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Ending } from '@straylight/runtime/lifecycle'
import { reasonOf } from './command.ts'

/**
 * The error that a program ends with, for the person who reads its last line: what failed and its reason; of a full disk which one
 * it is, how much it has left, and what to do. A start that failed by itself keeps its own words and its exit code.
 */
export async function lastWord(failure: NonNullable<Ending['failure']>, folder: string): Promise<Error> {
  const { what, error } = failure
  if (isDiskFull(error)) {
    const advice = 'Make room, then start again: what was not committed is read again.'
    return new Error(`The disk is full (${what}): ${await roomOf(folder)} ${advice}`, { cause: error })
  }
  if (what === 'the start failed' && error instanceof Error) return error
  return new Error(`It stopped because ${what}: ${firstLine(reasonOf(error))}`, { cause: error })
}

const fullCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', '243', '28', '122', '27'])
/** LMDB and chDB hand on what the system said, some in words alone. */
const fullWords = /no space left|disk quota exceeded|file too large|not enough space|MDB_MAP_FULL|mapsize limit/i

/** Whether a write failed for want of room, anywhere among its causes. */
export function isDiskFull(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5) return false
  const { code, message, cause, commitError } = error as Record<string, unknown>
  if (fullCodes.has(String(code)) || (typeof message === 'string' && fullWords.test(message))) return true
  return isDiskFull(cause, depth + 1) || isDiskFull(commitError, depth + 1)
}

async function roomOf(folder: string): Promise<string> {
  const path = resolve(folder)
  try {
    const { bavail, blocks, bsize } = await statfs(path)
    return `${megabytes(bavail * bsize)} of ${megabytes(blocks * bsize)} are free at ${path}.`
  } catch (error) {
    return `how much is free at ${path} can't be told (${reasonOf(error)}).`
  }
}

const megabytes = (bytes: number): string =>
  `${(bytes / 2 ** 20).toLocaleString('en-US', { maximumFractionDigits: 1 })} MiB`

const firstLine = (text: string): string => text.split('\n')[0] ?? ''
