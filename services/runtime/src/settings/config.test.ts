import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AllSettings, BadSettings, readSettings, unknownSettings } from './config.ts'
import { isSecret } from './secret-setting.ts'
import { settingParts } from './setting-parts.ts'

test('nothing set gives an embedded deployment on loopback', () => {
  const settings = readSettings(AllSettings, {})
  assert.equal(settings.STRAYLIGHT_DATA, '.straylight')
  assert.equal(settings.STRAYLIGHT_HOST, '127.0.0.1')
  assert.equal(settings.STRAYLIGHT_PORT, 8700)
  assert.equal(settings.KAFKA_BROKERS, undefined)
  assert.equal(settings.CLICKHOUSE_URL, undefined)
})

test('an empty variable counts as unset', () => {
  assert.equal(readSettings(AllSettings, { STRAYLIGHT_PORT: '', KAFKA_BROKERS: '' }).STRAYLIGHT_PORT, 8700)
})

test('brokers are a list', () => {
  assert.deepEqual(readSettings(settingParts.kafka, { KAFKA_BROKERS: 'a:9092, b:9093' }).KAFKA_BROKERS, [
    'a:9092',
    'b:9093',
  ])
})

test('every wrong variable is named, with what was expected, in one go', () => {
  const wrong = {
    STRAYLIGHT_PORT: '70000',
    STRAYLIGHT_PARTITIONS: '-1',
    STRAYLIGHT_TENSORFLOW: 'cuda',
    KAFKA_BROKERS: 'kafka',
    CLICKHOUSE_URL: 'clickhouse:8123',
  }
  assert.throws(
    () => readSettings(AllSettings, wrong),
    (error) => {
      assert.ok(error instanceof BadSettings)
      assert.equal(error.message.split('\n').length, 5)
      assert.match(error.message, /STRAYLIGHT_PORT is "70000": expected a whole number from 0 to 65535/)
      assert.match(error.message, /STRAYLIGHT_TENSORFLOW is "cuda": expected wasm or native/)
      assert.match(error.message, /KAFKA_BROKERS is "kafka": expected host:port/)
      assert.match(error.message, /CLICKHOUSE_URL is "clickhouse:8123": expected an http or https address/)
      return true
    },
  )
})

test('a secret is never repeated in a message', () => {
  assert.throws(
    () => readSettings(AllSettings, { STRAYLIGHT_PROFILE_KEY: 'hunter2' }),
    (error: Error) => !error.message.includes('hunter2') && error.message.includes('STRAYLIGHT_PROFILE_KEY is wrong'),
  )
})

test('passwords and keys are marked as secrets', () => {
  const secrets = Object.entries(AllSettings.shape).filter(([, setting]) => isSecret(setting))
  assert.deepEqual(
    secrets.map(([name]) => name),
    [
      'STRAYLIGHT_PROFILE_KEY',
      'STRAYLIGHT_CONSOLE_OIDC_CLIENT_SECRET',
      'KAFKA_SASL_PASSWORD',
      'KAFKA_OAUTH_CLIENT_SECRET',
      'CLICKHOUSE_PASSWORD',
    ],
  )
})

test('a misspelt variable is found', () => {
  assert.deepEqual(unknownSettings({ STRAYLIGHT_POLCIY: 'x', STRAYLIGHT_POLICY: 'y', PATH: 'z' }), [
    'STRAYLIGHT_POLCIY',
  ])
})
