import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openKeys } from '@straylight/respond/command/signing-keys'
import { topics } from '@straylight/schemas/topics'
import { createProgram } from 'straylight/commands/program'
import { createDeploymentMetrics } from 'straylight/deployment/deployment-metrics'
import { parse } from 'yaml'
import { z } from 'zod'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (file: string) => readFile(root + file, 'utf8')

/** Every series that a process can have: those of the registry, and those that are asked for when somebody looks. */
async function seriesNames(): Promise<Set<string>> {
  const names = new Set<string>()
  for (const { name, type } of await createDeploymentMetrics().registry.getMetricsAsJSON()) {
    names.add(name)
    if (String(type) === 'histogram') for (const part of ['bucket', 'sum', 'count']) names.add(`${name}_${part}`)
  }
  for (const file of await readdir(`${root}services`, { recursive: true })) {
    if (!/^\w+\/src\/.*\.ts$/.test(file)) continue
    const text = await read(`services/${file}`)
    for (const match of text.matchAll(/gaugeOf\(metrics, \{\s*name: '(\w+)'/g)) names.add(match[1] ?? '')
  }
  return names
}

/** Rules, dashboards and runbooks of those who run it name these: one that changes breaks them without a word. */
const series = [
  ...['agent_rejections_total', 'alerts_made_room_total', 'batch_seconds', 'breaker_open', 'deliveries_total'],
  ...['door_refusals_total', 'door_values_total', 'dropped_fields_total'],
  ...[
    'findings_suppressed_total',
    'lag_records',
    'latency_seconds',
    'learning_tenants',
    'notifications_withheld_total',
    'open_alerts',
  ],
  ...[
    'passed_over_total',
    'reader_faults_total',
    'records_read_total',
    'records_written_total',
    'rejections_total',
    'retained_records',
  ],
  ...['session_alert_budget', 'sessions_total', 'set_aside_total', 'stage_up', 'webhook_oldest_undelivered_seconds'],
  'webhook_undelivered',
].map((name) => `straylight_${name}`)

test('the names of the series stay, whichever stage counts them', async () => {
  const metrics = await createDeploymentMetrics({ processMetrics: false }).registry.getMetricsAsJSON()
  assert.deepEqual(metrics.map(({ name }) => name).sort(), series)
})

const named = (expression: string) => expression.match(/\b(?:straylight|process|nodejs)_[a-z0-9_]+\b(?!:)/g) ?? []
const recorded = 'stage:straylight_lag_records:sum'

const Rules = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().optional(),
          record: z.string().optional(),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.object({ severity: z.enum(['warning', 'critical']) }).optional(),
          annotations: z.object({ summary: z.string(), runbook_url: z.string() }).optional(),
        }),
      ),
    }),
  ),
})
const rules = Rules.parse(parse(await read('deploy/prometheus/alerts.yaml'))).groups.flatMap((group) => group.rules)
const runbook = await read('deploy/RUNBOOK.md')

test('alerts and board ask for series that the program has', async () => {
  const known = await seriesNames()
  const Board = z.object({
    panels: z.array(
      z.object({ title: z.string(), type: z.string(), targets: z.array(z.object({ expr: z.string() })).default([]) }),
    ),
  })
  const { panels } = Board.parse(JSON.parse(await read('deploy/grafana/straylight.json')))
  const row = panels.findIndex(({ title, type }) => type === 'row' && title === 'Detection')
  assert.ok(panels.slice(row + 1).length >= 6, 'the board shows what detection does')
  const asked = [
    ...rules.map(({ expr }) => expr),
    ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ].map((expr) => expr.replaceAll(recorded, ''))
  assert.ok(asked.length > 25)
  for (const expr of asked) {
    for (const name of named(expr)) assert.ok(known.has(name), `${name} is no metric: ${expr}`)
    for (const [, topic] of expr.matchAll(/(agent\.[a-z.]+\.v\d)/g)) {
      assert.ok(
        Object.values(topics).some(({ name }) => name === topic),
        `${topic} is no topic: ${expr}`,
      )
    }
  }
  assert.ok(rules.some(({ record }) => record === recorded))
})

