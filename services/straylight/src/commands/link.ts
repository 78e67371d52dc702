import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { askRunning, runningConsole } from '../console/console-api.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

/** `straylight link`: a new link that opens the console of this deployment, signed in, once. */
export async function link(output: CommandOutput): Promise<number> {
  const settings = readSettings(AllSettings)
  const access = await runningConsole(settings)
  if (access === undefined) {
    throw new WrongUsage(
      `No console runs on ${settings.STRAYLIGHT_DATA}. Start \`straylight up\`, or set STRAYLIGHT_DATA to the deployment that you mean.`,
    )
  }
  const { url, valid_until } = await askRunning(access, settings, { name: 'newLink' })
  output.say(`Open this once, before ${new Date(valid_until).toISOString()}: ${url}`)
  output.result({ url, valid_until })
  return 0
}
