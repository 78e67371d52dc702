import { access, chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { errorText } from '@straylight/schemas/error-text'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { z } from 'zod'
import { lockFolder } from './folder-lock.ts'

/** The folder can't be used; the message says why and what to do. */
export class BadDataFolder extends StraylightError {
  override readonly name = 'BadDataFolder'
  override readonly code = 'bad_data_folder'
}

/** Everything one deployment keeps on disk. Can be copied while no program holds it. */
export interface DataFolder {
  readonly path: string
  /** The embedded log (LMDB). */
  readonly log: string
  /** The embedded store (chDB). */
  readonly store: string
  /** Signing keys, webhook secrets, the profile key: 0700, files 0600. */
  readonly keys: string
  /** Lets another program in. */
  close(): Promise<void>
}

/** What a folder says about itself. `format` counts up whenever a newer program lays it out differently. */
const Version = z.object({ format: z.number().int().positive(), program: z.string(), made_at: z.string() })

/**
 * Steps from each layout to the next: `upgrades[0]` turns layout 1 into 2. The log's and the store's own contents
 * move forward by themselves (topic versions, SQL migrations); this is for the folder around them.
 */
const upgrades: readonly ((path: string) => Promise<void>)[] = []
const currentFormat = upgrades.length + 1
const made = ['log', 'store', 'keys'] as const
/** `imports`: made where somebody asks the running program to learn files. */
const parts = [...made, 'imports'] as const

/**
 * Opens the folder for this program alone, makes it on first use (0700: it holds keys and what agents did) and moves
 * an older layout forward. Throws `BadDataFolder` when another program holds it or a newer one has written it.
 */
export async function openDataFolder(options: { path: string; program: string; now: Date }): Promise<DataFolder> {
  const path = resolve(options.path)
  await makeFolder(path)
  const unlock = await lockFolder(path).catch((error: unknown) => {
    const reason = errorText(error)
    const sentence = error instanceof Error && 'code' in error ? unwritable(path, reason) : reason
    throw new BadDataFolder(sentence, { cause: error })
  })
  try {
    await bringForward(path, options)
    for (const part of made) await mkdir(join(path, part), { recursive: true, mode: 0o700 })
    return {
      path,
      log: join(path, 'log'),
      store: join(path, 'store'),
      keys: join(path, 'keys'),
      close: unlock,
    }
  } catch (error) {
    await unlock()
    throw error
  }
}

/** Deletes the contents of a data folder, keys included unless they are to be kept. Refuses a folder that is none, and one that is in use. */
export async function resetDataFolder(folder: string, { keepKeys = false } = {}): Promise<void> {
  const path = resolve(folder)
  if (!(await exists(path))) return
  if (!(await exists(join(path, 'version.json'))) && (await readdir(path)).length > 0) {
    throw new BadDataFolder(`${path} has no version.json, so it is not a Straylight data folder: nothing was deleted.`)
  }
  const unlock = await lockFolder(path)
  // version.json goes last: a reset that was cut short still finds a data folder.
  for (const part of parts)
    if (part !== 'keys' || !keepKeys) await rm(join(path, part), { recursive: true, force: true })
  for (const file of ['engines.json', 'engines.json.new', 'log.making', 'store.making'])
    await rm(join(path, file), { force: true })
  await rm(join(path, 'running.json'), { force: true })
  if (!keepKeys) await rm(join(path, 'version.json'), { force: true })
  await unlock()
}

const unwritable = (path: string, reason: string): string =>
  `Cannot write to the data folder ${path}: ${reason}. Let this user write there, or set STRAYLIGHT_DATA to a place that can be written.`

async function makeFolder(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new BadDataFolder(unwritable(path, errorText(error)), { cause: error })
  })
  if (made !== undefined) await chmod(path, 0o700)
}

async function bringForward(path: string, options: { program: string; now: Date }): Promise<void> {
  const found = await readVersion(path)
  if (found === undefined) {
    await refuseForeignFolder(path)
    return writeVersion(path, options)
  }
  if (found.format > currentFormat) {
    throw new BadDataFolder(
      `${path} was written by Straylight ${found.program} (layout ${found.format}); this is ${options.program} and knows layouts up to ${currentFormat}. Run the newer program, or set STRAYLIGHT_DATA to another folder.`,
    )
  }
  if (found.format === currentFormat) return
  for (const upgrade of upgrades.slice(found.format - 1)) await upgrade(path)
  await writeVersion(path, options)
}

async function readVersion(path: string): Promise<z.infer<typeof Version> | undefined> {
  const file = join(path, 'version.json')
  if (!(await exists(file))) return undefined
  try {
    return Version.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    throw new BadDataFolder(
      `${file} can't be read as {"format", "program", "made_at"}. Restore it from a copy, or start over with \`straylight reset --yes\`.`,
      { cause: error },
    )
  }
}

async function writeVersion(path: string, options: { program: string; now: Date }): Promise<void> {
  const version = { format: currentFormat, program: options.program, made_at: options.now.toISOString() }
  const file = join(path, 'version.json')
  await writeFile(`${file}.new`, `${JSON.stringify(version, null, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/** A home directory or a source folder named by mistake must not be filled, nor ever reset. */
async function refuseForeignFolder(path: string): Promise<void> {
  const ours = new Set<string>([...parts, 'lock', 'running.json', 'engines.json'])
  const foreign = (await readdir(path)).filter((entry) => !ours.has(entry) && !entry.startsWith('lock.'))
  if (foreign.length === 0) return
  throw new BadDataFolder(
    `${path} is not empty and has no version.json, so it is not a Straylight data folder. Set STRAYLIGHT_DATA to an empty or new folder.`,
  )
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
