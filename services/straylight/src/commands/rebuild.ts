import { eventsOfOtherKeys, rebuildEvents } from '@straylight/baseline/count/rebuild-events'
import { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { openDataFolder } from '@straylight/runtime/process/data-folder'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { counted } from '@straylight/schemas/counted'
import { openDeploymentStore } from '../deployment/open-deployment.ts'
import { deploymentProfileKey } from '../deployment/profile-key-file.ts'
import { programVersion } from '../program-version.ts'
import type { CommandOutput } from './command.ts'

/** `straylight rebuild`: makes the keys of stored events again where another version of the program made them; done once, it does nothing. */
export async function rebuild(output: CommandOutput): Promise<number> {
  const settings = readSettings(AllSettings)
  const folder = await openDataFolder({ path: settings.STRAYLIGHT_DATA, program: programVersion, now: new Date() })
  try {
    const store = await openDeploymentStore(settings, { existing: true })
    try {
      const due = await eventsOfOtherKeys(store)
      const hasher = new ProfileKeyHasher(await deploymentProfileKey(settings, folder.keys))
      const events = await rebuildEvents(store, hasher, {
        onProgress: (read) => output.say(`${counted(read, 'event')} read, of ${due.toLocaleString('en-US')} due`),
      })
      output.say(
        due === 0
          ? 'Nothing to rebuild: this program made the keys of all stored events.'
          : 'Rebuilt. The next start counts their hours again.',
      )
      output.result({ events_due: due, events_read: events })
      return 0
    } finally {
      await store.close()
    }
  } finally {
    await folder.close()
  }
}
