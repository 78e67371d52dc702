import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { AllSettings, BadSettings, readSettings, secretFilesOpenToOthers, unknownSettings } from './config.ts'
import { fileSettingOf, isSecret, isSecretFile } from './secret-setting.ts'

// Promise 18: every secret may stand in a file, and no message repeats one.

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-secret-files-'))
})
after(() => rm(folder, { recursive: true, force: true }))

let files = 0
async function fileWith(text: string | Uint8Array, mode = 0o600): Promise<string> {
  files += 1
  const path = join(folder, String(files))
  await writeFile(path, text, { mode })
  await chmod(path, mode)
  return path
}

const secrets = Object.entries(AllSettings.shape)
  .filter(([, setting]) => isSecret(setting))
  .map(([name]) => name)
const profileKey = '00112233445566778899aabbccddeeff'
/** A value that each secret setting takes. */
const exampleOf = (name: string) => (name === 'STRAYLIGHT_PROFILE_KEY' ? profileKey : 'hunter2 with a space ')

function refusal(environment: Record<string, string>): string {
  try {
    readSettings(AllSettings, environment)
  } catch (error) {
    assert.ok(error instanceof BadSettings)
    return error.message
  }
  throw new assert.AssertionError({ message: 'the settings were taken' })
}

test('every secret setting may stand in a file, without its line end', async () => {
  assert.ok(secrets.length >= 4)
  for (const name of secrets) {
    for (const [mark, end] of [
      ['', ''],
      ['', '\n'],
      ['\ufeff', '\r\n'],
    ]) {
      const path = await fileWith(`${mark}${exampleOf(name)}${end}`)
      const settings: Record<string, unknown> = readSettings(AllSettings, { [fileSettingOf(name)]: path })
      assert.equal(settings[name], exampleOf(name))
    }
    const file: unknown = Object.entries(AllSettings.shape).find(([each]) => each === fileSettingOf(name))
    assert.ok(file, `${name} has no ${fileSettingOf(name)}`)
    assert.deepEqual(unknownSettings({ [fileSettingOf(name)]: 'x' }), [])
  }
})

test('the variable and its file together are refused, and neither is shown', async () => {
  for (const name of secrets) {
    const path = await fileWith(exampleOf(name))
    const said = refusal({ [name]: exampleOf(name), [fileSettingOf(name)]: path })
    assert.equal(said, `${name} and ${fileSettingOf(name)} are both set: expected one of them`)
  }
})

test('a file that can not be used is named, with what was expected', async () => {
  const none = join(folder, 'none')
  const directory = join(folder, 'directory')
  await mkdir(directory)
  const wrong: [string, RegExp][] = [
    [none, /_FILE is ".*none": expected a file that can be read \(ENOENT\)/],
    [directory, /_FILE is ".*directory": expected a file, not a folder, a pipe or a device/],
    ['/dev/zero', /_FILE is "\/dev\/zero": expected a file, not a folder, a pipe or a device/],
    [await fileWith('\n'), /expected a file that is not empty/],
    [await fileWith(Buffer.from([0x70, 0xff, 0x71])), /expected a file of text in UTF-8/],
    [await fileWith('one\ntwo\n'), /expected a file with one line/],
    [await fileWith('x'.repeat(70_000)), /expected a file of at most 65536 bytes/],
  ]
  for (const name of secrets) {
    for (const [path, message] of wrong) assert.match(refusal({ [fileSettingOf(name)]: path }), message)
  }
})

test('every fault is reported in one go: those of files beside those of other settings', () => {
  const said = refusal({ CLICKHOUSE_PASSWORD_FILE: join(folder, 'none'), STRAYLIGHT_PORT: '70000' })
  assert.equal(said.split('\n').length, 2)
})

test('a wrong value in a file is reported with the file, and not shown', async () => {
  const path = await fileWith('hunter2')
  const said = refusal({ STRAYLIGHT_PROFILE_KEY_FILE: path })
  assert.match(said, /^STRAYLIGHT_PROFILE_KEY is wrong in .*: expected 32 hexadecimal digits/)
  assert.ok(!said.includes('hunter2'))
})

test('whatever secret stands wherever a secret or its file belongs, no message repeats it', () => {
  const password = fc.stringMatching(/^[A-Za-z0-9+=]{8,64}$/)
  fc.assert(
    fc.property(password, fc.constantFrom(...secrets), (value, name) => {
      // The secret itself where its file belongs, in both, and where it has the wrong form.
      for (const environment of [
        { [fileSettingOf(name)]: value },
        { [fileSettingOf(name)]: value, [name]: value },
        { STRAYLIGHT_PROFILE_KEY: `${value}.`, [fileSettingOf(name)]: value },
      ])
        assert.ok(!refusal(environment).includes(value))
    }),
  )
})

test('an address with a name and a password in it is refused, and the password is not shown', () => {
  for (const name of ['CLICKHOUSE_URL', 'KAFKA_OAUTH_TOKEN_URL']) {
    for (const url of [
      'https://straylight:hunter2@store:8443',
      'https://hunter2@store',
      'https://store:8443/?password=hunter2',
      'ftp://straylight:hunter2@store',
      'straylight:hunter2@store:8443',
    ]) {
      const said = refusal({ [name]: url })
      assert.match(said, new RegExp(`^${name} is ".*": expected an`))
      assert.ok(!said.includes('hunter2'), said)
    }
  }
  assert.ok(!refusal({ KAFKA_BROKERS: 'straylight:hunter2@kafka:9092' }).includes('hunter2'))
})

test('a file that others can read or change is named; one that its group may read is not', async () => {
  const open = await fileWith('x', 0o644)
  const changeable = await fileWith('x', 0o620)
  const mounted = await fileWith('x', 0o440)
  assert.deepEqual(secretFilesOpenToOthers({ KAFKA_SASL_PASSWORD_FILE: mounted, KAFKA_SSL_KEY: mounted }), [])
  const found = secretFilesOpenToOthers({ KAFKA_SASL_PASSWORD_FILE: open, KAFKA_SSL_KEY: changeable })
  assert.deepEqual(found.map((sentence) => sentence.split(' ')[0]).sort(), [
    'KAFKA_SASL_PASSWORD_FILE',
    'KAFKA_SSL_KEY',
  ])
  assert.match(found[0] ?? '', /others on this machine can read or change: let the program alone read it/)
  const watched = Object.entries(AllSettings.shape).filter(([, setting]) => isSecretFile(setting))
  assert.deepEqual(
    watched.map(([name]) => name).sort(),
    [...secrets.map(fileSettingOf), 'KAFKA_SSL_KEY', 'KAFKA_OAUTH_TOKEN_FILE', 'STRAYLIGHT_CONSOLE_TLS_KEY'].sort(),
  )
})
