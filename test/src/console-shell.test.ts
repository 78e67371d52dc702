import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { z } from 'zod'
import { lentCredential } from '../test-support/native-line.ts'
import { type Program, startProgram, until } from '../test-support/program.ts'
import { straylight } from '../test-support/straylight.ts'

// The console's answers from a shell, of a program that runs and of one that is stopped; and what the program itself says of alerts.

let folder: string
let settings: Record<string, string>
let program: Program
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-shell-'))
  settings = { STRAYLIGHT_DATA: join(folder, 'data'), STRAYLIGHT_LOG_LEVEL: 'info' }
  const time = Date.now() - 60_000
  const records = lentCredential({ name: 'tok-1', time, lender: 'ann', borrower: 'bob' })
  const input = join(folder, 'input.ndjson')
  await writeFile(input, records.map(({ value }) => `${value}\n`).join(''))
  program = startProgram(['up', '--input', input], settings)
  await program.url
  await until('an alert is in the log of the program', async () => /new alert alr_/.test(program.said()))
})
after(async () => {
  await program?.kill()
  await rm(folder, { recursive: true, force: true })
})

const alertId = () => /new alert (alr_\w+)/.exec(program.said())?.[1] ?? assert.fail('no alert')
const jsonOf = (text: string): Record<string, unknown> => z.record(z.string(), z.unknown()).parse(JSON.parse(text))
const ask = async (...args: string[]) => straylight(args, settings)

test('while it runs: each command answers, and with --json as one object', async () => {
  // The store's copies follow the log.
  await until('the store has the alert', async () => (await ask('alert', alertId())).code === 0)
  const said: [string[], RegExp][] = [
    [['status'], /runs and is ready\.\n2 agents: [\s\S]*1 open alert/],
    [['alerts'], /1 open alert/],
    [['alert', alertId()], /Event tok-1-\d: score [\s\S]*What was decided/],
    [['agents'], /bob \(tenant default\): .*1 open alert|ann \(tenant default\): .*1 open alert/],
    [
      ['agent', 'ann'],
      /ann \(tenant default\): not in the registry: no tier, judged as medium\.[\s\S]*crm\/contacts.read: 100.0 %/,
    ],
    [['agent', 'ann', '--would-alert'], /would alert now|would alert alone|Nothing can be asked yet/],
    [['approvals'], /No command waits/],
    [['explain', alertId()], /What was decided/],
    [['explain', 'tok-1-2'], /tok-1-2: bob did crm\/contacts.read/],
    [['rejections'], /Nothing was rejected/],
  ]
  for (const [args, expected] of said) {
    const { code, out, err } = await ask(...args)
    assert.equal(code, 0, `${args.join(' ')}: ${err}`)
    assert.match(out, expected, args.join(' '))
    const json = await ask(...args, '--json')
    assert.equal(Object.keys(jsonOf(json.out)).length > 0, true, args.join(' '))
  }
  // SQL only for who asks for it.
  const short = (await ask('explain', 'tok-1-2')).out
  assert.match(short, /straylight explain tok-1-2 --sql/)
  assert.doesNotMatch(short, /SELECT/)
  assert.match((await ask('explain', 'tok-1-2', '--sql')).out, /The counts, for clickhouse-client:\n.*SELECT/s)
  const { out } = await ask('explain', 'tok-1-2', '--json')
  const { id, reproduced, query } = jsonOf(out)
  const numbers = z
    .object({ score: z.number(), contributions: z.array(z.object({ contribution: z.number() })) })
    .parse(reproduced)
  const sum = numbers.contributions.reduce((total, { contribution }) => total + contribution, 0)
  assert.ok(id === 'tok-1-2' && typeof query === 'string' && Math.abs(sum - numbers.score) < 1e-6)
})

test('without a policy file no command that must fail is offered, and what is to be done first is said', async () => {
  const missing =
    /not answer yet\. There is no policy file, [\s\S]*`straylight issuer operator`[\s\S]*set STRAYLIGHT_POLICY/
  for (const args of [['alerts'], ['alert', alertId()]]) {
    const { out } = await ask(...args)
    assert.match(out, missing, args.join(' '))
    assert.doesNotMatch(out, /straylight verdict/, args.join(' '))
    assert.doesNotMatch((await ask(...args, '--json')).out, /straylight verdict/)
  }
  const issuer = await straylight(['issuer', 'operator'], { STRAYLIGHT_DATA: join(folder, 'other') })
  assert.match(issuer.out, /There is no policy file yet: .*set STRAYLIGHT_POLICY/)
})

