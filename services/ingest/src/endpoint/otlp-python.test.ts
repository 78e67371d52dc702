import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { context } from '../../test-support/audit-record.ts'
import { bearer, openTestEndpoint, tokenOf } from '../../test-support/test-endpoint.ts'
import { readRecord } from '../record/read-record.ts'

const run = promisify(execFile)
const packages = ['opentelemetry-sdk==1.38.0', 'opentelemetry-exporter-otlp-proto-http==1.38.0']

/** An agent that calls a tool, as Python's SDK reports it: with gzip and protobuf, the parent in a later batch than its child. */
const program = `
import os
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

exporter = OTLPSpanExporter(
    endpoint=os.environ["ENDPOINT"] + "/v1/traces",
    headers={"authorization": os.environ["AUTHORIZATION"]},
    compression=Compression.Gzip,
)
provider = TracerProvider(resource=Resource.create({"service.name": "python-app"}))
provider.add_span_processor(SimpleSpanProcessor(exporter))
tracer = provider.get_tracer("agents")
with tracer.start_as_current_span("invoke_agent", attributes={"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "snake-bot"}):
    with tracer.start_as_current_span("execute_tool pay", attributes={"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "pay"}):
        pass
provider.shutdown()
`

/** Why Python's SDK cannot be tried here; `null` where it is ready. */
async function whyNot(folder: string): Promise<string | null> {
  if (process.env.CI === undefined) return 'installs packages of Python, so it runs in CI only (CI=true)'
  try {
    await run('python3', ['-m', 'venv', folder], { timeout: 120_000 })
    await run(join(folder, 'bin/python'), ['-m', 'pip', 'install', '--quiet', ...packages], { timeout: 300_000 })
    return null
  } catch (error) {
    return `Python, venv or pip is missing, or they reach no packages: ${error instanceof Error ? error.message.slice(0, 300) : ''}`
  }
}

test('a trace of the Python SDK is read like others', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-python-'))
  const reason = await whyNot(folder)
  if (reason !== null) {
    await rm(folder, { recursive: true })
    t.skip(reason)
    return
  }
  const endpoint = await openTestEndpoint({ tokens: [tokenOf('acme')], now: Date.now })
  try {
    await writeFile(join(folder, 'agent.py'), program)
    const env = { ...process.env, ENDPOINT: endpoint.url, AUTHORIZATION: bearer('acme').authorization }
    const { stderr } = await run(join(folder, 'bin/python'), [join(folder, 'agent.py')], { env, timeout: 60_000 })
    assert.equal(stderr, '')
    const records = await endpoint.records()
    const read = records.map(({ value, headers }) => readRecord(value, headers, context))
    assert.deepEqual(
      read.flatMap(({ events }) => events.map(({ event }) => [event.tool, event.system, event.tenant])),
      [['pay', 'python-app', 'acme']],
    )
    // The agent's own span came later, and is in the log for the call that waits for it.
    assert.deepEqual(
      read.flatMap((one) => one.passed_over.map(({ passed_over }) => passed_over)),
      ['otlp agent run'],
    )
  } finally {
    await endpoint.close()
    await rm(folder, { recursive: true })
  }
})
