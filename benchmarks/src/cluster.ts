import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createBaseline } from '@straylight/baseline/create-baseline'
import { pastMaxima } from '@straylight/baseline/profiles/past-maxima'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { readPolicy } from '@straylight/respond/decide/read-policy'
import { openKafkaLog } from '@straylight/runtime/kafka/kafka-log'
import type { Log } from '@straylight/runtime/log/log'
import { consumerGroupOf } from '@straylight/runtime/process/run-stage'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { topics } from '@straylight/schemas/topics'
import { forkFront } from '@straylight/test/test-support/fork-front'
import { startKafka } from '@straylight/test/test-support/kafka-broker'
import { type Program, startProgram } from '@straylight/test/test-support/program'
import { readArtifact } from 'straylight/deployment/read-artifact'
import { readRegistry } from 'straylight/deployment/read-registry'
import { profileKey } from './learnt-fleet.ts'
import { processorTime } from './processor-time.ts'

export const stages = ['ingest', 'baseline', 'score', 'respond'] as const
export type ClusterStage = (typeof stages)[number]

const partitionsDefault = 4
/** The store gives way as far as baseline does, which writes to it: what is stored comes later, not what is detected. */
const storeNice = 10

/** What each stage's group must have read before its work is done. */
const inputs: Readonly<Record<ClusterStage, readonly { readonly name: string }[]>> = {
  ingest: [topics.audit],
  baseline: [topics.events, topics.findings, topics.alerts, topics.revocations, topics.rejected, topics.sessions],
  score: [topics.events, topics.credentials],
  respond: [topics.findings],
}

/** Everything that people set revokes, and nothing holds it back: each command is a latency that can be measured. */
const tier = { low: 'revoke', medium: 'revoke', high: 'revoke', critical: 'revoke' }
const policy = {
  id: 'bench',
  budget: { session_alert_rate: 0.02 },
  tiers: { low: tier, medium: tier, high: tier, critical: tier },
  history_required: { events: 0, days: 0 },
  // The fleet's registry names no credentials: whose one is, the broker settles.
  // The fleet's days lie some days back, and what is old revokes nothing by itself.
  revocation: { broker_checks_holder: true, event_age_seconds_max: 31_536_000 },
  breakers: { commands_per_minute: 10_000, agents_revoked_share_per_hour: 1, agents_revoked_minimum: 1 },
}

/** A whole deployment on this machine: a broker, a store and each stage a process of its own. */
export class Cluster {
  readonly log: Log
  readonly store: Store
  private readonly folder: string
  private readonly settings: Readonly<Record<string, string>>
  private readonly programs = new Map<ClusterStage, Program[]>()
  private readonly serving: { readonly broker: number; readonly store: number }
  private readonly end: () => Promise<void>
  private readonly profiles: string | undefined

  private constructor(
    parts: Pick<Cluster, 'log' | 'store'> & {
      folder: string
      settings: Readonly<Record<string, string>>
      serving: { broker: number; store: number }
      end: () => Promise<void>
      profiles: string | undefined
    },
  ) {
    this.log = parts.log
    this.store = parts.store
    this.folder = parts.folder
    this.settings = parts.settings
    this.serving = parts.serving
    this.end = parts.end
    this.profiles = parts.profiles
  }

  /**
   * Broker, store, topics and settings; no stage runs yet. Fails where there is no Kafka to start. `profiles`: folder for
   * what Node's `--cpu-prof` writes of each part. `partitions`: of each topic by agent.
   */
  static async open(
    folder: string,
    agents: readonly { tenant: string; agent: string; role: string }[],
    { profiles, partitions = partitionsDefault }: { profiles?: string | undefined; partitions?: number } = {},
  ): Promise<Cluster> {
    const kafka = await startKafka({ own: true })
    if ('absent' in kafka) throw new Error(kafka.absent)
    const front = await forkFront(join(folder, 'clickhouse'), profiling(profiles, 'store'), storeNice)
    const log = await openKafkaLog({
      brokers: kafka.brokers,
      clientId: 'bench',
      replicationFactor: 1,
      log: () => undefined,
    })
    const store = await openStore({ url: front.url, database: 'straylight' })
    await log.ensureTopics(Object.values(topics), partitions)
    await writeFile(join(folder, 'policy.yaml'), JSON.stringify(policy))
    await writeFile(join(folder, 'agents.yaml'), JSON.stringify({ version: 1, agents }))
    const settings = {
      ...{ KAFKA_BROKERS: kafka.brokers.join(','), KAFKA_REPLICATION_FACTOR: '1', CLICKHOUSE_URL: front.url },
      STRAYLIGHT_PROFILE_KEY: profileKey,
      STRAYLIGHT_PARTITIONS: String(partitions),
      STRAYLIGHT_POLICY: join(folder, 'policy.yaml'),
      STRAYLIGHT_REGISTRY: join(folder, 'agents.yaml'),
    }
    const end = async () => {
      await store.close()
      await log.close()
      await front.stop()
      await kafka.stop()
    }
    return new Cluster({
      log,
      store,
      folder,
      settings,
      serving: { broker: kafka.pid, store: front.pid },
      end,
      profiles,
    })
  }