test('what there is not, and what is asked wrongly, have codes of their own', async () => {
  assert.equal((await ask('alert', 'alr_none')).code, 1)
  assert.equal((await ask('agent', 'nobody')).code, 1)
  assert.equal((await ask('explain', 'nothing')).code, 1)
  assert.equal((await ask('alert', 'nonsense')).code, 2)
  assert.equal((await ask('agents', '--limit', '0')).code, 2)
  assert.equal((await ask('agents', '--search', 'x:y')).code, 2)
})

test("the shell's token is its owner's alone; the console serves its pages, and a link from the shell signs in", async () => {
  const file = join(folder, 'data', 'keys', 'console-access.json')
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  const { url } = jsonOf((await ask('link', '--json')).out)
  const link = new URL(String(url))
  const page = await fetch(new URL('/alerts', link))
  assert.match(await page.text(), /<!doctype html>/i)
  assert.equal(page.headers.get('cache-control'), 'no-cache')
  const post = { method: 'POST', headers: { 'content-type': 'application/json', 'x-straylight-console': '1' } }
  const signedIn = await fetch(new URL('/api/sign-in', link), {
    ...post,
    body: JSON.stringify({ token: link.hash.slice(1) }),
  })
  assert.equal(signedIn.status, 200)
  assert.ok(!program.said().includes(link.hash.slice(1)))
})

test('users are added, listed and removed by the shell; a short password is refused', async () => {
  const short = await straylight(['user', 'add', 'ana', '--role', 'analyst'], settings)
  assert.deepEqual([short.code, /fewer than 15 characters/.test(short.err)], [2, true])
  const role = await straylight(['user', 'add', 'ana', '--role', 'root'], settings)
  assert.deepEqual([role.code, /"root" is no role/.test(role.err)], [2, true])
  assert.match((await ask('user', 'list')).out, /^0 users/)
  assert.equal((await ask('user', 'remove', 'ana')).code, 1)
})

test('a policy is tried over what is stored; a wrong one says its file and line, and nothing is applied', async () => {
  const file = join(folder, 'proposed.yaml')
  await writeFile(file, 'budget:\n  session_alert_rate: 0.002\n')
  const { code, out, err } = await ask('policy', 'try', file, '--weeks', '1')
  assert.equal(code, 0, err)
  assert.match(
    out,
    /may alert: 0.002 instead of 0.001[\s\S]*Of 1 finding of the last week, nothing changes[\s\S]*Nothing was applied\./,
  )
  const observing = join(folder, 'observing.json')
  const answers = { low: 'observe', medium: 'observe', high: 'observe', critical: 'observe' }
  await writeFile(observing, JSON.stringify({ tiers: { low: answers, medium: answers } }))
  assert.match((await ask('policy', 'try', observing)).out, /Vanish:\n {2}alr_\w+ [\s\S]*1 alert vanishes/)
  const json = jsonOf((await ask('policy', 'try', observing, '--json')).out)
  assert.deepEqual(json.counts, { appear: 0, vanish: 1, change: 0, stay: 0, commands: 0 })
  await writeFile(file, 'budget:\n  session_alert_rat: 0.002\n')
  const wrong = await ask('policy', 'try', file)
  assert.deepEqual([wrong.code, wrong.err.includes(`${file}:2: budget.session_alert_rat`)], [2, true])
  assert.equal((await ask('policy', 'try', join(folder, 'none.yaml'))).code, 2)
  assert.equal((await ask('policy', 'try', observing, '--weeks', '9')).code, 2)
})

test('stopped: the same commands open the folder; what runs no more says so', async () => {
  assert.equal(await program.stop(), 0)
  await assert.rejects(stat(join(folder, 'data', 'keys', 'console-access.json')))
  const status = await ask('status')
  assert.deepEqual([status.code, /is stopped\.\n2 agents/.test(status.out)], [1, true])
  assert.match((await ask('agents')).out, /2 agents/)
  assert.match((await ask('policy', 'try', join(folder, 'observing.json'))).out, /1 alert vanishes/)
  assert.match((await ask('alert', alertId())).out, /What was decided/)
  assert.match((await ask('explain', 'tok-1-2')).out, /bob did crm\/contacts.read/)
  const link = await ask('link')
  assert.deepEqual([link.code, /No console runs on/.test(link.err)], [2, true])
})
