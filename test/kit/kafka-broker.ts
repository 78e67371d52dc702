import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openKafkaLog } from '@straylight/runtime/kafka-log'
import { kafkaJars } from './kafka-artifacts.ts'

export interface KafkaBroker {
  readonly brokers: string[]
  stop(): Promise<void>
}

/** A broker of this process's own. */
export interface OwnBroker extends KafkaBroker {
  /** Kills it with SIGKILL and lets it come back on its data and its port, by and by. */
  crash(): void
}

/** Set by `run-tests` for the test processes: the broker they share, or why there is none. */
export const sharedBrokerVariable = 'STRAYLIGHT_TEST_KAFKA'
export const noBrokerVariable = 'STRAYLIGHT_TEST_KAFKA_ABSENT'

/**
 * A real Apache Kafka: the one that KAFKA_BROKERS names, the one that this test run shares, or a new one. `own` starts a
 * new one in any case, for tests that use the product's topic names or stop the broker. It dies with this process.
 * With CI=true an absent Kafka is an error; elsewhere the reason comes back, for the tests to skip with.
 */
export function startKafka(options: { own: true }): Promise<OwnBroker | { absent: string }>
export function startKafka(): Promise<KafkaBroker | { absent: string }>
export async function startKafka(options: { own?: boolean } = {}): Promise<KafkaBroker | { absent: string }> {
  const { KAFKA_BROKERS: given, [sharedBrokerVariable]: shared, [noBrokerVariable]: none } = process.env
  const there = given || shared
  if (there && !options.own) return { brokers: there.split(','), stop: async () => undefined }
  if (none) return { absent: none }
  const jars = await kafkaJars()
  if ('folder' in jars) return startBroker(jars.folder)
  const absent = `KAFKA HALF NOT TESTED HERE: ${jars.absent}. Set KAFKA_BROKERS, or install Java 17 and Maven.`
  if (process.env.CI === 'true') throw new Error(absent)
  return { absent }
}

/** The JVM's own start takes 4 s on an idle machine with two cores. */
const startMs = 120_000

async function startBroker(jars: string): Promise<OwnBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-kafka-'))
  try {
    const [port, controllerPort] = [await freePort(), await freePort()]
    const java = await prepare(folder, jars, port, controllerPort)
    const guard = fileURLToPath(new URL('./kafka-guard.ts', import.meta.url))
    const args = ['--import', 'tsx', guard, folder, 'java', ...java, 'kafka.Kafka', join(folder, 'server.properties')]
    const process_ = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'inherit'] })
    const brokers = [`127.0.0.1:${port}`]
    await answers(brokers, process_, folder)
    // The broker must not keep a test process from ending.
    process_.unref()
    return { brokers, stop: () => stopGuard(process_), crash: () => void process_.stdin.write('crash\n') }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** Writes the settings and formats the storage; returns java's arguments before the main class. */
async function prepare(folder: string, jars: string, port: number, controllerPort: number): Promise<string[]> {
  await writeFile(join(folder, 'server.properties'), serverProperties(folder, port, controllerPort))
  const java = [
    '-Xmx512m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-cp',
    join(jars, '*'),
  ]
  const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId(), '-c', join(folder, 'server.properties')]
  await promisify(execFile)('java', [...java, ...format], { timeout: startMs })
  return java
}

function serverProperties(folder: string, port: number, controllerPort: number): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
log.dirs=${join(folder, 'data')}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
`
}

/** 16 random bytes as Kafka writes them; it takes none that starts with a dash for an argument. */
function clusterId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? clusterId() : id
}

async function answers(brokers: string[], guard: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise<'ended'>((resolve) => guard.once('exit', () => resolve('ended')))
  const asked = openKafkaLog({ brokers, clientId: 'straylight-test-kit', log: () => undefined })
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

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}
