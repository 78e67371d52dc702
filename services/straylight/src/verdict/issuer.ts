import { join } from 'node:path'
import { openIssuerKey } from '@straylight/respond/command/signing-keys'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { type CommandOutput, WrongUsage } from '../commands/command.ts'
import { policyFileInUse } from './policy-in-use.ts'

/** `straylight issuer NAME`: the one command that makes the key of somebody who gives verdicts, and says what the policy needs. */
export async function issuer(output: CommandOutput, name: string): Promise<number> {
  if (name.trim() === '') throw new WrongUsage('expected a name, such as operator')
  const settings = readSettings(AllSettings)
  const folder = join(settings.STRAYLIGHT_DATA, 'keys')
  const { publicKey } = await openIssuerKey(folder, name)
  output.say(`The key of ${JSON.stringify(name)} lies in ${folder}. The policy lists it like this:`)
  output.say(issuerLines(name, publicKey.x, ['analyst', 'approver']))
  const policyFile = await policyFileInUse(settings)
  output.say(
    policyFile === null
      ? 'There is no policy file yet: write these lines into one, set STRAYLIGHT_POLICY to it, and restart.'
      : `The policy file is ${policyFile}: restart once it lists them.`,
  )
  output.result({ issuer: name, public_key: publicKey.x, folder })
  return 0
}

/** An issuer as it stands in the policy. */
export function issuerLines(name: string, x: string, roles: readonly string[]): string {
  return `issuers:
  - name: ${JSON.stringify(name)}
    public_key: ${JSON.stringify(x)}
    roles: [${roles.join(', ')}]`
}
