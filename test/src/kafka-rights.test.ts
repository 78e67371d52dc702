import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FleetEvent } from '@straylight/demo/fleet/native-event'
import { aclOf, grantRights } from '@straylight/runtime/kafka/grant-rights'
import { openKafkaLog } from '@straylight/runtime/kafka/kafka-log'
import { withTopicAdmin } from '@straylight/runtime/kafka/kafka-topics'
import type { Log, NewRecord } from '@straylight/runtime/log/log'
import { createLifecycle } from '@straylight/runtime/process/lifecycle'
import { createLogger } from '@straylight/runtime/process/logger'
import { consumerGroupOf } from '@straylight/runtime/process/run-stage'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { hourMs } from '@straylight/schemas/duration'
import { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import { kafkaSettings } from 'straylight/deployment/kafka-settings'
import { type StageName, stageNames } from 'straylight/deployment/stage-names'
import { rightsOf, type StageRight } from 'straylight/deployment/stage-rights'
import { openPipeline } from 'straylight/pipeline'
import { type ClickhouseFront, startClickhouseFront } from '../test-support/clickhouse-front.ts'
import { recordsOfTopic } from '../test-support/embedded-run.ts'
import { auditRecords, fleetRecords } from '../test-support/fleet-records.ts'
import { type SecuredBroker, startSecuredKafka } from '../test-support/kafka-broker.ts'
import { patienceMs } from '../test-support/patience.ts'
import { until } from '../test-support/program.ts'

// Each stage signs in as itself, over TLS, and may do what `straylight topics acls` says and nothing else. With all of
// it the whole pipeline works; with one right less, whichever, the stage says so and does not.

const kafka = await startSecuredKafka(stageNames)
const silent = createLogger({ level: 'silent', readable: false })
/** How the lack of a right is reported, by whatever comes upon it first. */
const missingRight = /not authorized|may not see them|may not read/i
const endpointToken = 'token-of-the-endpoint'

if ('absent' in kafka) test('the rights of the stages', { skip: kafka.absent })
else {
  after(() => kafka.stop())
  describe('the rights of the stages', () => testRights(kafka))
}

function testRights(broker: SecuredBroker): void {
  const world = openWorld(broker)
  before(world.start)
  after(world.stop)

  test('with all of them, events become findings, alerts and commands', { timeout: patienceMs }, async () => {
    const running = await Promise.all(stageNames.map((stage) => world.run(stage)))
    try {
      await Promise.all(running.map(untilReady))
      await world.log().append([...auditRecords(world.fleet.work), ...endedSession(world.fleet.work)])
      await world.log().append([{ topic: topics.audit.name, key: 'bad', value: 'not an event' }])
      await world.log().append([{ topic: topics.verdicts.name, key: 'bad', value: 'not a verdict' }])
      const failed = () => running.some(({ fault }) => fault() !== undefined)
      const { rejected, sessions, findings, alerts, revocations, verdictResults, setAside } = topics
      for (const topic of [rejected, sessions, findings, alerts, revocations, verdictResults, setAside]) {
        const some = async () => failed() || (await world.endOf(topic.name)) > 0
        await until(`something is in ${topic.name}`, some)
      }
      for (const { stage, fault } of running) assert.equal(fault(), undefined, stage)
    } finally {
      await Promise.all(running.map(({ stop }) => stop()))
    }
  })

  for (const stage of stageNames) {
    test(`${stage} needs each of its rights`, { timeout: patienceMs }, async () => {
      for (const right of rightsOf(stage)) {
        await world.revoke(stage, right)
        const name = `${right.operation} ${right.resource} ${right.name}`
        assert.match((await world.fault(stage)) ?? 'it works', missingRight, `${stage} without ${name}`)
        await world.grant([[stage, right]])
      }
      assert.equal(await world.fault(stage), undefined, 'and with all of them it works')
    })
  }
}

/** A stage in this process, as its own principal. */
interface Running {
  readonly stage: StageName
  readonly url: string
  /** What it says of itself. */
  readiness(): Promise<string>
  /** What went wrong so far. */
  fault(): string | undefined
  stop(): Promise<void>
}

function openWorld(broker: SecuredBroker) {
  const fleet = fleetRecords({ seed: 11, until: Date.now() - hourMs, historyDays: 1, workDays: 1 })
  let folder = ''
  let front: ClickhouseFront
  let log: Log
  let turn = 0

  const signedIn = (user: string): Record<string, string> => ({
    KAFKA_BROKERS: broker.brokers.join(','),
    KAFKA_REPLICATION_FACTOR: '1',
    KAFKA_SSL_CA: broker.certificateFile,
    KAFKA_SASL_MECHANISM: 'scram-sha-256',
    KAFKA_SASL_USERNAME: user,
    KAFKA_SASL_PASSWORD: broker.password,
  })
  const admin = () => kafkaSettings(readSettings(AllSettings, signedIn('admin')), silent)

  async function start(): Promise<void> {
    folder = await mkdtemp(join(tmpdir(), 'straylight-rights-'))
    front = await startClickhouseFront({ directory: join(folder, 'clickhouse') })
    log = await openKafkaLog(await admin())
    await log.ensureTopics(Object.values(topics), 2)
    await writeFile(join(folder, 'policy.yaml'), JSON.stringify(policy))
    const hash = createHash('sha256').update(endpointToken).digest('hex')
    await writeFile(
      join(folder, 'tokens.yaml'),
      JSON.stringify([{ name: 'test', token_sha256: hash, tenant: fleet.tenant }]),
    )
    await grant(stageNames.flatMap((stage) => rightsOf(stage).map((right) => [stage, right] as const)))
  }

  async function stop(): Promise<void> {
    await log.close()
    await front.close()
    await rm(folder, { recursive: true, force: true })
  }

  async function grant(rights: readonly (readonly [StageName, StageRight])[]): Promise<void> {
    await grantRights(
      await admin(),
      rights.map(([stage, right]) => ({ ...right, principal: `User:${stage}` })),
    )
  }

  async function revoke(stage: StageName, right: StageRight): Promise<void> {
    const filter = aclOf({ ...right, principal: `User:${stage}` })
    const { filterResponses } = await withTopicAdmin(await admin(), (kafka_) =>
      kafka_.deleteAcls({ filters: [filter] }),
    )
    assert.equal(filterResponses[0]?.matchingAcls.length, 1)
  }

  async function run(stage: StageName): Promise<Running> {
    const settings = await settingsOf(stage)
    const faults: string[] = []
    const stream = { write: (line: string) => void faults.push(line) }
    const logger = createLogger({ level: 'error', readable: false, stream })
    const lifecycle = createLifecycle({ logger, stopWithinMs: 20_000 })
    const opened = await openPipeline({ settings, logger, lifecycle, stages: [stage] }).catch((error: unknown) => {
      faults.push(String(error))
    })
    const url = opened?.url ?? ''
    return {
      stage,
      url,
      readiness: async () => (await fetch(`${url}/readyz`)).text(),
      fault: () => faults[0],
      stop: async () => void (await lifecycle.stop('the test is over')),
    }
  }

  /** Each run finds something new to do: a registry not seen before, a store without anything in it. */
  async function settingsOf(stage: StageName): Promise<AllSettings> {
    turn += 1
    const own = join(folder, `${stage}-${turn}`)
    await mkdir(own)
    const agents = [...fleet.registry.agents, { agent: `newcomer-${turn}`, tier: 'low', role: 'none' }]
    await writeFile(join(own, 'agents.yaml'), JSON.stringify({ version: 1, agents }))
    return readSettings(AllSettings, {
      ...signedIn(stage),
      CLICKHOUSE_URL: front.url,
      CLICKHOUSE_DATABASE: stage === 'score' ? `score_${turn}` : 'straylight',
      STRAYLIGHT_PORT: '0',
      STRAYLIGHT_PARTITIONS: '2',
      STRAYLIGHT_PROFILE_KEY: '00112233445566778899aabbccddeeff',
      STRAYLIGHT_DATA: join(own, 'data'),
      STRAYLIGHT_POLICY: join(folder, 'policy.yaml'),
      STRAYLIGHT_REGISTRY: join(own, 'agents.yaml'),
      STRAYLIGHT_TOKENS: join(folder, 'tokens.yaml'),
    })
  }

  async function forgetOffsets(stage: StageName): Promise<void> {
    const groupId = consumerGroupOf({ name: stage })
    await withTopicAdmin(await admin(), async (kafka_) => {
      const { groups } = await kafka_.listGroups()
      if (groups.some((group) => group.groupId === groupId)) await kafka_.deleteGroups([groupId])
    })
  }

  /** What the stage fails of at work that takes all of its rights; undefined when it has done it all. */
  async function fault(stage: StageName): Promise<string | undefined> {
    if (stage === 'score') await forgetOffsets(stage)
    const before_ = await endsOf(stage)
    const running = await run(stage)
    try {
      if (running.fault() === undefined) await giveWork(stage, running)
      for (const deadline = performance.now() + patienceMs; performance.now() < deadline; await sleep(50)) {
        if (running.fault() !== undefined) return running.fault()
        const answer = await running.readiness()
        if (answer.includes("can't be asked")) return answer
        const now = await endsOf(stage)
        if (now.every((end, at) => end > (before_[at] ?? 0)) && answer.includes('"status":"ready"')) return undefined
      }
      return 'it did not do its work'
    } finally {
      await running.stop()
    }
  }

  /** Ends of the topics that the stage writes, so that it is seen when it has written to all of them. */
  async function endsOf(stage: StageName): Promise<number[]> {
    const written = rightsOf(stage).filter(({ operation }) => operation === 'write')
    return Promise.all(written.map(({ name }) => endOf(name)))
  }

  async function endOf(topic: string): Promise<number> {
    const partitions = Array.from({ length: await log.partitionCount(topic) }, (_, partition) => ({ topic, partition }))
    const ends = await Promise.all(partitions.map((partition) => log.endOffset(partition)))
    return ends.reduce((sum, end) => sum + end, 0)
  }

  async function giveWork(stage: StageName, running: Running): Promise<void> {
    const { url } = running
    const junk = junkFor[stage]
    if (junk !== undefined) await log.append([{ topic: junk, key: 'junk', value: 'of no use to it' }])
    if (stage === 'ingest') {
      await log.append([{ topic: topics.audit.name, key: 'bad', value: 'not an event' }])
      const event = { ...fleet.work[0], id: `turn-${turn}`, credential: { id: `credential-${turn}` } }
      const headers = { authorization: `Bearer ${endpointToken}`, 'content-type': 'application/json' }
      // A stage that stops meanwhile takes the endpoint along; its fault says why.
      await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(event) }).catch(() => undefined)
    }
    if (stage === 'respond') {
      // It revokes nothing while it does not know how the others are.
      if (!(await untilReady(running))) return
      const found = (await recordsOfTopic(log, topics.findings.name)).map((text) => Finding.parse(JSON.parse(text)))
      const alerting =
        found.find(({ p_value }) => p_value <= policy.budget.session_alert_rate) ?? assert.fail('some alert')
      const place = { ...alerting.log, offset: alerting.log.offset + turn * 1_000_000 }
      const again = {
        ...alerting,
        id: `${alerting.id}-${turn}`,
        agent: `${alerting.agent}-${turn}`,
        log: place,
        severity: 'critical',
        log_time: Date.now(),
      }
      await log.append([{ topic: topics.findings.name, key: again.agent, value: JSON.stringify(again) }])
    }
  }

  return { fleet, log: () => log, start, stop, grant, revoke, run, fault, endOf }
}

