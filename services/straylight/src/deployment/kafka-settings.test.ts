import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createLogger } from '@straylight/runtime/process/logger'
import { AllSettings, BadSettings, readSettings } from '@straylight/runtime/settings/config'
import { kafkaSettings } from './kafka-settings.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-kafka-settings-'))
})
after(() => rm(folder, { recursive: true, force: true }))

const logger = createLogger({ level: 'silent', readable: false })
const read = async (environment: Record<string, string>) =>
  kafkaSettings(readSettings(AllSettings, { KAFKA_BROKERS: 'a:9092', ...environment }), logger)

async function fileWith(text: string): Promise<string> {
  const path = join(folder, String(Math.abs(hash(text))))
  await writeFile(path, text)
  return path
}
const hash = (text: string) => [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 7)

test('nothing set: no TLS, nobody signs in, two of three copies must have a record', async () => {
  const { ssl, sasl, replicationFactor, minInSyncReplicas } = await read({})
  assert.deepEqual(
    { ssl, sasl, replicationFactor, minInSyncReplicas },
    { ssl: undefined, sasl: undefined, replicationFactor: 3, minInSyncReplicas: 2 },
  )
})

test('a password comes from its variable or from a file, without the line end', async () => {
  const base = { KAFKA_SASL_MECHANISM: 'scram-sha-512', KAFKA_SASL_USERNAME: 'ingest' }
  const expected = { mechanism: 'scram-sha-512', username: 'ingest', password: 'hunter2' }
  assert.deepEqual((await read({ ...base, KAFKA_SASL_PASSWORD: 'hunter2' })).sasl, expected)
  assert.deepEqual((await read({ ...base, KAFKA_SASL_PASSWORD_FILE: await fileWith('hunter2\n') })).sasl, expected)
})

test('a token is read from its file at each sign-in', async () => {
  const path = await fileWith('one')
  const { sasl } = await read({ KAFKA_SASL_MECHANISM: 'oauthbearer', KAFKA_OAUTH_TOKEN_FILE: path })
  assert.ok(sasl?.mechanism === 'oauthbearer')
  assert.deepEqual(await sasl.oauthBearerProvider(), { value: 'one' })
  await writeFile(path, 'two\n')
  assert.deepEqual(await sasl.oauthBearerProvider(), { value: 'two' })
})

test('files for TLS are read, and imply it', async () => {
  const ca = await fileWith('a certificate')
  assert.deepEqual((await read({ KAFKA_SSL_CA: ca })).ssl, { ca: 'a certificate' })
  assert.equal((await read({ KAFKA_SSL: 'true' })).ssl, true)
})

test('what does not go together is named, with what was expected', async () => {
  const wrong: [Record<string, string>, RegExp][] = [
    [{ KAFKA_SASL_MECHANISM: 'plain' }, /expected KAFKA_SASL_USERNAME, and KAFKA_SASL_PASSWORD/],
    [{ KAFKA_SASL_MECHANISM: 'oauthbearer' }, /either KAFKA_OAUTH_TOKEN_FILE or KAFKA_OAUTH_TOKEN_URL/],
    [
      { KAFKA_SASL_MECHANISM: 'oauthbearer', KAFKA_OAUTH_TOKEN_URL: 'https://login.acme.example' },
      /expected KAFKA_OAUTH_CLIENT_ID/,
    ],
    [{ KAFKA_SSL_CERT: 'client.pem' }, /KAFKA_SSL_CERT and KAFKA_SSL_KEY belong together/],
    [{ KAFKA_SSL_CA: join(folder, 'none') }, /KAFKA_SSL_CA is ".*none": expected a file that can be read/],
    [
      {
        KAFKA_SASL_MECHANISM: 'plain',
        KAFKA_SASL_USERNAME: 'a',
        KAFKA_SASL_PASSWORD: 'b',
        KAFKA_SASL_PASSWORD_FILE: 'c',
      },
      /both set/,
    ],
  ]
  for (const [environment, message] of wrong) {
    await assert.rejects(read(environment), (error) => error instanceof BadSettings && message.test(error.message))
  }
})

test('a token or a key that stands where its file belongs is not said', async () => {
  const planted = [
    { KAFKA_SASL_MECHANISM: 'oauthbearer', KAFKA_OAUTH_TOKEN_FILE: 'eyJhbGciOi.hunter2' },
    { KAFKA_SSL_CERT: '/none', KAFKA_SSL_KEY: '-----BEGIN PRIVATE KEY-----\nhunter2' },
  ]
  for (const environment of planted) {
    await assert.rejects(
      read(environment),
      (error) => error instanceof BadSettings && !`${error.message}${String(error.cause)}`.includes('hunter2'),
    )
  }
})
