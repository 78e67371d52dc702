import { readFile } from 'node:fs/promises'
import { type AllSettings, BadSettings } from '@straylight/runtime/config'
import type { KafkaLogSettings } from '@straylight/runtime/kafka-log'
import type { Logger } from '@straylight/runtime/logger'

/** The settings of Kafka, with the files they name read. */
export async function kafkaSettings(settings: AllSettings, logger: Logger): Promise<KafkaLogSettings> {
  const sasl = saslOf(settings)
  const ssl = await sslOf(settings)
  return {
    brokers: settings.KAFKA_BROKERS ?? [],
    clientId: settings.KAFKA_CLIENT_ID,
    replicationFactor: settings.KAFKA_REPLICATION_FACTOR,
    log: (level, message, details) => logger[level](details, message),
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
  }
}

function saslOf(settings: AllSettings): KafkaLogSettings['sasl'] {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = settings
  if (mechanism === undefined) return undefined
  if (username === undefined || password === undefined) {
    throw new BadSettings('KAFKA_SASL_MECHANISM is set: expected KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD as well')
  }
  // One literal a mechanism: kafkajs types them apart.
  if (mechanism === 'plain') return { mechanism, username, password }
  if (mechanism === 'scram-sha-256') return { mechanism, username, password }
  return { mechanism, username, password }
}

async function sslOf(settings: AllSettings): Promise<KafkaLogSettings['ssl']> {
  const files = { ca: 'KAFKA_SSL_CA', cert: 'KAFKA_SSL_CERT', key: 'KAFKA_SSL_KEY' } as const
  const read: Record<string, string> = {}
  for (const [part, name] of Object.entries(files)) {
    const path = settings[name]
    if (path !== undefined) read[part] = await pemOf(name, path)
  }
  if (Object.keys(read).length > 0) return read
  return settings.KAFKA_SSL ? true : undefined
}

async function pemOf(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new BadSettings(`${name} is "${path}": expected a PEM file that can be read`, { cause: error })
  }
}
