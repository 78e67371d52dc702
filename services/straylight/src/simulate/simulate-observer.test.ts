import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startReferenceBroker } from '@straylight/demo/broker/reference-broker'
import { temporaryKeys } from '@straylight/respond/command/signing-keys'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import { topics } from '@straylight/schemas/topics'
import { alert, command, finding, from } from '../../test-support/observed.ts'
import { observeSimulation } from './simulate-observer.ts'
import { createSimulateReport } from './simulate-report.ts'

test('what stands on the topics is reported once, and a person is asked once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'straylight-observer-'))
  const log = await openEmbeddedLog({ directory, durable: false })
  await log.ensureTopics([topics.findings, topics.alerts, topics.revocations, topics.results], 1)
  const { commands } = await temporaryKeys()
  const broker = await startReferenceBroker({ log, public_key: commands.publicKey.x, now: () => from })
  const said: string[] = []
  const asked: string[] = []
  const observer = await observeSimulation({
    log,
    report: createSimulateReport(false),
    say: (lines) => void said.push(lines[0]?.split(' ')[0] ?? ''),
    session_alert_rate: 0.0001,
    onAsked: async ({ id }) => void asked.push(id),
  })
  const answered = new Promise<void>((resolve) => broker.onAnswer(() => resolve()))
  const held = alert({ state: 'awaiting_approval', command_state: 'held' })
  const write = (topic: string, value: unknown) => ({ topic, key: 'k', value: JSON.stringify(value) })
  await log.append([
    write(topics.findings.name, finding({ p_value: 0.02 })),
    write(topics.findings.name, finding()),
    write(topics.findings.name, finding({ id: 'fnd_2' })),
    write(topics.alerts.name, held),
    write(topics.alerts.name, { ...held, revision: 2 }),
    write(topics.alerts.name, held),
    {
      topic: topics.revocations.name,
      key: 'k',
      value: await commands.sign(JSON.stringify(command), 'straylight-command+jws'),
    },
  ])
  await answered
  await observer.stop()
  assert.deepEqual(said.sort(), ['alert', 'approval', 'broker', 'command', 'finding'])
  assert.deepEqual(asked, [held.id])
  const { alerts, findings, answers } = observer.observed()
  assert.deepEqual(
    alerts.map(({ revision }) => revision),
    [2],
  )
  assert.equal(findings.length, 3)
  assert.equal(answers[0]?.result.status_code, 'unknown_subject')
  await broker.close()
  await log.close()
  await rm(directory, { recursive: true })
})
