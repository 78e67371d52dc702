import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openKafkaLog } from '@straylight/runtime/kafka/kafka-log'
import { freePort } from './free-port.ts'
import { type KafkaVersion, kafkaJars } from './kafka-artifacts.ts'
import { type BrokerProxy, openProxy, securedProxy } from './kafka-proxy.ts'

export interface KafkaBroker {
  readonly brokers: string[]
  stop(): Promise<void>
}

/** A broker of this process's own. */
export interface OwnBroker extends KafkaBroker {
  /** Copies that a topic can have here. */
  readonly copies: number
  /** Of the process that the broker's own is a child of, to see what it costs. */
  readonly pid: number
  /** Kills it with SIGKILL and lets it come back on its data and its port, by and by. */
  crash(): void
  /** Stops it where it stands (SIGSTOP), connections open and silent, until `resume`. */
  pause(): void
  resume(): void
}

/** One that lets in only who signs in over TLS, and only as far as ACLs say. */
export interface SecuredBroker extends OwnBroker {
  /** File with the certificate that its clients must trust (PEM). */
  readonly certificateFile: string
  /** Of every user, over SCRAM or PLAIN. */
  readonly password: string
}

export interface OwnBrokerOptions {
  readonly own: true
  readonly version?: KafkaVersion
  /** Three brokers, that elect among themselves; crash and pause then meet one after the other. */
  readonly three?: boolean
}

/** Set by `run-tests` for the test processes: the broker they share, or why there is none. */
export const sharedBrokerVariable = 'STRAYLIGHT_TEST_KAFKA'
export const noBrokerVariable = 'STRAYLIGHT_TEST_KAFKA_ABSENT'

/**
 * A real Apache Kafka: the one that KAFKA_BROKERS names, the one that this test run shares, or a new one. `own` starts a
 * new one in any case, for tests that use the product's topic names, stop the broker or need another version. It dies
 * with this process. With CI=true an absent Kafka is an error; elsewhere the reason comes back, for the tests to skip with.
 */
export function startKafka(options: OwnBrokerOptions): Promise<OwnBroker | { absent: string }>
export function startKafka(): Promise<KafkaBroker | { absent: string }>
export async function startKafka(options?: OwnBrokerOptions): Promise<KafkaBroker | { absent: string }> {
  const { KAFKA_BROKERS: given, [sharedBrokerVariable]: shared } = process.env
  const there = given || shared
  if (there && options === undefined) return { brokers: there.split(','), stop: async () => undefined }
  const jars = await jarsOf(options?.version)
  if ('absent' in jars) return jars
  return options?.three === true ? startThree(jars.folder) : startBroker(jars.folder, openProxy)
}

async function startThree(jars: string): Promise<OwnBroker> {
  const all = { nodes: await Promise.all([1, 2, 3].map(brokerNode)), cluster: clusterId() }
  const started = await Promise.allSettled(all.nodes.map((node) => startBroker(jars, openProxy, node, all)))
  const three = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const [first, second, third] = three
  const stop = async () => void (await Promise.all(three.map((broker) => broker.stop())))
  if (first === undefined || second === undefined || third === undefined) {
    await stop()
    throw new Error('not all three test brokers came up', {
      cause: started.find(({ status }) => status === 'rejected'),
    })
  }
  let turn = 0
  let paused = first
  return {
    ...{ brokers: three.flatMap(({ brokers }) => brokers), copies: 3, pid: first.pid, stop },
    crash: () => (three[turn++ % 3] ?? first).crash(),
    pause: () => {
      paused = three[turn++ % 3] ?? first
      paused.pause()
    },
    resume: () => paused.resume(),
  }
}

/** A new broker that lets in `admin`, who may do all, and the named users, who may do what ACLs say. */
export async function startSecuredKafka(users: readonly string[]): Promise<SecuredBroker | { absent: string }> {
  const jars = await jarsOf()
  if ('absent' in jars) return jars
  const endpoint = securedProxy(['admin', ...users])
  const broker = await startBroker(jars.folder, endpoint.open)
  return { ...broker, ...endpoint.opened() }
}

/** A new broker with a endpoint of the caller's making. */
export async function startKafkaBehind(open: () => Promise<BrokerProxy>): Promise<OwnBroker | { absent: string }> {
  const jars = await jarsOf()
  return 'absent' in jars ? jars : startBroker(jars.folder, open)
}

async function jarsOf(version?: KafkaVersion): Promise<{ folder: string } | { absent: string }> {
  const none = process.env[noBrokerVariable]
  if (none) return { absent: none }
  const jars = await kafkaJars(version)
  if ('folder' in jars) return jars
  const absent = `KAFKA HALF NOT TESTED HERE: ${jars.absent}. Set KAFKA_BROKERS, or install Java 17 and Maven.`
  if (process.env.CI === 'true') throw new Error(absent)
  return { absent }
}

