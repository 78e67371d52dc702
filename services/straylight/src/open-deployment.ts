import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { AllSettings } from '@straylight/runtime/config'
import { openEmbeddedLog } from '@straylight/runtime/embedded-log'
import { openKafkaLog } from '@straylight/runtime/kafka-log'
import type { Log } from '@straylight/runtime/log'
import { createLogger, type Logger } from '@straylight/runtime/logger'
import { openStore, type StoreOptions } from '@straylight/runtime/open-store'
import type { Store } from '@straylight/runtime/store'
import { kafkaSettings } from './kafka-settings.ts'

/** The log of this deployment: Kafka where `KAFKA_BROKERS` says so, else the one in the data folder. */
export async function openDeploymentLog(settings: AllSettings, logger: Logger): Promise<Log> {
  if (settings.KAFKA_BROKERS !== undefined) return openKafkaLog(await kafkaSettings(settings, logger))
  return openEmbeddedLog({ directory: join(settings.STRAYLIGHT_DATA, 'log') })
}

/** Its store: a server where `CLICKHOUSE_URL` says so, else chDB in the data folder. Moves tables forward. */
export async function openDeploymentStore(settings: AllSettings, options?: StoreOptions): Promise<Store> {
  if (settings.CLICKHOUSE_URL === undefined)
    return openStore({ directory: join(settings.STRAYLIGHT_DATA, 'store') }, options)
  return openStore(
    {
      url: settings.CLICKHOUSE_URL,
      user: settings.CLICKHOUSE_USER,
      password: settings.CLICKHOUSE_PASSWORD,
      database: settings.CLICKHOUSE_DATABASE,
    },
    options,
  )
}

/**
 * For a command that appends to the log of a deployment, running or not: the embedded log takes records from other
 * processes, so the data folder is not locked for it.
 */
export async function withLog<Result>(settings: AllSettings, use: (log: Log) => Promise<Result>): Promise<Result> {
  if (settings.KAFKA_BROKERS === undefined) await requireLog(join(settings.STRAYLIGHT_DATA, 'log'))
  const log = await openDeploymentLog(settings, commandLogger())
  try {
    return await use(log)
  } finally {
    await log.close()
  }
}

async function requireLog(directory: string): Promise<void> {
  try {
    await access(directory)
  } catch (error) {
    throw new Error(
      `There is no log at ${directory}. Start \`straylight up\` once, or set STRAYLIGHT_DATA or KAFKA_BROKERS to the deployment that you mean.`,
      { cause: error },
    )
  }
}

/** What a short command lets the ground say: warnings only. */
export function commandLogger(): Logger {
  return createLogger({ level: 'warn', readable: process.stderr.isTTY === true })
}