test('every alert says how bad it is and leads to its part of the runbook', () => {
  const headings = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  )
  const alerts = rules.filter(({ alert }) => alert !== undefined)
  assert.ok(alerts.length >= 10)
  for (const { alert, labels, annotations } of alerts) {
    assert.ok(labels, `${alert} has no severity`)
    const [file, anchor = ''] = annotations?.runbook_url.split('#') ?? []
    assert.equal(file, 'deploy/RUNBOOK.md', alert)
    assert.ok(headings.includes(anchor), `${alert}: the runbook has no part #${anchor}`)
  }
  for (const [, anchor = ''] of runbook.matchAll(/\]\(#([^)]+)\)/g)) assert.ok(headings.includes(anchor), `#${anchor}`)
})

type Command = ReturnType<typeof createProgram>

/** The command that the words name, as deep as they go; undefined for a word that is none. */
function commandOf(words: readonly string[]): Command | undefined {
  let command: Command | undefined = createProgram()
  for (const word of words) {
    if (command === undefined || command.commands.length === 0) return command
    command = command.commands.find((each) => each.name() === word)
  }
  return command
}

test('every command of the runbook and of the guide exists, with its options', async () => {
  const guide = await read('deploy/README.md')
  const said = [runbook, guide]
    .flatMap((text) => text.match(/`straylight [^`\n]+`|^straylight .+$/gm) ?? [])
    .map((line) => line.replaceAll('`', '').split(' ').slice(1))
  assert.ok(said.length > 20)
  for (const words of said) {
    const command = commandOf(words)
    assert.ok(command !== undefined && command.name() !== 'straylight', `straylight ${words.join(' ')}`)
    for (const option of words.filter((word) => word.startsWith('--'))) {
      assert.ok(
        command.options.some(({ long }) => long === option),
        `straylight ${words.join(' ')}: ${option}`,
      )
    }
  }
})

test("deleting an agent's data names every table that has agents, and no other", async () => {
  let tables: string[] = []
  for (const file of (await readdir(`${root}schemas/sql`)).sort()) {
    const sql = await read(`schemas/sql/${file}`)
    const dropped = [...sql.matchAll(/^DROP TABLE IF EXISTS (\w+);/gm)].map(([, table]) => table)
    tables = tables.filter((table) => !dropped.includes(table))
    for (const [, table = '', columns = ''] of sql.matchAll(/CREATE TABLE IF NOT EXISTS (\w+)\n\(([\s\S]+?)\n\)/g)) {
      if (/^ {4}agent String,$/m.test(columns)) tables.push(table)
    }
  }
  const deleted = [...runbook.matchAll(/^ALTER TABLE (\w+) DELETE WHERE tenant = 'acme' AND agent = /gm)].map(
    ([, table]) => table,
  )
  assert.deepEqual(deleted.sort(), tables.sort())
})

test('the keys that the runbook makes are keys that respond opens', async () => {
  const script = /^node -e '(.+)' > commands\.jwk$/m.exec(runbook)?.[1] ?? ''
  const folder = await mkdtemp(join(tmpdir(), 'straylight-runbook-'))
  try {
    const made = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })
    await writeFile(join(folder, 'commands.jwk'), made)
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
    await writeFile(join(folder, 'webhook-soc.secret'), `${secret}\n`)
    const keys = await openKeys(folder)
    assert.equal(keys.commands.publicKey.x, z.object({ x: z.string() }).parse(JSON.parse(made)).x)
    assert.equal(await keys.webhookSecret('soc'), secret)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

// Log shippers: none of them is in a package registry, so topic, key and names are held against their documentation.

test('Vector sends each line as it stands onto the audit topic, keyed by agent', async () => {
  const config = parse(await read('deploy/log-shippers/vector.yaml'))
  const sink = config.sinks.straylight
  const names = ['acknowledgements', 'bootstrap_servers', 'buffer', 'compression', 'encoding', 'inputs', 'key_field']
  assert.deepEqual(Object.keys(sink).sort(), [...names, 'librdkafka_options', 'sasl', 'tls', 'topic', 'type'])
  assert.deepEqual(
    [sink.type, sink.topic, sink.key_field, sink.encoding.codec],
    ['kafka', topics.audit.name, 'agent', 'text'],
  )
  assert.deepEqual(sink.inputs, Object.keys(config.transforms))
  assert.deepEqual(config.transforms.keyed.inputs, Object.keys(config.sources))
  assert.match(config.transforms.keyed.source, /^\.agent = parsed\.agent$/m)
  assert.equal(sink.buffer.when_full, 'block')
})

test('Fluent Bit sends each record onto the audit topic, keyed by agent', async () => {
  const config = parse(await read('deploy/log-shippers/fluent-bit.yaml'))
  const [input] = config.pipeline.inputs
  const [output] = config.pipeline.outputs
  assert.deepEqual(
    [output.name, output.topics, output.message_key_field, output.format],
    ['kafka', topics.audit.name, 'agent', 'json'],
  )
  assert.equal(output.match, input.tag)
  assert.equal(input.parser, config.parsers[0].name)
  assert.equal(output['rdkafka.partitioner'], 'murmur2_random')
})

test('the shippers of audit logs send them all to the endpoint, with a token from a file', async () => {
  const vector = parse(await read('deploy/log-shippers/vector-audit-logs.yaml'))
  const sink = vector.sinks.straylight
  assert.deepEqual(sink.inputs.sort(), Object.keys(vector.sources).sort())
  assert.deepEqual(
    [sink.type, sink.uri, sink.encoding.codec, sink.framing.method, sink.buffer.when_full],
    ['http', '$' + '{STRAYLIGHT_URL}/v1/events', 'text', 'newline_delimited', 'block'],
  )
  assert.equal(sink.auth.token, 'SECRET[files.straylight_token]')
  const fluentBit = parse(await read('deploy/log-shippers/fluent-bit-audit-logs.yaml'))
  const [output] = fluentBit.pipeline.outputs
  assert.deepEqual([output.uri, output.format, output.retry_limit], ['/v1/events', 'json_lines', 'no_limits'])
  assert.match(fluentBit.env[0].uri, /^file:/)
  for (const { tag, parser } of fluentBit.pipeline.inputs) {
    assert.match(tag, /^audit[.]/)
    assert.equal(parser, fluentBit.parsers[0].name)
  }
})

test('the OpenTelemetry Collector sends each parsed body onto the audit topic, keyed by agent', async () => {
  const config = parse(await read('deploy/log-shippers/otel-collector.yaml'))
  const { kafka } = config.exporters
  assert.deepEqual(kafka.logs, { topic: topics.audit.name, encoding: 'raw' })
  assert.equal(kafka.partition_logs_by_resource_attributes, true)
  assert.deepEqual(config.processors.groupbyattrs.keys, ['agent'])
  const [parsing, copying] = config.receivers.filelog.operators
  assert.deepEqual([parsing.type, parsing.parse_to], ['json_parser', 'body'])
  assert.deepEqual([copying.from, copying.to], ['body.agent', 'attributes.agent'])
  for (const [part, used] of Object.entries(config.service.pipelines.logs)) {
    for (const name of z.array(z.string()).parse(used)) assert.ok(name in config[part], `${part}: ${name}`)
  }
})

test('the OpenTelemetry Collector sends OTLP to the endpoint, or onto the audit topic', async () => {
  const config = parse(await read('deploy/log-shippers/otel-collector-traces.yaml'))
  const { kafka, otlphttp } = config.exporters
  for (const signal of [kafka.traces, kafka.logs])
    assert.deepEqual(signal, { topic: topics.audit.name, encoding: 'otlp_proto' })
  assert.match(otlphttp.headers.authorization, /^Bearer \$\{file:/)
  for (const pipeline of Object.values(config.service.pipelines))
    for (const [part, used] of Object.entries(z.record(z.string(), z.array(z.string())).parse(pipeline)))
      for (const name of used) assert.ok(name in config[part], `${part}: ${name}`)
})

test('no shipper takes its password from the environment: it stands in a file', async () => {
  const texts = await Promise.all(
    ['vector', 'fluent-bit', 'otel-collector', 'otel-collector-traces'].map((name) =>
      read(`deploy/log-shippers/${name}.yaml`),
    ),
  )
  for (const text of texts) assert.equal(/\$\{env:KAFKA_PASSWORD/.test(text), false)
  const [vector, fluentBit, collector] = texts.map((text) => parse(text))
  assert.equal(vector.sinks.straylight.sasl.password, 'SECRET[files.kafka_password]')
  assert.deepEqual([vector.secret.files.type, vector.secret.files.path], ['directory', '/etc/vector/secrets'])
  assert.deepEqual(fluentBit.env, [{ name: 'KAFKA_PASSWORD', uri: 'file:///etc/fluent-bit/secrets/kafka_password' }])
  assert.equal(fluentBit.pipeline.outputs[0]['rdkafka.sasl.password'], '$' + '{KAFKA_PASSWORD}')
  assert.equal(collector.exporters.kafka.auth.sasl.password, '$' + '{file:/etc/otelcol/secrets/kafka_password}')
})
