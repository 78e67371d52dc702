import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readTokens } from '@straylight/ingest/endpoint/event-tokens'
import { readPolicy } from '@straylight/respond/decide/read-policy'
import { createMetrics } from '@straylight/runtime/process/metrics'
import { startOpsServer } from '@straylight/runtime/process/ops-server'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { readRegistry } from 'straylight/deployment/read-registry'
import { stageNames } from 'straylight/deployment/stage-names'
import { z } from 'zod'
import { goTool } from '../test-support/go-tool.ts'

// Promise 18, for the image and compose: a network for each need, secrets as files and only where they are needed.

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (file: string) => readFileSync(root + file, 'utf8')
const run = promisify(execFile)

// The image: no container can be built where the tests run, so what a builder would do is held against the tree.

/** Instructions of the Dockerfile, continued lines joined. */
const instructions = read('deploy/Dockerfile')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => /^[A-Z]+ /.test(line))
  .map((line) => ({ name: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1).trim() }))
const argumentsOf = (name: string): string[] => {
  const found = instructions.filter((instruction) => instruction.name === name).at(-1)
  assert.ok(found, `the Dockerfile has no ${name}`)
  return z.array(z.string()).parse(JSON.parse(found.rest.slice(found.rest.indexOf('['))))
}

test('what the image copies is there, and every package that runs is among it', () => {
  const copied = instructions
    .filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from'))
    .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1))
  for (const path of copied) assert.ok(existsSync(root + path), `COPY ${path}: there is no such file`)
  const services = execFileSync('git', ['ls-files', 'services/*/package.json', 'schemas', 'models'], { cwd: root })
    .toString()
    .split('\n')
    .filter((file) => /^(services\/[a-z/]+|schemas|models)\/package\.json$/.test(file))
  for (const manifest of services) assert.ok(copied.includes(manifest), `${manifest} is not copied before npm ci`)
})

test('the image runs as nobody special, and starts as `npm run straylight` does', () => {
  const user = instructions.filter(({ name }) => name === 'USER').at(-1)?.rest
  assert.equal(user, '1000:1000')
  const script = z
    .object({ scripts: z.object({ straylight: z.string() }) })
    .parse(JSON.parse(read('package.json')))
    .scripts.straylight.split(' ')
  assert.deepEqual(argumentsOf('ENTRYPOINT'), script)
  assert.ok(statSync(`${root}${script.at(-1)}`).isFile())
})

test('the image is built from an exact release, and a digest can be given', () => {
  const base = instructions.find(({ name, rest }) => name === 'ARG' && rest.startsWith('NODE_IMAGE='))?.rest
  assert.match(base ?? '', /^NODE_IMAGE=node:\d+\.\d+\.\d+-bookworm-slim(@sha256:[0-9a-f]{64})?$/)
  const stages = new Set(['$' + '{NODE_IMAGE}'])
  for (const { rest } of instructions.filter(({ name }) => name === 'FROM')) {
    const [image = '', , stage = ''] = rest.split(' ')
    assert.ok(stages.has(image), `FROM ${image}`)
    stages.add(stage)
  }
})

test('the settings that the image gives can be read', () => {
  const rest = instructions.filter(({ name }) => name === 'ENV').map((instruction) => instruction.rest)
  const given = Object.fromEntries(rest.flatMap((line) => line.split(/\s+/)).map((pair) => pair.split('=')))
  const names = Object.keys(given).filter((name) => name.startsWith('STRAYLIGHT_'))
  for (const name of names) assert.ok(name in AllSettings.shape, `${name} is no setting`)
  const settings = readSettings(AllSettings, given)
  assert.equal(settings.STRAYLIGHT_HOST, '0.0.0.0')
  assert.match(read('deploy/Dockerfile'), new RegExp(`EXPOSE ${settings.STRAYLIGHT_PORT}\\b`))
})

test('the health check of the image passes while the server answers, and fails when it does not', async () => {
  const [program, ...args] = argumentsOf('HEALTHCHECK')
  assert.equal(program, 'node')
  const metrics = createMetrics({ processMetrics: false })
  const server = await startOpsServer({
    host: '127.0.0.1',
    port: 0,
    metrics,
    readiness: () => ({ ready: false, reasons: ['score is behind'] }),
  })
  const check = () =>
    run(process.execPath, args, { env: { ...process.env, STRAYLIGHT_PORT: new URL(server.url).port } })
  // Alive and behind: to restart it would put it further behind.
  await check()
  await server.close()
  await assert.rejects(check())
})

