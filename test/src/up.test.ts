import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openIssuerKey } from '@straylight/respond/command/signing-keys'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import { openStore } from '@straylight/runtime/store/open-store'
import { topics } from '@straylight/schemas/topics'
import { z } from 'zod'
import { builtProgram } from '../test-support/built-program.ts'

// `straylight up`, as an operator meets it: embedded, killed, started again, copied, asked for its health.

const root = fileURLToPath(new URL('../../', import.meta.url))
const token = 'gateway-token'

let folder: string
let tokens: string
const running = new Set<ChildProcess>()
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-up-'))
  tokens = join(folder, 'tokens.yaml')
  const token_sha256 = createHash('sha256').update(token).digest('hex')
  await writeFile(tokens, JSON.stringify([{ name: 'gateway', token_sha256, tenant: 'acme' }]))
})
afterEach(async () => {
  for (const child of running) await end(child, 'SIGKILL')
})
after(() => rm(folder, { recursive: true, force: true }))

interface Program {
  readonly child: ChildProcess
  readonly url: string
}

function launch(data: string, args: string[], settings: Record<string, string> = {}): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(STRAYLIGHT|KAFKA|CLICKHOUSE)_/.test(name))
  const own = { STRAYLIGHT_DATA: data, STRAYLIGHT_PORT: '0', STRAYLIGHT_TOKENS: tokens, ...settings }
  const child = spawn(builtProgram, args, {
    cwd: root,
    env: { ...Object.fromEntries(inherited), ...own },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Starts it and waits until it is ready; its own words are in the error when it ends instead. */
async function up(data: string, args: string[] = [], settings: Record<string, string> = {}): Promise<Program> {
  const child = launch(data, ['up', ...args], settings)
  const text = { said: '' }
  child.stderr?.on('data', (chunk: Buffer) => {
    text.said += chunk
  })
  child.stdout?.resume()
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${text.said}`)
    const url = /"url":"([^"]+)"/.exec(text.said)?.[1]
    const ready = url === undefined ? false : await fetch(`${url}/readyz`).then((response) => response.ok)
    if (url !== undefined && ready) return { child, url }
    await sleep(50)
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  child.kill(signal)
  const [code] = await once(child, 'exit')
  return code
}

/** Events of one agent, a second apart, from `from` on. */
function lines(from: number, count: number): string {
  const start = Date.parse('2026-11-02T08:00:00Z')
  return Array.from({ length: count }, (_, at) =>
    JSON.stringify({
      id: `e${from + at}`,
      time: new Date(start + (from + at) * 1000).toISOString(),
      agent: `bot-${(from + at) % 7}`,
      system: 'crm',
      action: 'contacts.read',
    }),
  ).join('\n')
}

async function post(url: string, body: string): Promise<Response> {
  return fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    body,
  })
}

/** What the store of a stopped deployment holds: rows, and distinct ids among them. */
async function stored(data: string): Promise<{ rows: number; ids: number }> {
  const store = await openStore({ directory: join(data, 'store') })
  try {
    const [counts] = await store.query(
      {
        name: 'test: events',
        sql: 'SELECT count() AS rows, uniqExact(event_id) AS ids FROM events FINAL',
        row: z.object({ rows: z.number(), ids: z.number() }),
      },
      {},
    )
    return counts ?? { rows: 0, ids: 0 }
  } finally {
    await store.close()
  }
}

test('what was answered 202 is there once, through kill -9 in the middle of it', async () => {
  const data = join(folder, 'killed')
  let sent = 0
  for (let round = 0; round < 3; round += 1) {
    const { child, url } = await up(data)
    for (let batch = 0; batch < 4; batch += 1) {
      const response = await post(url, lines(sent, 500))
      assert.equal(response.status, 202)
      sent += 500
    }
    await end(child, 'SIGKILL')
  }
  const { child, url } = await up(data)
  await settled(url)
  assert.equal(await end(child, 'SIGTERM'), 0)
  assert.deepEqual(await stored(data), { rows: sent, ids: sent })
})

test('one program holds a folder; another is informed which one, and the doctor asks it', async () => {
  const data = join(folder, 'held')
  const { child, url } = await up(data)
  const second = launch(data, ['up'])
  let said = ''
  second.stderr?.on('data', (chunk: Buffer) => {
    said += chunk
  })
  const [code] = await once(second, 'exit')
  assert.equal(code, 1)
  assert.match(said, new RegExp(`in use by process ${child.pid}`))

  const doctor = launch(data, ['doctor', '--json'])
  let summary = ''
  doctor.stdout?.on('data', (chunk: Buffer) => {
    summary += chunk
  })
  await once(doctor, 'close')
  const check = JSON.parse(summary).checks.find(({ name }: { name: string }) => name === 'running')
  assert.equal(check.state, 'good')
  assert.ok(check.found.includes(url))
  assert.equal(await end(child, 'SIGTERM'), 0)
})

test('the endpoint takes nothing from a sender without a token', async () => {
  const { url } = await up(join(folder, 'endpoint'))
  const without = await fetch(`${url}/v1/events`, { method: 'POST', body: lines(0, 1) })
  assert.equal(without.status, 401)
  const wrong = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { authorization: 'Bearer guess' },
    body: lines(0, 1),
  })
  assert.equal(wrong.status, 401)
  assert.equal((await post(url, lines(0, 1))).status, 202)
})

test('a stopped folder is copied, and the copy goes on', async () => {
  const data = join(folder, 'original')
  const input = join(folder, 'input.ndjson')
  await writeFile(input, lines(0, 300))
  const first = await up(data, ['--input', input])
  await settled(first.url)
  assert.equal(await end(first.child, 'SIGINT'), 0)
  const copy = join(folder, 'copy')
  await cp(data, copy, { recursive: true })
  const second = await up(copy)
  assert.equal((await post(second.url, lines(300, 100))).status, 202)
  await settled(second.url)
  assert.equal(await end(second.child, 'SIGTERM'), 0)
  assert.deepEqual(await stored(copy), { rows: 400, ids: 400 })
  assert.deepEqual(await stored(data), { rows: 300, ids: 300 })
})

test('stages run alone on one folder, one after the other', async () => {
  const data = join(folder, 'alone')
  const input = join(folder, 'alone.ndjson')
  await writeFile(input, lines(0, 50))
  const ingest = launch(data, ['up', 'ingest', '--input', input])
  for (let waited = 0; waited < 200 && !(await hasEvents(data)); waited += 1) await sleep(100)
  assert.equal(await end(ingest, 'SIGTERM'), 0)
  const rest = await up(data, ['baseline', 'score'])
  await settled(rest.url, ['baseline', 'score'])
  assert.equal(await end(rest.child, 'SIGTERM'), 0)
  assert.deepEqual(await stored(data), { rows: 50, ids: 50 })
})

async function hasEvents(data: string): Promise<boolean> {
  const log = await openEmbeddedLog({ directory: join(data, 'log') }).catch(() => undefined)
  if (log === undefined) return false
  try {
    let records = 0
    for (let partition = 0; partition < 4; partition += 1) {
      records += await log.endOffset({ topic: topics.events.name, partition })
    }
    return records >= 50
  } catch {
    // The topics are not made yet.
    return false
  } finally {
    await log.close()
  }
}

/** Until these stages have read everything, twice in a row: what one wrote, the next has read. */
async function settled(url: string, stages = ['ingest', 'baseline', 'score', 'respond']): Promise<void> {
  for (let calm = 0; calm < 2; ) {
    await sleep(1_200)
    const metrics = await (await fetch(`${url}/metrics`)).text()
    const lags = [...metrics.matchAll(/^straylight_lag_records\{stage="(\w+)".*\} (\d+)$/gm)]
      .filter(([, stage]) => stages.includes(stage ?? ''))
      .map(([, , lag]) => Number(lag))
    calm = lags.length > 0 && lags.every((lag) => lag === 0) ? calm + 1 : 0
  }
}

test('a verdict on an alert that is not there says so, and one that the policy refuses is not sent', async () => {
  const data = join(folder, 'verdict')
  const { publicKey } = await openIssuerKey(join(data, 'keys'), 'operator')
  const policy = join(folder, 'policy.yaml')
  const issuers = [{ name: 'operator', public_key: publicKey.x, roles: ['analyst'] }]
  await writeFile(policy, JSON.stringify({ id: 'test', issuers }))
  const settings = { STRAYLIGHT_POLICY: policy }
  const { child } = await up(data, [], settings)
  // Without STRAYLIGHT_POLICY, it is the policy of the program that runs.
  const verdict = launch(data, ['verdict', 'alr_doesnotexist', 'false', '--reason', 'known job'], {})
  let said = ''
  verdict.stdout?.on('data', (chunk: Buffer) => {
    said += chunk
  })
  assert.deepEqual(await once(verdict, 'close'), [1, null])
  assert.match(said, /There is no alert alr_doesnotexist\. No verdict was sent\./)
  const approve = launch(data, ['verdict', 'alr_unknown', 'approve', '--reason', 'no right to'], settings)
  assert.deepEqual(await once(approve, 'exit'), [2, null])
  assert.equal(await end(child, 'SIGTERM'), 0)
  const log = await openEmbeddedLog({ directory: join(data, 'log') })
  assert.equal(await log.endOffset({ topic: topics.verdicts.name, partition: 0 }), 0)
  await log.close()
})

test('an older program refuses the folder of a newer one', async () => {
  const data = join(folder, 'newer')
  const first = await up(data)
  assert.equal(await end(first.child, 'SIGTERM'), 0)
  const file = join(data, 'version.json')
  const version = JSON.parse(await readFile(file, 'utf8'))
  await writeFile(file, JSON.stringify({ ...version, format: version.format + 1, program: '9.9.9' }))
  const older = launch(data, ['up'])
  let said = ''
  older.stderr?.on('data', (chunk: Buffer) => {
    said += chunk
  })
  const [code] = await once(older, 'exit')
  assert.equal(code, 1)
  assert.match(said, /written by Straylight 9\.9\.9/)
})
