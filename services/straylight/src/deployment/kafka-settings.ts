import { readFile } from 'node:fs/promises'
import type { KafkaLogSettings } from '@straylight/runtime/kafka/kafka-log'
import { tokenSource } from '@straylight/runtime/kafka/oauth-token'
import type { Logger } from '@straylight/runtime/process/logger'
import { type AllSettings, BadSettings } from '@straylight/runtime/settings/config'
import { namedFile } from '@straylight/runtime/settings/read-secret-files'

/** The settings of Kafka, with the files they name read. */
export async function kafkaSettings(settings: AllSettings, logger: Logger): Promise<KafkaLogSettings> {
  const sasl = await saslOf(settings)
  const ssl = await sslOf(settings)
  if (ssl === undefined && (sasl?.mechanism === 'plain' || sasl?.mechanism === 'oauthbearer')) {
    logger.warn(`${sasl.mechanism} without TLS shows everybody on the way what it signs in with: set KAFKA_SSL`)
  }
  return {
    brokers: settings.KAFKA_BROKERS ?? [],
    clientId: settings.KAFKA_CLIENT_ID,
    replicationFactor: settings.KAFKA_REPLICATION_FACTOR,
    minInSyncReplicas: settings.KAFKA_MIN_INSYNC_REPLICAS,
    sessionTimeoutMs: settings.KAFKA_SESSION_TIMEOUT_MS,
    log: (level, message, details) => logger[level](details, message),
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
  }
}

async function saslOf(settings: AllSettings): Promise<KafkaLogSettings['sasl']> {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username } = settings
  if (mechanism === undefined) return undefined
  if (mechanism === 'oauthbearer') return { mechanism, oauthBearerProvider: await bearerProvider(settings) }
  const password = settings.KAFKA_SASL_PASSWORD
  if (username === undefined || password === undefined) {
    throw new BadSettings(
      `KAFKA_SASL_MECHANISM is "${mechanism}": expected KAFKA_SASL_USERNAME, and KAFKA_SASL_PASSWORD or KAFKA_SASL_PASSWORD_FILE, as well`,
    )
  }
  // One literal a mechanism: kafkajs types them apart.
  if (mechanism === 'plain') return { mechanism, username, password }
  if (mechanism === 'scram-sha-256') return { mechanism, username, password }
  return { mechanism, username, password }
}

async function bearerProvider(settings: AllSettings): Promise<() => Promise<{ value: string }>> {
  const { KAFKA_OAUTH_TOKEN_FILE: path, KAFKA_OAUTH_TOKEN_URL: tokenUrl, KAFKA_OAUTH_SCOPE: scope } = settings
  if ((path === undefined) === (tokenUrl === undefined)) {
    throw new BadSettings(
      'KAFKA_SASL_MECHANISM is "oauthbearer": expected either KAFKA_OAUTH_TOKEN_FILE or KAFKA_OAUTH_TOKEN_URL as well',
    )
  }
  if (path !== undefined) {
    await textOf('KAFKA_OAUTH_TOKEN_FILE', path)
    return async () => ({ value: await textOf('KAFKA_OAUTH_TOKEN_FILE', path) })
  }
  const clientId = settings.KAFKA_OAUTH_CLIENT_ID
  const clientSecret = settings.KAFKA_OAUTH_CLIENT_SECRET
  if (tokenUrl === undefined || clientId === undefined || clientSecret === undefined) {
    throw new BadSettings(
      'KAFKA_OAUTH_TOKEN_URL is set: expected KAFKA_OAUTH_CLIENT_ID, and KAFKA_OAUTH_CLIENT_SECRET or KAFKA_OAUTH_CLIENT_SECRET_FILE, as well',
    )
  }
  const timeoutMs = settings.KAFKA_OAUTH_TIMEOUT_MS
  const source = tokenSource({ tokenUrl, clientId, clientSecret, timeoutMs, ...(scope === undefined ? {} : { scope }) })
  return async () => ({ value: await source() })
}

async function sslOf(settings: AllSettings): Promise<KafkaLogSettings['ssl']> {
  const files = { ca: 'KAFKA_SSL_CA', cert: 'KAFKA_SSL_CERT', key: 'KAFKA_SSL_KEY' } as const
  if ((settings.KAFKA_SSL_CERT === undefined) !== (settings.KAFKA_SSL_KEY === undefined)) {
    throw new BadSettings('KAFKA_SSL_CERT and KAFKA_SSL_KEY belong together: expected both, or neither')
  }
  const read: Record<string, string> = {}
  for (const [part, name] of Object.entries(files)) {
    const path = settings[name]
    if (path !== undefined) read[part] = await textOf(name, path)
  }
  if (Object.keys(read).length > 0) return read
  return settings.KAFKA_SSL ? true : undefined
}

/** Text of a file, without the line end that editors leave. What a setting names is shown only where it is a path. */
async function textOf(name: string, path: string): Promise<string> {
  // The error itself is left out: it repeats what the setting says.
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) throw new BadSettings(`${name} ${namedFile(path)}: expected a file that can be read`)
  if (text.trim() !== '') return text.trim()
  throw new BadSettings(`${name} ${namedFile(path)}: expected a file that is not empty`)
}
