import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { scenarioNames } from '@straylight/demo/fleet/scenarios'
import { Policy } from '@straylight/schemas/policy'
import { z } from 'zod'
import { builtProgram } from '../test-support/built-program.ts'

// `npm start -- --seed N --json`, as a newcomer's script would read it: what is promised of its shape and of its ways.
// How much it catches is measured over many seeds elsewhere.

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'straylight-simulate-'))
after(() => rm(folder, { recursive: true, force: true }))

const Result = z.strictObject({
  seed: z.literal(5),
  events: z.number().int().min(30_000),
  rejected: z.literal(0),
  agents: z.number().int().min(35).max(45),
  learnt: z.looseObject({ events: z.number().int().min(30_000), sessions: z.number().int(), days: z.literal(28) }),
  scenarios: z.array(
    z.strictObject({
      name: z.enum(scenarioNames),
      agent: z.string(),
      findings: z.number().int().nonnegative(),
      alert: z.string().startsWith('alr_').nullable(),
      webhook_status: z.number().int().nullable(),
      command: z.string().startsWith('cmd_').nullable(),
      broker_status: z.string().nullable(),
      seconds_to_effect: z.number().nonnegative().nullable(),
      calls: z.number().int().positive(),
      calls_made: z.number().int().nonnegative(),
    }),
  ),
  false_alerts: z.number().int().nonnegative(),
  seconds: z.number().positive(),
})

async function simulate(...args: string[]) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(STRAYLIGHT|KAFKA|CLICKHOUSE|FORCE_COLOR)/.test(name),
  )
  const child = spawn(builtProgram, ['simulate', ...args], {
    cwd: root,
    env: { ...Object.fromEntries(inherited), STRAYLIGHT_DATA: join(folder, 'straylight') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { out: '', err: '' }
  child.stdout.on('data', (piece: Buffer) => {
    text.out += piece
  })
  child.stderr.on('data', (piece: Buffer) => {
    text.err += piece
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...text }
}

test('it ends with one JSON object on standard output, and tells people the rest on standard error', async () => {
  const { code, out, err } = await simulate('--seed', '5', '--json')
  assert.equal(code, 0, err.slice(-2000))
  assert.equal(out.trimEnd().split('\n').length, 1)
  const { scenarios } = Result.parse(JSON.parse(out))
  assert.deepEqual(
    scenarios.map(({ name }) => name),
    [...scenarioNames],
  )

  // One way through everything that needs no luck: a credential at two agents is no matter of degree.
  const shared = scenarios.find(({ name }) => name === 'shared_credential')
  assert.ok(shared && shared.findings > 0 && shared.alert !== null && shared.command !== null)
  assert.deepEqual([shared.webhook_status, shared.broker_status], [204, 'applied'])

  const escapeCode = String.fromCharCode(27)
  assert.ok(!err.includes(escapeCode), 'no colours where nobody sees them')
  const wide = err
    .split('\n')
    .filter((line) => line.length > 80 && line.includes(' ') && !line.startsWith('STRAYLIGHT_DATA'))
  assert.deepEqual(wide, [])
  for (const label of ['incident', 'finding', 'alert', 'command', 'broker'])
    assert.match(err, new RegExp(`^${label} `, 'm'))

  // What it ran on stays to be looked into.
  Policy.parse(JSON.parse(await readFile(join(folder, 'straylight-demo', 'policy.yaml'), 'utf8')))
})

test('a seed that is no number is wrong usage', async () => {
  const { code, err } = await simulate('--seed', 'one')
  assert.equal(code, 2)
  assert.match(err, /--seed is "one": expected a whole number/)
})
