import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ReceiverMode } from '@straylight/demo/broker/webhook-receiver'
import { type FleetRandom, fleetRandom } from '@straylight/demo/fleet/seeded-random'
import { openKeys } from '@straylight/respond/command/signing-keys'
import { openKafkaLog } from '@straylight/runtime/kafka/kafka-log'
import type { Log } from '@straylight/runtime/log/log'
import { repeatEvery } from '@straylight/runtime/process/repeat-every'
import { openStore } from '@straylight/runtime/store/open-store'
import { Alert } from '@straylight/schemas/alert'
import { dayMs } from '@straylight/schemas/duration'
import { Policy } from '@straylight/schemas/policy'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import { topics } from '@straylight/schemas/topics'
import { linesOf } from './chaos-broker.ts'
import { ChaosCluster, type Member, members, namedPoints } from './chaos-cluster.ts'
import { type ChaosFeed, chaosFeed, pairsOfAgents } from './chaos-feed.ts'
import { holdStoreAway } from './chaos-store-away.ts'
import { type ClickhouseFront, startClickhouseFront } from './clickhouse-front.ts'
import { checkDecisions, checkEvents, checkRejected, isThrough } from './cluster-checks.ts'
import { type Approver, createApprover } from './create-approver.ts'
import { recordsOfTopic } from './embedded-run.ts'
import { type OwnBroker, startKafka } from './kafka-broker.ts'
import { until } from './program.ts'

export interface RoundOptions {
  readonly seed: string
  /** Deaths by SIGKILL; those at kill points come first, each point once while there are enough. */
  readonly kills: number
  /** 0: the store stays. */
  readonly storeAwaySeconds: number
  /** Three brokers instead of one, and what is done to the log is done to one of them. */
  readonly threeBrokers?: boolean
  /** A build that does not drop what comes twice: the round must fail. */
  readonly keepRepeats?: boolean
  readonly say: (line: string) => void
}

export interface RoundReport {
  readonly seed: string
  readonly kills: number
  /** Kill points that somebody died at. */
  readonly died: readonly string[]
  readonly faults: readonly string[]
  /** Processes that gave up by themselves and were started again. */
  readonly gave_up: readonly string[]
  readonly events: number
  readonly findings: number
  readonly commands: number
  readonly webhooks: number
  readonly seconds: number
  /** What does not hold; empty when all does. */
  readonly failures: readonly string[]
}

const policy = Policy.parse({
  id: 'chaos',
  budget: { session_alert_rate: 0.01 },
  tiers: Object.fromEntries(
    ['low', 'medium', 'high', 'critical'].map((tier) => [
      tier,
      { low: 'alert', medium: 'revoke', high: 'revoke', critical: 'revoke' },
    ]),
  ),
  history_required: { events: 0, days: 0 },
  learning: { days: 0 },
  // The fleet's work ended weeks ago: what is read from old logs would wait for a person.
  revocation: { expires_after_seconds: 86_400, reply_within_seconds: 3_600, event_age_seconds_max: 31_536_000 },
  breakers: { commands_per_minute: 10_000, agents_revoked_share_per_hour: 1, agents_revoked_minimum: 1 },
})

/** How long a group waits for a member that was killed or stands still. */
const sessionMs = 6_000
/** Kills left for the time after the store was away, when everybody catches up. */
const killsAfter = 2
/** Instances of score that die just before it goes away. */
const renewals = 2

