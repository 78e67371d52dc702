import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import type { Log } from '@straylight/runtime/log/log'
import { BadDataFolder } from '@straylight/runtime/process/data-folder'
import { createLogger, type Logger } from '@straylight/runtime/process/logger'
import { wayBack } from '@straylight/runtime/process/way-back'
import type { AllSettings } from '@straylight/runtime/settings/config'
import { beginMaking, holdIdentity } from '@straylight/runtime/store/engine-identity'
import { openStore, type StoreOptions } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { brokenParts, storeIdentity } from '@straylight/runtime/store/store-identity'
import { kafkaSettings } from './kafka-settings.ts'
import { findRunning } from './running-program.ts'

/**
 * Whether what is missing is made. A start makes it, once; a command that looks into a deployment leaves no trace in a folder that is
 * none, and takes nothing that was emptied for what was there.
 */
export interface Existing {
  readonly existing?: boolean
}

/** The log of this deployment: Kafka where `KAFKA_BROKERS` says so, else the one in the data folder. */
export async function openDeploymentLog(settings: AllSettings, logger: Logger, options: Existing = {}): Promise<Log> {
  if (settings.KAFKA_BROKERS !== undefined) {
    // Its client is not loaded where there are no brokers: it would cost every start a tenth of a second.
    const { openKafkaLog } = await import('@straylight/runtime/kafka/kafka-log')
    return openKafkaLog(await kafkaSettings(settings, logger))
  }
  const { STRAYLIGHT_DATA: folder } = settings
  const { existing = false } = options
  if (existing) await require(join(folder, 'log', 'data.mdb'), `There is no log at ${join(folder, 'log')}.`)
  const made = existing ? nothingMade : await beginMaking(folder, 'log')
  const log = await openEmbeddedLog({ directory: join(folder, 'log') })
  return checked(log, async () => {
    await holdIdentity(folder, 'log', log.identity, { adopt: !existing })
    await made()
  })
}

/** Its store: a server where `CLICKHOUSE_URL` says so, else chDB in the data folder. Moves tables forward. */
export async function openDeploymentStore(
  settings: AllSettings,
  options: StoreOptions & Existing = {},
): Promise<Store> {
  const { existing = false, ...storeOptions } = options
  if (settings.CLICKHOUSE_URL !== undefined) return openServer(settings, storeOptions)
  const { STRAYLIGHT_DATA: folder } = settings
  const directory = join(folder, 'store')
  if (existing) await requireFreeStore(folder, directory)
  const made = existing ? nothingMade : await beginMaking(folder, 'store')
  const store = await openStore({ directory }, storeOptions)
  return checked(store, async () => {
    // First: a part that can't be read may be the one that holds the identity.
    await refuseBroken(store, folder)
    await holdIdentity(folder, 'store', storeIdentity(store), { adopt: !existing })
    await made()
  })
}

/** A store takes one program: what chDB says of a second one reads like damage. */
async function requireFreeStore(folder: string, directory: string): Promise<void> {
  await require(join(directory, 'metadata'), `There is no store at ${directory}.`)
  const running = await findRunning(folder)
  if (running === undefined) return
  throw new BadDataFolder(
    `${folder} is in use by process ${running.pid}, and its store takes one program. Stop it first, or set STRAYLIGHT_DATA to a copy.`,
  )
}

const nothingMade = async (): Promise<void> => undefined

function openServer(settings: AllSettings, options: StoreOptions): Promise<Store> {
  return openStore(
    {
      url: settings.CLICKHOUSE_URL ?? '',
      user: settings.CLICKHOUSE_USER,
      password: settings.CLICKHOUSE_PASSWORD,
      database: settings.CLICKHOUSE_DATABASE,
    },
    options,
  )
}

/** The engine puts aside what it can't read and goes on as if it had never been: profiles would be too young, and nobody would know. */
async function refuseBroken(store: Store, folder: string): Promise<void> {
  const broken = await store.query(brokenParts, {})
  if (broken.length === 0) return
  const tables = broken.map(({ table, parts }) => `${table} (${parts} of its parts)`).join(', ')
  throw new BadDataFolder(
    `The store in ${join(folder, 'store')} is damaged: rows of ${tables} can't be read. ${wayBack(folder)} Or \`straylight reset --yes --store\` makes a new store and fills it with what the log still holds.`,
  )
}

async function checked<Engine extends { close(): Promise<void> }>(
  engine: Engine,
  check: () => Promise<void>,
): Promise<Engine> {
  try {
    await check()
    return engine
  } catch (error) {
    await engine.close()
    throw error
  }
}

/**
 * For a command that appends to the log of a deployment, running or not: the embedded log takes records from other
 * processes, so the data folder is not locked for it.
 */
export async function withLog<Result>(settings: AllSettings, use: (log: Log) => Promise<Result>): Promise<Result> {
  const log = await openDeploymentLog(settings, commandLogger(), { existing: true })
  try {
    return await use(log)
  } finally {
    await log.close()
  }
}

async function require(path: string, missing: string): Promise<void> {
  try {
    await access(path)
  } catch (error) {
    throw new Error(
      `${missing} Start \`straylight up\` once, or set STRAYLIGHT_DATA (or KAFKA_BROKERS, CLICKHOUSE_URL) to the deployment that you mean.`,
      { cause: error },
    )
  }
}

/** What a short command lets the ground say: warnings only. */
export function commandLogger(): Logger {
  return createLogger({ level: 'warn', readable: process.stderr.isTTY === true })
}