test('the files that compose and the chart start with can be read, and revoke nothing', async () => {
  const policy = await readPolicy(`${root}deploy/config/policy.yaml`)
  for (const tier of Object.values(policy.tiers)) {
    for (const response of [tier.low, tier.medium, tier.high, tier.critical]) assert.equal(response, 'alert')
  }
  assert.deepEqual((await readRegistry(`${root}deploy/config/agents.yaml`)).agents, [])
  assert.deepEqual(await readTokens(`${root}deploy/config/tokens.yaml`), [])
})

// Compose, as the client of its makers reads it.

const Service = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).nullish(),
  environment: z.record(z.string(), z.string()).optional(),
  read_only: z.boolean().optional(),
  user: z.string().optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  networks: z.record(z.string(), z.unknown()),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  ports: z.array(z.object({ host_ip: z.string(), target: z.number() })).optional(),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  secrets: z.array(z.object({ source: z.string(), target: z.string() })).optional(),
  configs: z.array(z.object({ source: z.string(), target: z.string() })).optional(),
  volumes: z.array(z.looseObject({ source: z.string(), target: z.string() })).optional(),
})
const Project = z.looseObject({
  services: z.record(z.string(), Service),
  networks: z.record(
    z.string(),
    z.looseObject({ internal: z.boolean().optional(), driver_opts: z.record(z.string(), z.string()).optional() }),
  ),
  secrets: z.record(z.string(), z.object({ name: z.string(), file: z.string() })),
})

async function composed(client: string, given: Record<string, string> = {}): Promise<z.infer<typeof Project>> {
  const args = ['-f', 'deploy/compose.yaml', '--profile', '*', 'config', '--format', 'json']
  const { PATH = '', HOME = '' } = process.env
  const { stdout } = await run(client, args, { cwd: root, env: { PATH, HOME, ...given }, maxBuffer: 2 ** 24 })
  return Project.parse(JSON.parse(stdout))
}