/** One life of a cluster: fed, killed, starved, and then held to its promises. */
export async function chaosRound(options: RoundOptions): Promise<RoundReport> {
  const kafka = await startKafka({ own: true, three: options.threeBrokers === true })
  if ('absent' in kafka) throw new Error(kafka.absent)
  const folder = await mkdtemp(join(tmpdir(), 'straylight-chaos-'))
  try {
    const round = new Round(options, kafka, folder)
    return await round.run()
  } finally {
    await kafka.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

class Round {
  private readonly options: RoundOptions
  private readonly kafka: OwnBroker
  private readonly folder: string
  private readonly random: FleetRandom
  private readonly feed: ChaosFeed
  private readonly faults: string[] = []
  private readonly failures: string[] = []
  /** Faults that go on by themselves for a while. */
  private readonly pending = new Set<Promise<void>>()

  constructor(options: RoundOptions, kafka: OwnBroker, folder: string) {
    this.options = options
    this.kafka = kafka
    this.folder = folder
    this.random = fleetRandom('chaos', options.seed)
    this.feed = chaosFeed(this.random.whole(1, 1_000_000))
  }

  async run(): Promise<RoundReport> {
    const started = performance.now()
    let front = await startClickhouseFront({ directory: join(this.folder, 'clickhouse') })
    const log = await openKafkaLog({
      ...{ brokers: this.kafka.brokers, clientId: 'chaos', replicationFactor: this.kafka.copies },
      log: () => undefined,
    })
    const receiver = await this.openReceiver()
    const approver = await createApprover()
    const cluster = await this.openCluster({ storeUrl: front.url, url: receiver.url, log, approver })
    const tell = (mode: ReceiverMode) => void receiver.child.send(mode)
    let onDuty = async () => {}
    try {
      for (const member of members) cluster.start(member)
      await cluster.up()
      // Whose a lent credential is, a person decides.
      onDuty = repeatEvery(
        500,
        () => approver.answerHeld(log, Date.now).then(() => undefined),
        (error) => this.options.say(`the approver: ${String(error)}`),
      )
      await this.disturb(cluster, log, tell)
      if (this.options.storeAwaySeconds > 0) front = await this.holdStoreAway(cluster, log, front)
      for (let kills = 0; kills < killsAfter && cluster.kills < this.options.kills; kills++) {
        await log.append(this.feed.lent())
        await this.killAny(cluster)
        await sleep(this.random.whole(500, 2_000))
      }
      await this.settle(cluster, log, async () => {
        await onDuty()
        await approver.answerHeld(log, Date.now)
      })
      this.failures.push(...(await cluster.stop()))
      const judged = await this.judge(log, front.url)
      const { kills, died, gaveUp } = cluster
      return {
        ...{ seed: this.options.seed, kills, died, faults: this.faults, gave_up: gaveUp, ...judged },
        seconds: Math.round((performance.now() - started) / 1000),
        failures: this.failures,
      }
    } finally {
      await onDuty()
      await cluster.destroy()
      receiver.child.kill('SIGKILL')
      await log.close()
      await front.close()
    }
  }

  private async openReceiver() {
    const keys = await openKeys(join(this.folder, 'keys'))
    const program = fileURLToPath(new URL('./chaos-receiver.ts', import.meta.url))
    const args = [await keys.webhookSecret('soc'), join(this.folder, 'webhooks')]
    const child = fork(program, args, { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const [url] = (await once(child, 'message')) as [string]
    return { child, url }
  }

  private async openCluster(ground: {
    storeUrl: string
    url: string
    log: Log
    approver: Approver
  }): Promise<ChaosCluster> {
    const { storeUrl, url, log, approver } = ground
    const { folder, kafka, random, options } = this
    await log.ensureTopics(Object.values(topics), 4)
    const webhooks = [{ name: 'soc', url, allow_private: true, timeout_seconds: 2 }]
    await writeFile(join(folder, 'policy.yaml'), JSON.stringify({ ...policy, webhooks, issuers: [approver.issuer] }))
    await writeFile(join(folder, 'agents.yaml'), JSON.stringify(this.feed.registry))
    // Respond and its standby sign with one key.
    for (const data of ['respond-1', 'respond-2']) {
      await mkdir(join(folder, data), { mode: 0o700 })
      await cp(join(folder, 'keys'), join(folder, data, 'keys'), { recursive: true })
    }
    const keys = await openKeys(join(folder, 'keys'))
    const broker = {
      ...{ brokers: kafka.brokers, public_key: keys.commands.publicKey.x, ledger: join(folder, 'ledger') },
      credentials: this.credentials(),
    }
    await writeFile(join(folder, 'broker.json'), JSON.stringify(broker))
    const environmentOf = (member: Member) => ({
      ...{
        KAFKA_BROKERS: kafka.brokers.join(','),
        KAFKA_REPLICATION_FACTOR: String(kafka.copies),
        CLICKHOUSE_URL: storeUrl,
      },
      KAFKA_SESSION_TIMEOUT_MS: String(sessionMs),
      CLICKHOUSE_DATABASE: 'straylight',
      STRAYLIGHT_PORT: '0',
      STRAYLIGHT_PROFILE_KEY: '00112233445566778899aabbccddeeff',
      STRAYLIGHT_DATA: join(folder, member),
      STRAYLIGHT_POLICY: join(folder, 'policy.yaml'),
      STRAYLIGHT_REGISTRY: join(folder, 'agents.yaml'),
      STRAYLIGHT_CHECKPOINT_EVENTS: '150',
      ...(options.keepRepeats ? { CHAOS_KEEP_REPEATS: '1' } : {}),
    })
    const points = firstPoint(random.some(namedPoints, namedPoints.length)).slice(0, options.kills)
    return new ChaosCluster({ folder, environmentOf, random, points, say: options.say })
  }

  /** Every credential that can be revoked, so that the broker refuses none. */
  private credentials() {
    const issued = { issued_at: 0, expires_at: Date.now() + dayMs }
    const used = new Map(
      this.feed.work.map(({ tenant, agent, credential }) => [
        credential.id,
        { tenant, agent, id: credential.id, ...issued },
      ]),
    )
    const lent = Array.from({ length: 1_000 }, (_, at) => ({
      tenant: 'default',
      // The one that is accused of using it: what the broker finds is then what the person agreed to.
      agent: `borrower-${at % pairsOfAgents}`,
      id: `lent-${at}`,
      ...issued,
    }))
    return [...used.values(), ...lent]
  }

  /** Feeds the log in turns, and something happens in each; goes on until every kill point has had its death. */
  private async disturb(cluster: ChaosCluster, log: Log, tell: (mode: ReceiverMode) => void): Promise<void> {
    const { records } = this.feed
    const turns = Math.max(12, this.options.kills - namedPoints.length)
    const chunk = Math.ceil(records.length / turns)
    // A round too short for every kill point is for what repeats alone do.
    const faults = this.options.kills < namedPoints.length ? new Map() : this.faultsByTurn(turns, cluster, tell)
    const turnsMax = turns + 200
    for (let turn = 0; turn < turns || (cluster.owed > 0 && turn < turnsMax); turn++) {
      await log.append([...records.slice(turn * chunk, (turn + 1) * chunk), ...this.feed.lent()])
      const fault = faults.get(turn)
      if (fault !== undefined) await fault()
      else if (this.options.kills - cluster.kills - cluster.owed > killsAfter + renewals) await this.killAny(cluster)
      else if (turn > turns && turn % 12 === 0 && cluster.inTheWay !== undefined) await cluster.kill(cluster.inTheWay)
      await sleep(this.random.whole(300, 1_500))
      await cluster.reap()
    }
    while (this.options.kills - cluster.kills > killsAfter + renewals) {
      await log.append(this.feed.lent())
      await this.killAny(cluster)
      await sleep(this.random.whole(500, 2_500))
      await cluster.reap()
    }
    await Promise.all(this.pending)
    tell('ok')
    if (cluster.owed > 0) this.failures.push(`${cluster.owed} kill points were not reached in ${turnsMax} turns`)
  }

  private async killAny(cluster: ChaosCluster): Promise<void> {
    await cluster.kill(this.random.choice(cluster.alive))
  }

  private faultsByTurn(turns: number, cluster: ChaosCluster, tell: (mode: ReceiverMode) => void) {
    const { kafka, random } = this
    const happens = (name: string, work: () => void | Promise<void>) => async () => {
      this.options.say(name)
      this.faults.push(name)
      await work()
    }
    const goesOn = (work: () => Promise<void>) => () => {
      const done: Promise<void> = work().finally(() => this.pending.delete(done))
      this.pending.add(done)
    }
    const frozen = (member: Member) =>
      happens(
        `${member} stands still for ${sessionMs + 3_000} ms`,
        goesOn(() => cluster.freeze(member, sessionMs + 3_000)),
      )
    const faults = [
      happens('the webhook answers 500', () => tell('error_500')),
      frozen(random.choice(['score-1', 'score-2'] as const)),
      happens('the log stands still for 6000 ms', async () => {
        kafka.pause()
        await sleep(6_000)
        kafka.resume()
      }),
      happens('the webhook hangs', () => tell('hang')),
      frozen(random.choice(['ingest-1', 'baseline-1', 'respond-1', 'ingest-2', 'baseline-2', 'respond-2'] as const)),
      happens('the log dies and comes back', () => kafka.crash()),
      happens('the webhook answers', () => tell('ok')),
    ]
    return new Map(faults.map((fault, at) => [Math.floor(((at + 0.5) * turns) / faults.length), fault]))
  }

  private async holdStoreAway(cluster: ChaosCluster, log: Log, front: ClickhouseFront): Promise<ClickhouseFront> {
    const { feed, folder, kafka, options } = this
    const around = { cluster, log, brokers: kafka.brokers, feed, folder, say: options.say }
    // Deaths at kill points may have used up what was left for it: then there are two more than were asked for.
    const renew = options.kills >= namedPoints.length
    const away = await holdStoreAway({ ...around, seconds: options.storeAwaySeconds, sessionMs, renew }, front)
    this.faults.push(...away.reported)
    this.failures.push(...away.complaints)
    return away.front
  }

  private async settle(cluster: ChaosCluster, log: Log, flush: () => Promise<void>): Promise<void> {
    this.options.say('waiting until all is through')
    await until('all is through', async () => {
      await cluster.reap()
      return isThrough(log)
    })
    await flush()
    // The broker's answers come back to respond.
    await sleep(1_000)
    await until('all is through', () => isThrough(log))
  }

  private async judge(log: Log, url: string) {
    this.options.say('judging')
    const store = await openStore({ url, database: 'straylight' })
    try {
      this.failures.push(...(await checkEvents(log, store, this.feed.expected)))
    } finally {
      await store.close()
    }
    this.failures.push(...(await checkRejected(log, this.feed.unreadable)))
    const { findings, commands, complaints } = await checkDecisions({ log, url, folder: this.folder, policy })
    this.failures.push(...complaints)
    this.failures.push(...this.checkEffects(commands))
    const webhooks = await this.checkWebhooks(log)
    return { events: this.feed.expected.size, findings: findings.size, commands: commands.size, webhooks }
  }

  /** Each command has its line in the broker's ledger, once. */
  private checkEffects(commands: ReadonlyMap<string, RevocationCommand>): string[] {
    const complaints: string[] = []
    const times = new Map<string, number>()
    const suspended = new Set<string>()
    for (const { id, code } of linesOf(join(this.folder, 'ledger'))) {
      times.set(id, (times.get(id) ?? 0) + 1)
      const command = commands.get(id)
      const agent = command?.subject.agent_id ?? ''
      // Lender and borrower both claim a lent credential; a command on the one that does not hold it must be refused. Who is suspended has
      // nothing left to lose: what comes for it later is refused, too.
      const right =
        code === 'applied' ||
        code === 'already_applied' ||
        code === 'holder_mismatch' ||
        (code === 'precondition' && suspended.has(agent))
      if (!right) complaints.push(`command ${id} was refused: ${code}`)
      if (code === 'applied' && command?.action === 'suspend_agent') suspended.add(agent)
    }
    for (const id of commands.keys())
      if (times.get(id) !== 1) complaints.push(`command ${id} took effect ${times.get(id) ?? 0} times`)
    return complaints.slice(0, 5)
  }

  /** What the journal calls delivered was received. */
  private async checkWebhooks(log: Log): Promise<number> {
    const received = (await readFile(join(this.folder, 'webhooks'), 'utf8').catch(() => '')).split('\n')
    const known = new Set(received.filter((id) => id !== ''))
    const alerts = new Map<string, Alert>()
    for (const text of await recordsOfTopic(log, topics.alerts.name)) {
      const alert = Alert.parse(JSON.parse(text))
      if (alert.revision >= (alerts.get(alert.id)?.revision ?? 0)) alerts.set(alert.id, alert)
    }
    const delivered = [...alerts.values()].flatMap(({ deliveries }) =>
      deliveries.filter(({ state }) => state === 'delivered'),
    )
    const missing = delivered.filter(({ message_id }) => !known.has(message_id))
    if (missing.length > 0) this.failures.push(`${missing.length} webhooks are called delivered and never came`)
    if (delivered.length === 0) this.failures.push('no webhook was delivered')
    return known.size
  }
}

/** The point whose death brings every event twice comes first, so that the shortest round has it. */
const firstPoint = (points: readonly (typeof namedPoints)[number][]) =>
  [...points].sort((a, b) => Number(isFirst(b)) - Number(isFirst(a)))
const isFirst = ({ kind, point }: (typeof namedPoints)[number]): boolean =>
  kind === 'ingest' && point === 'after-append-before-commit'
