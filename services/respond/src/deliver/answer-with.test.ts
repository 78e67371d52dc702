import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { sampleFindingOf } from '../../test-support/finding-of.ts'
import { createRespondWorld } from '../../test-support/respond-world.ts'
import { renderPlainWebhook, renderWebhook } from './render-webhook.ts'

// Promise 14: a message offers lines to paste into a shell. No name that an agent or a sender chose becomes a part of them.

const hostile = [
  "acme'; echo stolen; '",
  '$(echo stolen)',
  '`echo stolen`',
  '-x',
  'a\nb; echo stolen',
  '\u001b[201~\recho stolen',
]

test('what a shell makes of the offered lines is the command alone, whatever names the alert holds', async () => {
  for (const name of hostile) {
    const world = await createRespondWorld({ policy: { tiers: { low: { high: 'approve' } } } })
    const names = { tenant: name, agent: name, owner: name, target: name, session: name, event_id: name }
    await world.say(sampleFindingOf(1, { ...names, system: name, action: name, credential_id: name }))
    await world.run()
    const [alert] = world.alerts()
    assert.ok(alert?.state === 'awaiting_approval')
    for (const body of [
      renderWebhook(alert, 'agent.approval.requested', 0),
      renderPlainWebhook(alert, 'agent.approval.requested', 0),
    ]) {
      const { answer_with, explain_with } = (
        JSON.parse(body) as { data: { answer_with: string[]; explain_with: string[] } }
      ).data
      const decide = (answer: string): (string | undefined)[] => [
        'verdict',
        alert.id,
        answer,
        '--revision',
        String(alert.revision),
        '--command',
        alert.command?.id,
        '--reason',
        '…',
      ]
      assert.deepEqual(answer_with.map(wordsOf), [decide('approve'), decide('reject')])
      assert.deepEqual(explain_with.map(wordsOf), [['explain', alert.id]])
    }
  }
})

/** The words that a shell gives to the program; anything else that the line does stands among them. */
function wordsOf(line: string): string[] {
  const script = `straylight() { for word; do printf '%s\\0' "$word"; done; }\n${line}\n`
  const { stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
  assert.equal(stderr, '')
  return stdout.split('\0').slice(0, -1)
}
