import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openKafkaLog } from '@straylight/runtime/kafka/kafka-log'
import { withTopicAdmin } from '@straylight/runtime/kafka/kafka-topics'
import { createLogger } from '@straylight/runtime/process/logger'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { hourMs } from '@straylight/schemas/duration'
import { topics } from '@straylight/schemas/topics'
import kafkajs from 'kafkajs'
import { kafkaSettings } from 'straylight/deployment/kafka-settings'
import { type SecuredBroker, startSecuredKafka } from '../test-support/kafka-broker.ts'
import { straylight } from '../test-support/straylight.ts'

const kafka = await startSecuredKafka([])
const logger = createLogger({ level: 'silent', readable: false })

if ('absent' in kafka) test('a secured Kafka', { skip: kafka.absent })
else {
  after(() => kafka.stop())
  describe('a Kafka behind TLS', () => testSignIn(kafka))
  describe('straylight topics', () => testTopics(kafka))
}

/** Settings of the admin, as environment variables. */
function adminOf(broker: SecuredBroker): Record<string, string> {
  return {
    KAFKA_BROKERS: broker.brokers.join(','),
    KAFKA_REPLICATION_FACTOR: '1',
    KAFKA_SSL_CA: broker.certificateFile,
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: 'admin',
    KAFKA_SASL_PASSWORD: broker.password,
  }
}

function testSignIn(broker: SecuredBroker): void {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'straylight-secured-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const open = async (changed: Record<string, string>) =>
    openKafkaLog(await kafkaSettings(readSettings(AllSettings, { ...adminOf(broker), ...changed }), logger))

  for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512']) {
    test(`lets in who signs in with ${mechanism}, and refuses a wrong password without trying again`, async () => {
      const log = await open({ KAFKA_SASL_MECHANISM: mechanism })
      await log.close()
      await assert.rejects(open({ KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_PASSWORD: 'wrong' }), /[Aa]uthentication/)
    })
  }

  test('lets in who brings a token from a file', async () => {
    const path = join(folder, 'token')
    await writeFile(path, unsignedToken('admin'))
    const log = await open({ KAFKA_SASL_MECHANISM: 'oauthbearer', KAFKA_OAUTH_TOKEN_FILE: path })
    await log.close()
    await writeFile(path, 'no token')
    await assert.rejects(open({ KAFKA_SASL_MECHANISM: 'oauthbearer', KAFKA_OAUTH_TOKEN_FILE: path }))
  })

  test('does not speak to a broker whose certificate nobody vouches for', async () => {
    const environment = { ...adminOf(broker), KAFKA_SSL_CA: '', KAFKA_SSL: 'true' }
    const { brokers, ssl } = await kafkaSettings(readSettings(AllSettings, environment), logger)
    assert.equal(ssl, true)
    // Not through the log, which would try for a minute.
    const retry = { retries: 0 }
    const admin = new kafkajs.Kafka({ brokers: [...brokers], ssl, retry, logLevel: kafkajs.logLevel.NOTHING }).admin()
    await assert.rejects(admin.connect(), /self-signed certificate/)
  })
}

/** What Kafka takes where no key of an issuer is set. */
function unsignedToken(subject: string): string {
  const seconds = Math.floor(Date.now() / 1000)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ sub: subject, iat: seconds - 10, exp: seconds + 600 })}.`
}

interface Reported {
  readonly differences: readonly { topic: string; setting: string; found?: string; wanted: string; mend: string }[]
}

function testTopics(broker: SecuredBroker): void {
  const settings = adminOf(broker)
  const run = async (command: 'diff' | 'apply', changed: Record<string, string> = {}) => {
    const { code, out, err } = await straylight(['topics', command, '--json'], { ...settings, ...changed })
    assert.notEqual(out, '', err)
    const { differences }: Reported = JSON.parse(out)
    return { code, differences, err }
  }

  test('without brokers it is wrong usage', async () => {
    const { code, err } = await straylight(['topics', 'diff'])
    assert.equal(code, 2)
    assert.match(err, /KAFKA_BROKERS is not set/)
  })

  test('diff names what is missing, apply makes it, and then there is no difference', async () => {
    const all = Object.values(topics).map(({ name }) => name)
    const before_ = await run('diff')
    assert.equal(before_.code, 1)
    assert.deepEqual(
      before_.differences.map(({ topic, mend }) => `${topic} ${mend}`),
      all.map((name) => `${name} create`),
    )
    assert.deepEqual(await run('apply').then(({ code, differences }) => ({ code, differences })), {
      code: 0,
      differences: [],
    })
    assert.equal((await run('diff')).code, 0)
  })

  test('promise 13: whoever writes the audit topic does not choose its log time', async () => {
    const log = await openKafkaLog(await kafkaSettings(readSettings(AllSettings, settings), logger))
    try {
      const place = { topic: topics.audit.name, partition: 0 }
      const weekAgo = Date.now() - 8 * 24 * hourMs
      const offset = await log.endOffset(place)
      const partitions = await log.partitionCount(place.topic)
      // One key for each partition comes too many: each partition has some of them.
      const records = Array.from({ length: 32 * partitions }, (_, at) => `key-${at}`).map((key) => ({
        ...{ topic: place.topic, key, value: '{}', timestamp: weekAgo },
      }))
      await log.append(records)
      const times: number[] = []
      for await (const { timestamp } of log.read(place, offset, await log.endOffset(place))) times.push(timestamp)
      assert.ok(times.length > 0)
      assert.deepEqual(
        times.filter((time) => time < weekAgo + hourMs),
        [],
      )
    } finally {
      await log.close()
    }
  })

  test('what somebody altered is found and mended, and what is theirs to choose stays', async () => {
    const admin = await kafkaSettings(readSettings(AllSettings, settings), logger)
    const name = topics.alerts.name
    const type = kafkajs.ConfigResourceTypes.TOPIC
    const alter = (configEntries: { name: string; value: string }[]) =>
      withTopicAdmin(admin, (kafka_) =>
        kafka_.alterConfigs({ validateOnly: false, resources: [{ type, name, configEntries }] }),
      )
    await alter([
      { name: 'retention.ms', value: '60000' },
      { name: 'segment.ms', value: '3600000' },
    ])
    const { code, differences, err } = await run('diff')
    assert.equal(code, 1)
    assert.deepEqual(
      differences.map(({ topic }) => topic),
      differences.map(() => name),
    )
    const retention = differences.find(({ setting }) => setting === 'retention.ms')
    assert.deepEqual([retention?.found, retention?.wanted], ['60000', String(365 * 24 * hourMs)])
    assert.match(err, /kept 8,760 hours: every revision of every alert/)
    assert.equal((await run('apply')).code, 0)
    const left = await withTopicAdmin(admin, (kafka_) =>
      kafka_.describeConfigs({ includeSynonyms: false, resources: [{ type, name }] }),
    )
    const entry = left.resources[0]?.configEntries.find(({ configName }) => configName === 'segment.ms')
    assert.equal(entry?.configValue, '3600000')
  })

  test('another number of partitions or copies can not be applied, and is reported', async () => {
    const { code, differences } = await run('apply', { STRAYLIGHT_PARTITIONS: '3', KAFKA_REPLICATION_FACTOR: '2' })
    assert.equal(code, 1)
    const count = (setting: string) => differences.filter((difference) => difference.setting === setting).length
    assert.equal(count('replication factor'), Object.keys(topics).length)
    assert.equal(
      count('partitions'),
      Object.values(topics).filter(({ partitions }) => partitions === 'partitioned').length,
    )
  })
}
