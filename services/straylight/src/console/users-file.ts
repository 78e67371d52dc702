import { join } from 'node:path'
import type { AllSettings } from '@straylight/runtime/settings/config'

/** Where the console's users stand. */
export const usersFileOf = (settings: Pick<AllSettings, 'STRAYLIGHT_CONSOLE_USERS'>, keys: string): string =>
  settings.STRAYLIGHT_CONSOLE_USERS ?? join(keys, 'users.json')
