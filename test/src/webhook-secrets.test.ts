import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openKeys } from '@straylight/respond/command/signing-keys'
import { builtProgram } from '../test-support/built-program.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const planted = /PLANTED/i
const address = 'https://PLANTED1:PLANTED2@soc.acme.example/services/PLANTED3?token=PLANTED4'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-webhook-secrets-'))
  const policyOf = (webhook: string) => `webhooks:\n  - name: soc\n    ${webhook}\n`
  await writeFile(join(folder, 'one.yaml'), policyOf(`url: ${address}`))
  await writeFile(join(folder, 'other.yaml'), policyOf(`url: ${address}5`))
  await writeFile(join(folder, 'filed.yaml'), policyOf('url_file: soc-url'))
  await writeFile(join(folder, 'wrong.yaml'), policyOf(`url: ${address}\n    nope: *${address}`))
  await writeFile(join(folder, 'missing.yaml'), policyOf('url_file: not-there'))
  await writeFile(join(folder, 'soc-url'), address)
  await openKeys(join(folder, 'data/keys'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function straylight(args: string[], policy = 'one.yaml') {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(STRAYLIGHT|KAFKA|CLICKHOUSE)_/.test(name))
  const settings = { STRAYLIGHT_DATA: join(folder, 'data'), STRAYLIGHT_POLICY: join(folder, policy) }
  const child = spawn(builtProgram, args, {
    cwd: root,
    env: { ...Object.fromEntries(inherited), ...settings },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk
    })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, said }
}

test('promise 15: policy check, policy diff and doctor show of an address its origin and a hash, for people and for programs', async () => {
  const file = (name: string) => join(folder, name)
  // With --json the text for people goes to standard error: one run shows both.
  const check = await straylight(['policy', 'check', file('one.yaml'), '--json'])
  const filed = await straylight(['policy', 'check', file('filed.yaml'), '--json'])
  const wrong = await straylight(['policy', 'check', file('wrong.yaml'), '--json'])
  const diff = await straylight(['policy', 'diff', file('one.yaml'), file('other.yaml'), '--json'])
  const doctor = await straylight(['doctor', '--json'])
  const doctorOfFile = await straylight(['doctor', '--json'], 'filed.yaml')
  const doctorOfNone = await straylight(['doctor', '--json'], 'missing.yaml')
  for (const { said } of [check, filed, wrong, diff, doctor, doctorOfFile, doctorOfNone])
    assert.doesNotMatch(said, planted)
  assert.deepEqual([check.code, filed.code, wrong.code, diff.code], [0, 0, 2, 0])
  for (const { said } of [check, diff, doctor, doctorOfFile])
    assert.match(said, /https:\/\/soc\.acme\.example\/… \(#[0-9a-f]{8}\)/)
  assert.equal(doctorOfNone.code, 1)
  assert.match(doctorOfNone.said, /its url_file .*not-there cannot be read \(ENOENT\)/)
})
