import { refuseOtherKeys } from '@straylight/baseline/count/rebuild-events'
import { type Baseline, type BaselineOptions, createBaseline } from '@straylight/baseline/create-baseline'
import { pastMaxima } from '@straylight/baseline/profiles/past-maxima'
import type { Log } from '@straylight/runtime/log/log'
import type { AllSettings } from '@straylight/runtime/settings/config'
import type { Store } from '@straylight/runtime/store/store'
import type { DeploymentFiles } from './deployment-files.ts'
import { learntAsAsked } from './learnt-as-asked.ts'
import { deploymentProfileKey } from './profile-key-file.ts'

/** The stage that learns, as the settings and files of a deployment say. `keys`: the folder of the deployment's keys. */
export async function deploymentBaseline(
  of: Pick<DeploymentFiles, 'policy' | 'registry' | 'model'> & {
    readonly log: Log
    readonly store: Store
    readonly settings: AllSettings
    readonly keys: string
    readonly onFault?: BaselineOptions['onFault']
  },
): Promise<Baseline> {
  const { log, store, registry, model, policy, settings, keys, onFault } = of
  await refuseOtherKeys(store)
  return createBaseline({
    log,
    store,
    ...learntAsAsked({ registry, model, policy }),
    profileKey: await deploymentProfileKey(settings, keys),
    now: Date.now,
    finishProfiles: pastMaxima(store),
    ...(onFault === undefined ? {} : { onFault }),
  })
}
