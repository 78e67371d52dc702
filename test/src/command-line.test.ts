import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { commandTokenType } from '@straylight/respond/command/signed-command'
import { openIssuerKey, openKeys } from '@straylight/respond/command/signing-keys'
import { builtProgram } from '../test-support/built-program.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-command-'))
})
after(() => rm(folder, { recursive: true, force: true }))

/** Runs the program as a person would, with settings of its own and nothing of ours. */
async function straylight(args: string[], settings: Record<string, string> = {}, input = '') {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(STRAYLIGHT|KAFKA|CLICKHOUSE)_/.test(name))
  const child = spawn(builtProgram, args, {
    cwd: root,
    env: { ...Object.fromEntries(inherited), STRAYLIGHT_DATA: join(folder, 'none'), ...settings },
  })
  const text = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    text.out += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    text.err += chunk
  })
  child.stdin.end(input)
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, ...text }
}

test('help ends with 0 and names every command', async () => {
  const { code, out } = await straylight(['--help'])
  assert.equal(code, 0)
  for (const command of ['up', 'replay', 'train', 'simulate', 'explain', 'verdict', 'policy', 'doctor', 'commands']) {
    assert.match(out, new RegExp(`^  ${command}\\b`, 'm'))
  }
})

test('a command or option that is not there ends with 2 and says what was meant', async () => {
  const command = await straylight(['docter'])
  assert.equal(command.code, 2)
  assert.match(command.err, /unknown command 'docter'[\s\S]*Did you mean doctor/)
  const option = await straylight(['doctor', '--jsn'])
  assert.equal(option.code, 2)
  assert.match(option.err, /unknown option '--jsn'[\s\S]*Did you mean --json/)
})

test('a wrong setting ends with 2 and names variable and expectation', async () => {
  const { code, err } = await straylight(['up'], { STRAYLIGHT_PORT: 'seven' })
  assert.equal(code, 2)
  assert.match(err, /STRAYLIGHT_PORT is "seven": expected a whole number from 0 to 65535/)
})

test('files that are wrong stop the start with file, line and what was expected', async () => {
  const policy = join(folder, 'wrong-policy.yaml')
  const registry = join(folder, 'wrong-agents.yaml')
  const model = join(folder, 'wrong-model.json')
  await writeFile(policy, 'tiers:\n  low:\n    high: destroy\n')
  await writeFile(registry, 'version: 1\nagents:\n  - agent: a\n    tier: enormous\n')
  await writeFile(model, '{"format":"other"}')
  const [withPolicy, withRegistry, withModel, withNone] = await Promise.all([
    straylight(['up'], { STRAYLIGHT_POLICY: policy }),
    straylight(['up'], { STRAYLIGHT_REGISTRY: registry }),
    straylight(['up'], { STRAYLIGHT_MODEL: model }),
    straylight(['up'], { STRAYLIGHT_TOKENS: join(folder, 'none.yaml') }),
  ])
  assert.deepEqual([withPolicy.code, withRegistry.code, withModel.code, withNone.code], [2, 2, 2, 2])
  assert.match(withPolicy.err, /wrong-policy\.yaml:3: tiers\.low\.high: .*observe/)
  assert.match(withRegistry.err, /wrong-agents\.yaml:4: agents\.0\.tier: .*low/)
  assert.match(withModel.err, /wrong-model\.json: format: /)
  assert.match(withNone.err, /none\.yaml: cannot be read/)
})

test('an empty boundary stops no start silently: policy check and doctor say what to write instead', async () => {
  const registry = join(folder, 'empty-boundary.yaml')
  await writeFile(registry, 'version: 1\nagents:\n  - agent: a\n    boundary: { systems: [erp], actions: [] }\n')
  const settings = { STRAYLIGHT_REGISTRY: registry }
  const [check, doctor] = await Promise.all([
    straylight(['policy', 'check'], settings),
    straylight(['doctor'], settings),
  ])
  const said = /empty-boundary\.yaml:4: agents\.0\.boundary\.actions: .*leave `actions` out to allow all of them/
  assert.equal(check.code, 2)
  assert.match(check.err, said)
  assert.equal(doctor.code, 1)
  assert.match(doctor.out, said)
})

test('with --json the doctor ends with one object on standard output, text on standard error', async () => {
  const { code, out, err } = await straylight(['doctor', '--json'])
  assert.equal(code, 0)
  assert.equal(out.trim().split('\n').length, 1)
  assert.equal(JSON.parse(out).healthy, true)
  assert.match(err, /data folder/)
})

