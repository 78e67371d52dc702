import { readPolicy } from '@straylight/respond/decide/read-policy'
import type { AllSettings } from '@straylight/runtime/settings/config'
import type { Policy } from '@straylight/schemas/policy'
import { runningConsole } from '../console/console-api.ts'

export interface PolicyInUse {
  readonly policy: Policy
  /** Null: there is no policy file. */
  readonly policyFile: string | null
}

/** The file that STRAYLIGHT_POLICY names; where it names none, that of the program that runs on this data. Null: there is none. */
export async function policyFileInUse(settings: AllSettings): Promise<string | null> {
  return settings.STRAYLIGHT_POLICY ?? (await runningConsole(settings))?.policy_file ?? null
}

/** The policy in that file; without one, the default, which alerts only. Throws `BadPolicy`. */
export async function policyInUse(settings: AllSettings): Promise<PolicyInUse> {
  const policyFile = await policyFileInUse(settings)
  return { policy: await readPolicy(policyFile ?? undefined), policyFile }
}