test('compose.yaml', { timeout: 1_500_000 }, async (context) => {
  const client = await goTool('docker-compose')
  if ('absent' in client) return context.skip(client.absent)

  const { services, networks, secrets } = await composed(client.path)
  const ours = Object.entries(services).filter(([, service]) => service.image.startsWith('straylight:'))

  await context.test('runs every stage in a process of its own, after topics and tables are made', () => {
    const stages = ours.filter(([, { command }]) => command?.[0] === 'up')
    assert.deepEqual(
      stages.map(([name, { command }]) => [name, ...(command?.slice(1) ?? [])]).sort(),
      stageNames.map((name) => [name, name]).sort(),
    )
    for (const [name, { depends_on }] of stages) {
      assert.equal(depends_on?.prepare?.condition, 'service_completed_successfully', name)
    }
    assert.deepEqual(Object.keys(services.prepare?.depends_on ?? {}).sort(), ['clickhouse', 'rights'])
    for (const name of ['kafka', 'clickhouse']) assert.ok(services[name]?.healthcheck, `${name} says when it is up`)
  })

  await context.test('gives each process settings that exist and can be read', () => {
    for (const [name, { environment = {} }] of ours) {
      for (const setting of Object.keys(environment)) assert.ok(setting in AllSettings.shape, `${name}: ${setting}`)
      const given = Object.entries(environment).filter(([setting]) => !setting.endsWith('_FILE'))
      const settings = readSettings(AllSettings, Object.fromEntries(given))
      assert.deepEqual(settings.KAFKA_BROKERS, ['kafka:9092'])
      const store = ['baseline', 'prepare', 'score'].includes(name)
      assert.equal(settings.CLICKHOUSE_URL, store ? 'http://clickhouse:8123' : undefined, name)
    }
  })

  await context.test('gives each process the secrets that it needs, as files, and no other', () => {
    const given = Object.entries(services).map(([name, service]) => [
      name,
      service.secrets?.map(({ source }) => source).sort() ?? [],
    ])
    assert.deepEqual(Object.fromEntries(given), {
      kafka: ['kafka_users'],
      clickhouse: ['clickhouse_password'],
      topics: ['kafka_prepare'],
      rights: ['kafka_prepare'],
      prepare: ['clickhouse_password', 'kafka_prepare'],
      ingest: ['kafka_ingest'],
      baseline: ['clickhouse_password', 'kafka_baseline', 'profile_key'],
      score: ['clickhouse_password', 'kafka_score'],
      respond: ['kafka_respond'],
      approver: ['kafka_verdict'],
    })
    for (const [name, { environment = {}, secrets: mounted = [] }] of Object.entries(services)) {
      const secret = /PASSWORD|SECRET|PROFILE_KEY/
      for (const [setting, value] of Object.entries(environment).filter(([each]) => secret.test(each))) {
        assert.match(setting, /_FILE$/, `${name}: ${setting} is no file`)
        assert.ok(
          mounted.some(({ target }) => value === (target.startsWith('/') ? target : `/run/secrets/${target}`)),
          `${name}: nothing is mounted at ${value}`,
        )
      }
    }
    // What git and an image must never hold.
    const ignored = read('.gitignore').split('\n')
    for (const { file } of Object.values(secrets)) assert.match(file, /\/deploy\/secrets\/[a-z.-]+$/)
    assert.ok(ignored.includes('deploy/secrets/') && ignored.includes('deploy/.env'))
  })

  await context.test('lets each sign in at Kafka by its own name, with the password of that name', () => {
    for (const [name, { environment = {}, secrets: mounted = [] }] of ours) {
      const user = stageNames.find((stage) => stage === name) ?? (name === 'approver' ? 'verdict' : 'prepare')
      assert.equal(environment.KAFKA_SASL_USERNAME, user, name)
      const password = mounted.find(({ target }) => target.endsWith('kafka_password'))
      assert.equal(password?.source, `kafka_${user}`, name)
    }
  })

  await context.test('gives tokens to the endpoint alone, the keys of commands and webhooks to respond alone', () => {
    const having = (source: string) =>
      ours
        .filter(([, { configs = [] }]) => configs.some((config) => config.source === source))
        .map(([name]) => name)
        .sort()
    assert.deepEqual(having('tokens'), ['ingest'])
    assert.deepEqual(having('policy'), ['baseline', 'prepare', 'respond', 'score'])
    const keeping = ours.flatMap(([name, { volumes = [] }]) => volumes.map(({ source }) => [name, source]))
    assert.deepEqual(keeping.sort(), [
      ['approver', 'approver'],
      ['respond', 'respond'],
    ])
    for (const [name, { environment = {}, configs = [] }] of ours) {
      for (const value of Object.values(environment).filter((each) => each.startsWith('/etc/straylight/')))
        assert.ok(
          configs.some(({ target }) => target === value),
          `${name}: nothing is mounted at ${value}`,
        )
    }
  })

  await context.test('lets no process write to its root, become another user or take rights', () => {
    for (const [name, service] of ours) {
      assert.equal(service.read_only, true, name)
      assert.equal(service.user, '1000:1000', name)
      assert.deepEqual(service.cap_drop, ['ALL'], name)
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name)
    }
  })

  await context.test('joins each process to what it needs, and to nothing else', () => {
    const joined = Object.entries(services).map(([name, service]) => [name, Object.keys(service.networks).sort()])
    assert.deepEqual(Object.fromEntries(joined), {
      kafka: ['log'],
      clickhouse: ['store'],
      topics: ['log'],
      rights: ['log'],
      prepare: ['log', 'store'],
      ingest: ['endpoint', 'log'],
      baseline: ['log', 'store'],
      score: ['log', 'store'],
      respond: ['log', 'webhooks'],
      approver: ['log'],
    })
    const ways = Object.entries(networks).filter(([, { internal }]) => internal !== true)
    assert.deepEqual(ways.map(([name]) => name).sort(), ['endpoint', 'webhooks'])
    // Events come in by the endpoint; nothing leaves by it.
    assert.equal(networks.endpoint?.driver_opts?.['com.docker.network.bridge.enable_ip_masquerade'], 'false')
  })

  await context.test('lets only the endpoint for events be reached, and only from this machine', () => {
    const open = Object.entries(services).filter(([, { ports = [] }]) => ports.length > 0)
    assert.deepEqual(
      open.map(([name, { ports }]) => [name, ports]),
      [['ingest', [{ ...services.ingest?.ports?.[0], host_ip: '127.0.0.1', target: 8700 }]]],
    )
  })
})
