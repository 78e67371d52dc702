import { randomUUID } from 'node:crypto'
import { access, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { BadDataFolder } from '../process/data-folder.ts'
import { wayBack } from '../process/way-back.ts'

/** What a data folder says of the engines in it: another one in its place, or an empty one, is not what was learnt. */
const Identities = z.object({ log: z.string().optional(), store: z.string().optional() })
type Identities = z.infer<typeof Identities>

/** An engine that can hold an id of its own. */
export interface Identified {
  /** Undefined: it holds none, as one that was made just now. */
  read(): Promise<string | undefined>
  write(id: string): Promise<void>
}

/**
 * Ties an embedded engine to its data folder at first sight, by an id that stands in both, and from then on throws `BadDataFolder`
 * when the folder holds another one or an empty one. `adopt`: for whoever only looks and must leave no trace.
 */
export async function holdIdentity(
  folder: string,
  what: keyof Identities,
  engine: Identified,
  { adopt = true }: { adopt?: boolean } = {},
): Promise<void> {
  const known = await readIdentities(folder)
  const found = await engine.read()
  const expected = known[what]
  if (expected !== undefined) {
    if (expected !== found) throw new BadDataFolder(foreignEngineIn(folder, what, found === undefined))
    return
  }
  if (!adopt) return
  const id = found ?? randomUUID()
  // The engine first: a death in between leaves one that the folder takes over at the next start.
  if (found === undefined) await engine.write(id)
  await writeIdentities(folder, { ...known, [what]: id })
}

/**
 * Makes way for an engine whose making was cut short, by a full disk or a death: it holds nothing that was acknowledged to anybody, and may be
 * unreadable. Call before it is opened; the function that it resolves with goes after `holdIdentity`.
 */
export async function beginMaking(folder: string, what: keyof Identities): Promise<() => Promise<void>> {
  const marker = join(folder, `${what}.making`)
  const known = (await readIdentities(folder))[what] !== undefined
  const halfMade = !known && (await exists(marker))
  if (halfMade) await rm(join(folder, what), { recursive: true, force: true })
  const fresh = !known && (await isEmpty(join(folder, what)))
  if (fresh) await writeFile(marker, '', { mode: 0o600 })
  return () => rm(marker, { force: true })
}

async function isEmpty(path: string): Promise<boolean> {
  return (await readdir(path).catch(() => [])).length === 0
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** Has the folder take the next engine that it meets: after one was deleted on purpose. */
export async function forgetIdentity(folder: string, what: keyof Identities): Promise<void> {
  const { [what]: _forgotten, ...rest } = await readIdentities(folder)
  await writeIdentities(folder, rest)
}

/** Name of the file in a data folder. */
export const identityFile = 'engines.json'

async function readIdentities(folder: string): Promise<Identities> {
  const file = join(folder, identityFile)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw error
  })
  try {
    return Identities.parse(JSON.parse(text))
  } catch (error) {
    throw new BadDataFolder(`${file} can't be read as {"log", "store"}. ${wayBack(folder)}`, { cause: error })
  }
}

async function writeIdentities(folder: string, identities: Identities): Promise<void> {
  const file = join(folder, identityFile)
  await writeFile(`${file}.new`, `${JSON.stringify(identities, null, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

function foreignEngineIn(folder: string, what: keyof Identities, empty: boolean): string {
  const how = empty ? 'it is a new, empty one' : 'it is that of another data folder'
  const rebuild =
    what === 'store'
      ? ' Or `straylight reset --yes --store` makes a new store and fills it with what the log still holds.'
      : ''
  return `The ${what} in ${join(folder, what)} is not the one that this data folder had: ${how}. ${wayBack(folder)}${rebuild}`
}