/** A topic of each stage on which a record that it can't work with makes it write to the topics that are for that. */
const junkFor: Partial<Record<StageName, string>> = {
  baseline: topics.results.name,
  score: topics.credentials.name,
  respond: topics.verdicts.name,
}

/** False when it says that it will not be. */
async function untilReady({ fault, readiness }: Running): Promise<boolean> {
  let said = ''
  await until('the stage is ready', async () => {
    if (fault() !== undefined) return true
    said = await readiness()
    return said.includes('"status":"ready"') || said.includes("can't be asked")
  })
  return fault() === undefined && !said.includes("can't be asked")
}

/** Two calls of one agent that name no session, two hours apart: the second ends the session of the first. */
function endedSession(work: readonly FleetEvent[]): NewRecord[] {
  const { session: _, ...call } = work[0] ?? assert.fail('the fleet works')
  return [0, 2].map((hours) => {
    const time = new Date(Date.parse(call.time) + hours * hourMs).toISOString()
    const value = JSON.stringify({ ...call, id: `lone-${hours}`, agent: 'lone', time })
    return { topic: topics.audit.name, key: 'lone', value }
  })
}

const policy = {
  id: 'rights',
  budget: { session_alert_rate: 0.05 },
  tiers: Object.fromEntries(
    ['low', 'medium', 'high', 'critical'].map((tier) => [
      tier,
      { low: 'alert', medium: 'revoke', high: 'revoke', critical: 'revoke' },
    ]),
  ),
  history_required: { events: 0, days: 0 },
  learning: { days: 0 },
  revocation: { expires_after_seconds: 3_600, reply_within_seconds: 3_600 },
  breakers: { commands_per_minute: 1_000, agents_revoked_share_per_hour: 1, agents_revoked_minimum: 1_000 },
}
