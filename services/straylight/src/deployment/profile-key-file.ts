import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AllSettings, BadSettings } from '@straylight/runtime/settings/config'

/**
 * The key of the profile keys (SipHash, 32 hex digits): made at first start and kept with the other keys. Whoever knows it
 * can make up names that look familiar to a profile, so it never leaves the deployment.
 */
async function openProfileKey(folder: string): Promise<string> {
  const path = join(folder, 'profile.key')
  // The data folder is this program's alone, so nobody writes between the two.
  const made = randomBytes(16).toString('hex')
  await writeFile(path, `${made}\n`, { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const key = (await readFile(path, 'utf8')).trim()
  if (/^[0-9a-f]{32}$/.test(key)) return key
  throw new Error(
    `${path} does not hold 32 hexadecimal digits. Restore it from a copy: profiles that were learnt can't be read without it.`,
  )
}

/**
 * What a deployment hashes contents with (docs/opentelemetry.md): made from the key of its profile keys. `null`: the deployment wants no such
 * hashes, or this instance of a cluster was given no key.
 */
export async function contentKey(settings: AllSettings, folder: string): Promise<string | null> {
  const isWithout = settings.CLICKHOUSE_URL !== undefined && settings.STRAYLIGHT_PROFILE_KEY === undefined
  return settings.STRAYLIGHT_HASH_CONTENTS && !isWithout ? deploymentProfileKey(settings, folder) : null
}

/**
 * The key of this deployment. Instances of a cluster share one, so there it is a setting: a key of each one's own would
 * make profiles that the others can't read.
 */
export async function deploymentProfileKey(settings: AllSettings, folder: string): Promise<string> {
  if (settings.STRAYLIGHT_PROFILE_KEY !== undefined) return settings.STRAYLIGHT_PROFILE_KEY
  if (settings.CLICKHOUSE_URL === undefined) return openProfileKey(folder)
  throw new BadSettings(
    'Neither STRAYLIGHT_PROFILE_KEY nor STRAYLIGHT_PROFILE_KEY_FILE is set: with CLICKHOUSE_URL, expected 32 hexadecimal digits (`openssl rand -hex 16`), the same for every instance',
  )
}