  /** Learns history as the deployment's baseline would, with the settings of the stages. */
  async learn(history: readonly AgentEvent[]): Promise<void> {
    const { registry, policy: rules } = {
      registry: await readRegistry(this.settings.STRAYLIGHT_REGISTRY),
      policy: await readPolicy(this.settings.STRAYLIGHT_POLICY),
    }
    // Past sessions are judged, for the highest scores that are usual.
    await openTensorBackend('wasm')
    const baseline = createBaseline({
      log: this.log,
      store: this.store,
      registry: registry.agents,
      model: await readArtifact(),
      sessionAlertRate: rules.budget.session_alert_rate,
      suppression: rules.suppression,
      historyRequired: rules.history_required,
      profileKey,
      now: Date.now,
      finishProfiles: pastMaxima(this.store),
    })
    await baseline.importHistory(history)
  }

  /** Starts a stage, so many instances of it, and waits until their processes are up. */
  async start(stage: ClusterStage, instances = 1): Promise<void> {
    const flags = profiling(this.profiles, stage)
    const programs = Array.from({ length: instances }, (_, instance) => {
      const data = join(this.folder, instance === 0 ? stage : `${stage}-${instance}`)
      return startProgram(['up', stage], { ...this.settings, STRAYLIGHT_DATA: data }, flags)
    })
    this.programs.set(stage, programs)
    for (const program of programs) await program.url
  }

  async stop(stage: ClusterStage): Promise<void> {
    for (const program of this.programs.get(stage) ?? []) {
      const code = await program.stop()
      if (code !== 0) throw new Error(`${stage} ended with ${code}: ${program.said().slice(-3_000)}`)
    }
    this.programs.delete(stage)
  }

  /** Milliseconds of processor that each part has used so far. */
  processorTimes(): Record<ClusterStage | 'broker' | 'store', number> {
    const of = (stage: ClusterStage) =>
      (this.programs.get(stage) ?? []).reduce((sum, { pid }) => sum + processorTime(pid ?? -1), 0)
    const [ingest, baseline, score, respond] = stages.map(of) as [number, number, number, number]
    const { broker, store } = this.serving
    return { ingest, baseline, score, respond, broker: processorTime(broker), store: processorTime(store) }
  }

  /** Records that a stage's group has committed, of its first topic. */
  async done(stage: ClusterStage): Promise<number> {
    const offsets = await this.log.committed(consumerGroupOf({ name: stage }), inputs[stage][0]?.name ?? '')
    return offsets.reduce((sum, { offset }) => sum + offset, 0)
  }

  /** Records that a stage still has to read. */
  async behind(stage: ClusterStage): Promise<number> {
    let records = 0
    for (const { name } of inputs[stage]) {
      const committed = await this.log.committed(consumerGroupOf({ name: stage }), name)
      for (let partition = 0; partition < (await this.log.partitionCount(name)); partition++) {
        const stand = committed.find((at) => at.partition === partition)?.offset ?? 0
        records += (await this.log.endOffset({ topic: name, partition })) - stand
      }
    }
    return records
  }

  async close(): Promise<void> {
    await Promise.all([...this.programs.values()].flat().map((program) => program.kill()))
    await this.end()
  }
}

const profiling = (profiles: string | undefined, part: string): string[] =>
  profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(profiles, part)}`]
