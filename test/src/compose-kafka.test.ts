import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openKafkaLog } from '@straylight/runtime/kafka/kafka-log'
import type { Log } from '@straylight/runtime/log/log'
import { createLogger } from '@straylight/runtime/process/logger'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { topics } from '@straylight/schemas/topics'
import { kafkaSettings } from 'straylight/deployment/kafka-settings'
import { stageNames } from 'straylight/deployment/stage-names'
import { parse } from 'yaml'
import { z } from 'zod'
import { startKafkaBehind } from '../test-support/kafka-broker.ts'
import { patienceMs } from '../test-support/patience.ts'
import { straylight } from '../test-support/straylight.ts'

// Promise 18, for the Kafka of compose: a real broker with the settings of compose.yaml and the secrets of make-secrets.sh lets
// each stage in by its own name only, and only as far as `topics acls --apply` went.

const root = fileURLToPath(new URL('../../', import.meta.url))
const Compose = z.looseObject({
  services: z.looseObject({ kafka: z.looseObject({ environment: z.record(z.string(), z.string()) }) }),
})
/** A missing right, in the error or its causes: a topic that may not be seen is not there. */
function refused(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return /not authorized|may not|has no topic/i.test(error.message) || refused(error.cause)
}
const silent = createLogger({ level: 'silent', readable: false })

/** Settings of the broker's endpoint in compose, as its image turns its environment and its file of users into properties. */
function listenerProperties(secrets: string): string[] {
  const compose = Compose.parse(parse(readFileSync(`${root}deploy/compose.yaml`, 'utf8'), { merge: true }))
  const wanted = /^KAFKA_(LISTENER_NAME_LOG_|AUTHORIZER_|SUPER_)/
  const properties = Object.entries(compose.services.kafka.environment)
    .filter(([name]) => wanted.test(name))
    .map(([name, value]) => `${name.slice('KAFKA_'.length).toLowerCase().replaceAll('_', '.')}=${value}`)
  assert.equal(properties.length, 3)
  const users = readFileSync(join(secrets, 'kafka-users.properties'), 'utf8').trim()
  // The kit calls the same endpoint by another name.
  return [...properties, users].map((line) => line.replace('listener.name.log.', 'listener.name.clients.'))
}

async function makeSecrets(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-compose-'))
  execFileSync('sh', [`${root}deploy/make-secrets.sh`, folder])
  return folder
}

test('the secrets of compose: each made once, readable to one user, none like another', async () => {
  const folder = await makeSecrets()
  try {
    const names = await readdir(folder)
    const read = () => names.map((name) => readFileSync(join(folder, name), 'utf8'))
    const before = read()
    assert.equal(new Set(before).size, names.length)
    for (const name of names) assert.equal(statSync(join(folder, name)).mode & 0o077, 0, name)
    execFileSync('sh', [`${root}deploy/make-secrets.sh`, folder])
    assert.deepEqual(read(), before)
    const compose = readFileSync(`${root}deploy/compose.yaml`, 'utf8')
    const named = [...compose.matchAll(/\$\{STRAYLIGHT_SECRETS:-\.\/secrets\}\/([a-z.-]+)/g)].map(([, name]) => name)
    assert.deepEqual(named.sort(), names.sort())
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('the broker of compose', { timeout: patienceMs }, async (context) => {
  const secrets = await makeSecrets()
  const open = async () => ({
    protocol: 'SASL_PLAINTEXT' as const,
    properties: listenerProperties(secrets),
    formatArguments: [],
  })
  const broker = await startKafkaBehind(open)
  if ('absent' in broker) return context.skip(broker.absent)
  context.after(async () => {
    await broker.stop()
    await rm(secrets, { recursive: true, force: true })
  })
  const signedIn = (user: string, file = user): Record<string, string> => ({
    KAFKA_BROKERS: broker.brokers.join(','),
    KAFKA_REPLICATION_FACTOR: '1',
    KAFKA_SASL_MECHANISM: 'plain',
    KAFKA_SASL_USERNAME: user,
    KAFKA_SASL_PASSWORD_FILE: join(secrets, `kafka-${file}.password`),
  })
  const as = async (user: string, use: (log: Log) => Promise<unknown>, file = user) => {
    const log = await openKafkaLog(await kafkaSettings(readSettings(AllSettings, signedIn(user, file)), silent))
    try {
      return await use(log)
    } finally {
      await log.close()
    }
  }
  const append = (topic: string) => (log: Log) => log.append([{ topic, key: 'k', value: '{}' }])

  await context.test('makes topics and gives rights as the one who prepares', async () => {
    for (const args of [
      ['topics', 'apply'],
      ['topics', 'acls', '--apply'],
    ]) {
      const { code, err } = await straylight(args, signedIn('prepare'))
      assert.equal(code, 0, `${args.join(' ')}: ${err}`)
    }
  })

  await context.test('lets each write what it writes, and nothing that others write', async () => {
    await as('ingest', append(topics.audit.name))
    await as('score', append(topics.findings.name))
    await as('respond', append(topics.revocations.name))
    await as('verdict', append(topics.verdicts.name))
    await assert.rejects(as('verdict', append(topics.revocations.name)), refused)
    await assert.rejects(as('verdict', append(topics.verdictResults.name)), refused)
    for (const stage of stageNames) {
      await assert.rejects(as(stage, append(topics.verdicts.name)), refused, `${stage} gives verdicts`)
      if (stage === 'respond') continue
      await assert.rejects(as(stage, append(topics.revocations.name)), refused, `${stage} revokes`)
    }
    await assert.rejects(as('ingest', append(topics.findings.name)), refused)
  })

  await context.test('lets nobody in with the password of another', async () => {
    await assert.rejects(as('respond', append(topics.revocations.name), 'ingest'), /authentication|invalid/i)
  })
})
