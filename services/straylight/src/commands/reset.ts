import { rm } from 'node:fs/promises'
import type { Log } from '@straylight/runtime/log/log'
import { openDataFolder, resetDataFolder } from '@straylight/runtime/process/data-folder'
import { consumerGroupOf } from '@straylight/runtime/process/run-stage'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { forgetIdentity } from '@straylight/runtime/store/engine-identity'
import { topics } from '@straylight/schemas/topics'
import { commandLogger, openDeploymentLog } from '../deployment/open-deployment.ts'
import { stageTopics } from '../deployment/stage-rights.ts'
import { programVersion } from '../program-version.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

export interface ResetOptions {
  readonly yes?: true
  readonly keepKeys?: true
  readonly store?: true
}

/** `straylight reset --yes`: start over. Deletes log, store and keys; brokers then need the new public key. */
export async function reset(output: CommandOutput, options: ResetOptions): Promise<number> {
  const settings = readSettings(AllSettings)
  const folder = settings.STRAYLIGHT_DATA
  if (options.yes !== true) throw new WrongUsage(warning(folder, options))
  if (options.store === true) await resetStore(settings)
  else await resetDataFolder(folder, { keepKeys: options.keepKeys === true })
  output.say(whatNow(folder, options))
  output.result({ reset: folder, kept: kept(options) })
  return 0
}

function kept({ keepKeys, store }: ResetOptions): string[] {
  if (store === true) return ['log', 'keys']
  return keepKeys === true ? ['keys'] : []
}

function warning(folder: string, options: ResetOptions): string {
  if (options.store === true)
    return `This deletes the store in ${folder}. Say \`straylight reset --yes --store\` if you mean it.`
  if (options.keepKeys === true)
    return `This deletes the log and the store in ${folder}. Say \`straylight reset --yes --keep-keys\` if you mean it.`
  return `This deletes ${folder}, with its signing keys. Say \`straylight reset --yes\` if you mean it.`
}

function whatNow(folder: string, options: ResetOptions): string {
  if (options.store === true)
    return `The store in ${folder} is gone. The next start fills a new one with what the log still holds.`
  if (options.keepKeys === true) return `${folder} holds its keys alone. The next start begins to learn anew.`
  return `${folder} is empty. The next start makes new keys: give brokers the new public key (straylight doctor).`
}

/** Baseline reads again all that the log holds, and score what it needs: without checkpoints it begins at the beginning. */
async function resetStore(settings: AllSettings): Promise<void> {
  if (settings.CLICKHOUSE_URL !== undefined || settings.KAFKA_BROKERS !== undefined)
    throw new WrongUsage('--store is for a log and a store in the data folder; unset CLICKHOUSE_URL and KAFKA_BROKERS')
  const folder = await openDataFolder({ path: settings.STRAYLIGHT_DATA, program: programVersion, now: new Date() })
  try {
    const log = await openDeploymentLog(settings, commandLogger(), { existing: true })
    await rm(folder.store, { recursive: true, force: true })
    await forgetIdentity(folder.path, 'store')
    await rewindBaseline(log).finally(() => log.close())
  } finally {
    await folder.close()
  }
}

async function rewindBaseline(log: Log): Promise<void> {
  const names = stageTopics.baseline.consumes.map((name) => topics[name].name)
  const consumer = await log.subscribe({ group: consumerGroupOf({ name: 'baseline' }), topics: names })
  const { assigned } = await consumer.poll({ recordsMax: 1, waitMs: 0 })
  await consumer.commit(assigned.map((place) => ({ ...place, offset: 0 })))
  await consumer.close()
}
