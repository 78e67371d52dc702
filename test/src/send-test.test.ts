import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { builtProgram } from '../test-support/built-program.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

let folder: string
/** Plays Slack: takes what has blocks, and refuses our own form. */
const slack = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const taken = 'blocks' in JSON.parse(Buffer.concat(parts).toString())
    response.writeHead(taken ? 200 : 400).end(taken ? 'ok' : 'no_text')
  })
})

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-send-test-'))
  await new Promise<void>((resolve) => slack.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(slack.address() as AddressInfo).port}/services/PLANTED`
  const webhooks = [
    { name: 'good', format: 'slack', url },
    { name: 'unsigned', format: 'ocsf', url },
    { name: 'refused', format: 'splunk_hec', url, token: 'PLANTEDtoken' },
    { name: 'away', format: 'slack', url: 'http://127.0.0.1:9/PLANTED' },
    { name: 'missing', format: 'splunk_hec', url, token_file: 'not-there' },
    { name: 'unnamed', url: 'https://hooks.slack.com/services/PLANTED/PLANTED/PLANTED' },
    { name: 'splunk', url: 'https://splunk.acme.example:8088/services/collector/event' },
    { name: 'duty', format: 'pagerduty', url: 'https://events.pagerduty.com/v2/enqueue', token: 'PLANTEDkey' },
    { name: 'meant', format: 'straylight', url: 'https://hooks.slack.com/services/PLANTED/1/2', tiers: ['high'] },
  ]
  const text = { webhooks: webhooks.map((webhook) => ({ allow_private: true, ...webhook })) }
  // JSON is YAML.
  await writeFile(join(folder, 'policy.yaml'), JSON.stringify(text))
})
after(async () => {
  slack.closeAllConnections()
  slack.close()
  await rm(folder, { recursive: true, force: true })
})

async function straylight(...args: string[]) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(STRAYLIGHT|KAFKA|CLICKHOUSE)_/.test(name))
  const settings = { STRAYLIGHT_DATA: join(folder, 'data'), STRAYLIGHT_POLICY: join(folder, 'policy.yaml') }
  const child = spawn(builtProgram, args, { cwd: root, env: { ...Object.fromEntries(inherited), ...settings } })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk
    })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  assert.doesNotMatch(said, /PLANTED/)
  return { code, said }
}

test('doctor --send-test says what the receiver answers, with 0 taken, 1 refused, 2 not asked', async () => {
  const good = await straylight('doctor', '--send-test', 'good')
  assert.equal(good.code, 0)
  assert.match(
    good.said,
    /^Webhook good took the test \(http:\/\/127\.0\.0\.1:\d+\/… \(#[0-9a-f]{8}\)\): it answered 200, ok\./,
  )
  const away = await straylight('doctor', '--send-test', 'away', '--json')
  assert.equal(away.code, 2)
  assert.match(away.said, /could not reach .*ECONNREFUSED/)
  const missing = await straylight('doctor', '--send-test', 'missing')
  assert.equal(missing.code, 2)
  assert.match(missing.said, /token_file .*not-there cannot be read \(ENOENT\)/)
  const unknown = await straylight('doctor', '--send-test', 'nobody')
  assert.equal(unknown.code, 2)
  assert.match(unknown.said, /no webhook "nobody"\. It has: good, unsigned, /)
  const refused = await straylight('doctor', '--send-test', 'refused')
  assert.equal(refused.code, 1)
  assert.match(refused.said, /^Webhook refused did not take the test \(.*\): answered 400: no_text\./)
  // Nothing is made: a webhook whose messages are signed has its secret from the first start.
  const unsigned = await straylight('doctor', '--send-test', 'unsigned')
  assert.equal(unsigned.code, 2)
  assert.match(unsigned.said, /the first start makes it/)
})

test('policy check says what it takes an address for, and the line to add', async () => {
  const { code, said } = await straylight('policy', 'check', '--json')
  assert.equal(code, 0)
  assert.match(
    said,
    /webhook unnamed: its address is that of Slack, which refuses messages in Straylight's own signed form/,
  )
  assert.match(said, /Add to webhook unnamed: {2}format: slack/)
  assert.match(said, /Add to webhook splunk: {2}format: splunk_hec, and token_file with the collector's token/)
  assert.doesNotMatch(said, /Add to webhook (meant|duty|good)/)
  assert.match(
    said,
    /webhook meant: https:\/\/hooks\.slack\.com\/… \(#[0-9a-f]{8}\), as a receiver of Standard Webhooks takes them; hears only of tiers high/,
  )
})
