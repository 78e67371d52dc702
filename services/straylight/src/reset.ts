import { readSettings } from '@straylight/runtime/config'
import { resetDataFolder } from '@straylight/runtime/data-folder'
import { settingParts } from '@straylight/runtime/setting-parts'
import type { Command } from 'commander'
import { addCommand, WrongUsage } from './command.ts'

/** `straylight reset --yes`: start over. Deletes log, store and keys; brokers then need the new public key. */
export function addReset(program: Command): void {
  addCommand<{ yes?: true }>(program, {
    usage: 'reset',
    summary: 'delete the data folder: what was learnt, every alert, and the keys',
    configure: (command) => command.option('--yes', 'really delete it'),
    run: async (output, options) => {
      const folder = readSettings(settingParts.folder).STRAYLIGHT_DATA
      if (options.yes !== true) {
        throw new WrongUsage(
          `This deletes ${folder}, with its signing keys. Say \`straylight reset --yes\` if you mean it.`,
        )
      }
      await resetDataFolder(folder)
      output.say(
        `${folder} is empty. The next start makes new keys: give brokers the new public key (straylight doctor).`,
      )
      output.result({ reset: folder })
      return 0
    },
  })
}