test('the doctor finds a misspelt setting and a policy that is wrong, and ends with 1', async () => {
  const policy = join(folder, 'bad.yaml')
  await writeFile(policy, 'tiers: 7\n')
  const { code, out } = await straylight(['doctor', '--json'], { STRAYLIGHT_POLICY: policy, STRAYLIGHT_PROT: '1' })
  assert.equal(code, 1)
  const states = Object.fromEntries(
    JSON.parse(out).checks.map((check: { name: string; state: string }) => [check.name, check.state]),
  )
  assert.equal(states.policy, 'bad')
  assert.equal(states.settings, 'note')
})

test('the doctor prints the public key of commands, and commands verify checks by it', async () => {
  const data = join(folder, 'keyed')
  const { commands } = await openKeys(join(data, 'keys'))
  const settings = { STRAYLIGHT_DATA: data }
  const doctor = await straylight(['doctor', '--json'], settings)
  const keys = JSON.parse(doctor.out).checks.find((check: { name: string }) => check.name === 'keys')
  assert.equal(keys.details.public_key.x, commands.publicKey.x)

  const notACommand = await commands.sign('{}', commandTokenType)
  const file = join(folder, 'commands.jws')
  await writeFile(file, `${notACommand}\nrubbish\n`)
  const verified = await straylight(['commands', 'verify', file, '--json'], settings)
  assert.equal(verified.code, 1)
  const { results } = JSON.parse(verified.out)
  assert.deepEqual(
    results.map((result: { reason: string }) => result.reason),
    ['malformed', 'bad_signature'],
  )
  const piped = await straylight(['commands', 'verify', '-'], settings, `${notACommand}\n`)
  assert.match(piped.out, /line 1: not valid, malformed/)
  assert.equal((await straylight(['commands', 'verify', join(folder, 'none')], settings)).code, 2)
})

test('a verdict of somebody whom the policy does not name is refused, with what to add', async () => {
  const data = join(folder, 'verdicts')
  const { publicKey } = await openIssuerKey(join(data, 'keys'), 'operator')
  const { code, err } = await straylight(['verdict', 'alr_1', 'true', '--reason', 'seen it'], { STRAYLIGHT_DATA: data })
  assert.equal(code, 2)
  assert.match(err, /the policy names no issuer "operator"\.\nNo policy file was read: set STRAYLIGHT_POLICY/)
  assert.ok(err.includes(publicKey.x))
  assert.equal((await straylight(['verdict', 'alr_1', 'perhaps', '--reason', 'x'])).code, 2)
  assert.equal((await straylight(['verdict', 'alr_1', 'true'])).code, 2)
})

test('a policy is read back in sentences, and two are compared', async () => {
  const before = join(folder, 'before.yaml')
  const after = join(folder, 'after.yaml')
  await writeFile(before, 'version: 1\n')
  await writeFile(after, 'version: 2\ntiers:\n  low:\n    high: revoke\n')
  const check = await straylight(['policy', 'check', after])
  assert.equal(check.code, 0)
  assert.match(check.out, /agents of tier low: low: alert, medium: alert, high: revoke/)
  assert.match(check.out, /Circuit breakers keep a mistake small/)
  const diff = await straylight(['policy', 'diff', before, after, '--json'])
  assert.match(JSON.parse(diff.out).changes.join('\n'), /tier low: revoke instead of alert/)
})

test('a command that answers ends with 2 where it could not be asked: the answer is then not no', async () => {
  const settings = { STRAYLIGHT_DATA: join(folder, 'nowhere') }
  const empty = join(folder, 'empty.jws')
  await writeFile(empty, '')
  const asked: [string[], number][] = [
    [['alerts'], 2],
    [['explain', 'alr_1'], 2],
    [['suppressions'], 2],
    [['verdict', 'alr_1', 'true', '--reason', 'x'], 2],
    [['restore', 'cmd_1', '--reason', 'x'], 2],
    [['commands', 'verify', empty], 2],
    [['policy', 'check', join(folder, 'none')], 2],
    [['policy', 'diff', empty, join(folder, 'none')], 2],
    [['topics', 'diff'], 2],
  ]
  for (const [command, expected] of asked) {
    const { code, err } = await straylight(command, settings)
    assert.equal(code, expected, `${command.join(' ')}: ${err}`)
  }
})

test('a reset asks for --yes, and takes no folder that is none of ours', async () => {
  const foreign = join(folder, 'foreign')
  await mkdir(foreign)
  await writeFile(join(foreign, 'letter.txt'), 'keep me')
  assert.equal((await straylight(['reset'], { STRAYLIGHT_DATA: foreign })).code, 2)
  const { code, err } = await straylight(['reset', '--yes'], { STRAYLIGHT_DATA: foreign })
  assert.equal(code, 2)
  assert.match(err, /not a Straylight data folder/)
  assert.deepEqual(await readdir(foreign), ['letter.txt'])
})
