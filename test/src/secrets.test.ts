import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { AllSettings } from '@straylight/runtime/settings/config'
import { fileSettingOf, isSecret } from '@straylight/runtime/settings/secret-setting'
import { startProgram } from '../test-support/program.ts'
import { straylight } from '../test-support/straylight.ts'

// Promise 18: no secret is ever said, whoever asks.

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-secrets-'))
})
after(() => rm(folder, { recursive: true, force: true }))

const secrets = Object.entries(AllSettings.shape)
  .filter(([, setting]) => isSecret(setting))
  .map(([name]) => name)

/** A value for each secret setting, in a file that its NAME_FILE names. */
async function inFiles(mode: number): Promise<{ settings: Record<string, string>; values: string[] }> {
  const settings: Record<string, string> = {}
  const values: string[] = []
  for (const [index, name] of secrets.entries()) {
    const value = `${index}a0b1c2d3e4f5061728394a5b6c7d8e9f0`.slice(0, 32)
    const path = join(folder, name)
    await writeFile(path, `${value}\n`)
    await chmod(path, mode)
    settings[fileSettingOf(name)] = path
    values.push(value)
  }
  return { settings, values }
}

/** What is secret in the keys that a first start made: private parts, webhook secrets, the profile key. */
async function secretKeys(data: string): Promise<string[]> {
  const keys: string[] = []
  for (const name of await readdir(join(data, 'keys'))) {
    const text = (await readFile(join(data, 'keys', name), 'utf8')).trim()
    keys.push(name.endsWith('.jwk') ? JSON.parse(text).d : text)
  }
  return keys
}

test('neither a running program nor the doctor says a secret, whatever is logged', async () => {
  const data = join(folder, 'data')
  const policy = join(folder, 'policy.yaml')
  await writeFile(
    policy,
    'id: acme\nversion: 1\nwebhooks: [{ name: soc, url: "https://soc.acme.example/hooks", allow_private: true }]\n',
  )
  const { settings, values } = await inFiles(0o600)
  const given = { ...settings, STRAYLIGHT_DATA: data, STRAYLIGHT_POLICY: policy, STRAYLIGHT_LOG_LEVEL: 'trace' }
  const program = startProgram(['up'], given)
  await program.url
  assert.equal(await program.stop(), 0)
  const doctor = await straylight(['doctor', '--json'], given)
  const known = [...values, ...(await secretKeys(data))]
  assert.ok(known.length >= secrets.length + 2)
  for (const said of [program.said(), doctor.out, doctor.err]) {
    assert.ok(said.length > 100)
    for (const value of known) assert.ok(!said.includes(value), `${value} in ${said}`)
  }
  // The profile key in the file is the one that counts: none was made beside it.
  assert.deepEqual((await readdir(join(data, 'keys'))).sort(), ['commands.jwk', 'webhook-soc.secret'])
  for (const name of await readdir(join(data, 'keys')))
    assert.equal((await stat(join(data, 'keys', name))).mode & 0o077, 0, name)
})

test('what stands where the file of a key belongs, and is no path, is hidden by the doctor', async () => {
  const key = '-----BEGIN PRIVATE KEY-----\nplanted'
  const doctor = await straylight(['doctor', '--json'], { STRAYLIGHT_DATA: join(folder, 'none'), KAFKA_SSL_KEY: key })
  assert.match(doctor.out, /"KAFKA_SSL_KEY":"\[hidden\]"/)
  assert.ok(!`${doctor.out}${doctor.err}`.includes('planted'))
})

test('a secret that others can read is known by the doctor and in the log, and does not stop a start', async () => {
  const { settings } = await inFiles(0o644)
  const doctor = await straylight(['doctor', '--json'], { ...settings, STRAYLIGHT_DATA: join(folder, 'data') })
  const check = JSON.parse(doctor.out).checks.find(({ name }: { name: string }) => name === 'secret files')
  assert.equal(check.state, 'note')
  for (const name of secrets) assert.ok(check.found.includes(fileSettingOf(name)), name)
  await chmod(join(folder, 'data', 'keys', 'commands.jwk'), 0o644)
  const again = await straylight(['doctor'], { STRAYLIGHT_DATA: join(folder, 'data') })
  assert.match(again.out, /commands\.jwk can be read or changed by others/)
  const program = startProgram(['up', 'ingest'], { ...settings, STRAYLIGHT_DATA: join(folder, 'open') })
  await program.url
  await program.stop()
  assert.match(program.said(), /KAFKA_SASL_PASSWORD_FILE is .* which others on this machine can read or change/)
})