/** The JVM's own start takes 4 s on an idle machine with two cores. */
const startMs = 120_000

/** A broker among others, or alone; ports of clients, of this kit and of other brokers, and of controllers. */
interface BrokerNode {
  readonly id: number
  readonly ports: readonly [clients: number, inner: number, controller: number]
}

async function brokerNode(id: number): Promise<BrokerNode> {
  return { id, ports: [await freePort(), await freePort(), await freePort()] }
}

async function startBroker(
  jars: string,
  openProxyIn: (folder: string) => Promise<BrokerProxy>,
  node?: BrokerNode,
  all?: { readonly nodes: readonly BrokerNode[]; readonly cluster: string },
): Promise<OwnBroker> {
  const self = node ?? (await brokerNode(1))
  const { nodes, cluster } = all ?? { nodes: [self], cluster: clusterId() }
  const folder = await mkdtemp(join(tmpdir(), 'straylight-kafka-'))
  try {
    const endpoint = await openProxyIn(folder)
    const properties = join(folder, 'server.properties')
    await writeFile(properties, serverProperties({ folder, self, nodes, endpoint }))
    const java = javaArguments(jars)
    const format = ['kafka.tools.StorageTool', 'format', '-t', cluster, '-c', properties, ...endpoint.formatArguments]
    await promisify(execFile)('java', [...java, ...format], { timeout: startMs })
    const guard = fileURLToPath(new URL('./kafka-guard.ts', import.meta.url))
    const args = ['--import', 'tsx', guard, folder, 'java', ...java, 'kafka.Kafka', properties]
    const process_ = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'inherit'] })
    // The inner endpoint stands open on loopback, so that the kit needs no name to see whether the broker is there.
    await answers([`127.0.0.1:${self.ports[1]}`], process_, folder)
    // The broker must not keep a test process from ending.
    process_.unref()
    return {
      brokers: [`127.0.0.1:${self.ports[0]}`],
      copies: nodes.length,
      pid: process_.pid ?? -1,
      stop: () => stopGuard(process_),
      crash: () => void process_.stdin.write('crash\n'),
      pause: () => void process_.stdin.write('pause\n'),
      resume: () => void process_.stdin.write('continue\n'),
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** java's arguments before the main class. */
export function javaArguments(jars: string): string[] {
  return [
    '-Xmx512m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-cp',
    join(jars, '*'),
  ]
}

function serverProperties(broker: {
  folder: string
  self: BrokerNode
  nodes: readonly BrokerNode[]
  endpoint: BrokerProxy
}): string {
  const { folder, self, nodes, endpoint } = broker
  const [port, innerPort, controllerPort] = self.ports
  const listeners = `CLIENTS://127.0.0.1:${port},INNER://127.0.0.1:${innerPort}`
  const copies = nodes.length
  const needed = Math.max(1, copies - 1)
  return `process.roles=broker,controller
node.id=${self.id}
controller.quorum.voters=${nodes.map(({ id, ports }) => `${id}@127.0.0.1:${ports[2]}`).join(',')}
listeners=${listeners},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=${listeners}
listener.security.protocol.map=CLIENTS:${endpoint.protocol},INNER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=INNER
controller.listener.names=CONTROLLER
log.dirs=${join(folder, 'data')}
offsets.topic.replication.factor=${copies}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=${copies}
transaction.state.log.min.isr=${needed}
share.coordinator.state.topic.replication.factor=${copies}
share.coordinator.state.topic.min.isr=${needed}
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
${endpoint.properties.join('\n')}
`
}

/** 16 random bytes as Kafka writes them; it takes none that starts with a dash for an argument. */
function clusterId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? clusterId() : id
}

async function answers(brokers: string[], guard: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise<'ended'>((resolve) => guard.once('exit', () => resolve('ended')))
  const asked = openKafkaLog({ brokers, clientId: 'straylight-test', log: () => undefined })
  const first = await Promise.race([ended, asked])
  if (first !== 'ended') return first.close()
  asked.catch(() => undefined)
  const said = await readFile(join(folder, 'broker.log'), 'utf8').catch(() => 'it wrote no log')
  throw new Error(`the test broker ended at its start: ${said.slice(-2000)}`)
}

async function stopGuard(guard: ChildProcess): Promise<void> {
  if (guard.exitCode !== null) return
  const ended = new Promise<void>((resolve) => guard.once('exit', () => resolve()))
  guard.ref()
  guard.stdin?.end()
  await ended
}
