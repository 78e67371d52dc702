import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { hourMs } from '@straylight/schemas/duration'
import type { Finding } from '@straylight/schemas/finding'
import { builtProgram } from '../test-support/built-program.ts'
import {
  type Payee,
  paymentHistory,
  paymentSession,
  type StoryEvent,
  storyAgents,
} from '../test-support/payment-story.ts'

// A mail names an account and the agent pays it; a stolen key pays an account that it made up: from files to the alert,
// through `straylight train` and `straylight replay`, with the origin of values known and unknown.

const root = fileURLToPath(new URL('../../', import.meta.url))
const today = Date.parse('2026-03-12T00:00:00Z')
const victim = 'payables-4'
const attackAt = today + 15 * hourMs
const rate = 0.01

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-provenance-'))
  await writeFile(join(folder, 'policy.yaml'), `version: 1\nbudget:\n  session_alert_rate: ${rate}\n`)
})
after(() => rm(folder, { recursive: true, force: true }))

async function straylight(...args: string[]): Promise<void> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(STRAYLIGHT|KAFKA|CLICKHOUSE)_/.test(name))
  const child = spawn(builtProgram, args, {
    cwd: root,
    env: { ...Object.fromEntries(inherited), STRAYLIGHT_DATA: join(folder, 'none') },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk))
  assert.equal(await new Promise((resolve) => child.on('close', resolve)), 0, said)
}

const lines = (events: readonly object[]): string => `${events.map((event) => JSON.stringify(event)).join('\n')}\n`

type Reported = Finding & { readonly alert: boolean }

/** A day on which the victim's session pays `payee`, reported by a model that was trained on thirty days; `reported` is what shippers say. */
async function dayWith(payee: Payee, name: string, reported: (event: StoryEvent) => object = (event) => event) {
  const path = (file: string) => join(folder, `${name}-${file}`)
  const attack = paymentSession(victim, attackAt, payee)
  const ordinary = storyAgents.flatMap((agent, at) => paymentSession(agent, today + at * 1_200_000))
  await writeFile(path('history'), lines(paymentHistory(today, 30).map(reported)))
  await writeFile(path('day'), lines([...ordinary, ...attack].map(reported)))
  await straylight('train', '--history', path('history'), '--out', path('model'))
  const options = ['--model', join(path('model'), 'model.json'), '--policy', join(folder, 'policy.yaml')]
  const outputs = ['--scores', path('scores'), '--findings', path('findings')]
  await straylight('replay', '--history', path('history'), ...options, ...outputs, path('day'))
  const read = async <Line>(file: string) =>
    (await readFile(path(file), 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line)
  const scores = await read<{ id: string; session: string; alert: boolean }>('scores')
  const alerting = new Set(scores.filter(({ alert }) => alert).map(({ id }) => id))
  const findings = (await read<Finding>('findings')).map(
    (finding): Reported => ({ ...finding, alert: alerting.has(finding.event_id) }),
  )
  return { attack, findings, alerted: new Set(scores.filter(({ alert }) => alert).map(({ session }) => session)) }
}

test('an agent pays the account that a mail named: the alert names the flow, the mail and what usually feeds the payment', async () => {
  const { attack, findings, alerted } = await dayWith('mail', 'mail')
  assert.deepEqual([...alerted], [`${victim}@${attackAt}`], 'this session and no other')
  const [, mail, , pay] = attack
  const finding = findings.find(({ event_id, alert }) => event_id === pay?.id && alert)
  assert.ok(finding, JSON.stringify(findings))
  assert.ok(['data_flow', 'new_destination'].includes(finding.cause), finding.cause)
  assert.match(finding.reasons.slice(0, 3).join('\n'), /to came only from mail\/read \(call 2\), /)
  assert.equal(finding.evidence.fed_by?.[0], mail?.id)
  assert.ok(finding.techniques.includes('OWASP:ASI01'))
})

test('where shippers do not say what came back, evidence without provenance alerts all the same', async () => {
  const { attack, findings, alerted } = await dayWith('mail', 'blind', ({ result_values: _, ...event }) => event)
  assert.deepEqual([...alerted], [`${victim}@${attackAt}`])
  const finding = findings.find(({ event_id, alert }) => event_id === attack[3]?.id && alert)
  assert.ok(finding, JSON.stringify(findings))
  assert.equal(finding.cause, 'new_destination')
  assert.equal(finding.evidence.fed_by, undefined)
})

test('a stolen key pays an account of its own making: no output bore it, and it alerts', async () => {
  const { attack, findings, alerted } = await dayWith('made up', 'stolen')
  assert.deepEqual([...alerted], [`${victim}@${attackAt}`])
  const finding = findings.find(({ event_id, alert }) => event_id === attack[3]?.id && alert)
  assert.ok(finding, JSON.stringify(findings))
  assert.ok(['data_flow', 'new_destination'].includes(finding.cause), finding.cause)
  assert.match(finding.reasons.join('\n'), /Rare destination: account:gb00strange, never among /)
  assert.equal(finding.evidence.fed_by, undefined)
})
