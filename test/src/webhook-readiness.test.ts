import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLifecycle } from '@straylight/runtime/process/lifecycle'
import { createLogger } from '@straylight/runtime/process/logger'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import { openPipeline } from 'straylight/pipeline'

/** A finding of an agent with history, judged just now. */
function findingOf(offset: number, target: string): Finding {
  const now = Date.now()
  const evidence = { peer_group: 'finance', peers: 7, knowledge_version: 1, model: 'default@1' }
  return Finding.parse({
    ...{ id: `fnd_${offset}`, tenant: 'acme', agent: 'invoice-bot', tier: 'low', registered: true, session: 's' },
    ...{ event_id: `evt-${offset}`, log: { topic: topics.events.name, partition: 0, offset } },
    ...{ source: { partition: 0, offset, index: 0 }, time: now, log_time: now, system: 'mail', action: 'send' },
    ...{ credential_id: `jti:${offset}`, score: 21, risk: 6, p_value: 0.0001, severity: 'high', target },
    ...{ cause: 'new_destination', held_out: true, contributions: [], reasons: [], techniques: [] },
    credential_holder: { agent: 'invoice-bot', tier: 'low', basis: 'registry' },
    evidence: { ...evidence, profile_events: 812, profile_days: 30 },
  })
}

/** The whole program with a webhook that answers as `answer` says. */
async function deployment(answer: { status: number }) {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-webhook-ready-'))
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(answer.status).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  const policy = join(folder, 'policy.yaml')
  const webhooks = [{ name: 'soc', url, allow_private: true }]
  await writeFile(policy, JSON.stringify({ tiers: { low: { high: 'revoke' } }, webhooks }))
  const settings = readSettings(AllSettings, {
    STRAYLIGHT_DATA: join(folder, 'data'),
    STRAYLIGHT_PORT: '0',
    STRAYLIGHT_POLICY: policy,
    STRAYLIGHT_READY_WEBHOOK_SECONDS: '1',
  })
  const logger = createLogger({ level: 'silent', readable: false })
  const lifecycle = createLifecycle({ logger, stopWithinMs: 20_000 })
  const pipeline = await openPipeline({ settings, logger, lifecycle })
  const close = async () => {
    await pipeline.stop()
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
  const say = (finding: Finding) =>
    pipeline.log.append([{ topic: topics.findings.name, key: 'k', value: JSON.stringify(finding) }])
  const readiness = () =>
    fetch(`${pipeline.url}/readyz`).then(async (answered) => `${answered.status} ${await answered.text()}`)
  return { pipeline, say, readiness, close }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50)
}

test('promise 15: a webhook that takes nothing is a reason in /readyz, revocation goes on', async () => {
  const answer = { status: 410 }
  const { pipeline, say, readiness, close } = await deployment(answer)
  try {
    await pipeline.ready
    await say(findingOf(1, 'first'))
    await until(async () => (await readiness()).startsWith('503'))
    assert.match(await readiness(), /webhook soc does not take alerts: \d+ messages? waits?, the oldest for 0 minutes/)
    const place = { topic: topics.revocations.name, partition: 0 }
    const before = await pipeline.log.endOffset(place)
    assert.equal(before, 1)
    await say(findingOf(2, 'second'))
    await until(async () => (await pipeline.log.endOffset(place)) > before)
    const metrics = await fetch(`${pipeline.url}/metrics`).then((answered) => answered.text())
    assert.match(metrics, /^straylight_webhook_oldest_undelivered_seconds\{webhook="soc"\} \d/m)
    assert.match(metrics, /^straylight_ready 0$/m)
  } finally {
    await close()
  }
})
