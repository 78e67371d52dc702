import { access, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorText } from '@straylight/schemas/error-text'
import { checkLmdb, DamagedLmdb } from '../embedded/check-lmdb.ts'
import { openTables, type Tables } from '../embedded/embedded-tables.ts'
import { BadDataFolder } from './data-folder.ts'
import { wayBack } from './way-back.ts'

/**
 * Opens LMDB on a folder after reading its file from end to end, since LMDB meets damage with a signal or an empty table. A file that
 * stands as it was closed is not read again. Throws `BadDataFolder` with the folder, what is wrong and the way back.
 */
export async function openWhole(directory: string, durable: boolean): Promise<Tables> {
  const file = join(directory, 'data.mdb')
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await tryRoom(directory)
    if ((await isThere(file)) && !(await isAsClosed(directory))) await checkLmdb(file)
    return openTables(directory, durable)
  } catch (error) {
    throw refusal(directory, error)
  }
}

/** LMDB ends the process with a signal where the file of its locks finds no room. */
const roomBytes = 256 * 1024

async function tryRoom(directory: string): Promise<void> {
  const file = join(directory, `room.${process.pid}`)
  try {
    await writeFile(file, Buffer.alloc(roomBytes), { mode: 0o600 })
  } finally {
    await rm(file, { force: true })
  }
}

/** Notes how the file was closed: a file of another size or time has been written since, and is read before it is opened. */
export async function markWhole(directory: string): Promise<void> {
  const found = await stampOf(directory)
  // Without the note the next start takes longer, no more.
  if (found !== undefined) await writeFile(join(directory, noteFile), found, { mode: 0o600 }).catch(() => undefined)
}

const noteFile = 'closed.json'

async function isAsClosed(directory: string): Promise<boolean> {
  const note = await readFile(join(directory, noteFile), 'utf8').catch(() => undefined)
  return note !== undefined && note === (await stampOf(directory))
}

async function stampOf(directory: string): Promise<string | undefined> {
  const found = await stat(join(directory, 'data.mdb'), { bigint: true }).catch(() => undefined)
  if (found === undefined) return undefined
  return JSON.stringify({ bytes: `${found.size}`, changed_ns: `${found.mtimeNs}` })
}

function refusal(directory: string, error: unknown): Error {
  const folder = dirname(directory)
  const reason = errorText(error)
  if (error instanceof DamagedLmdb)
    return new BadDataFolder(`The log in ${directory} is damaged: ${reason}. ${wayBack(folder)}`, { cause: error })
  // A full disk is reported as such by whoever ends the program, from the cause.
  const advice = /EACCES|EPERM|EROFS|permission|not permitted|read-only/i.test(reason) ? rights : wayBack(folder)
  return new BadDataFolder(`The log in ${directory} can't be opened: ${reason}. ${advice}`, { cause: error })
}

const rights = 'Let this user read and write everything in the data folder, or set STRAYLIGHT_DATA to another one.'

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )
